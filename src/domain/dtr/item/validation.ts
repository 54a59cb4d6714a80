/**
 * What is wrong with one item's answers: R4 and SDC limits as they are now. Constraints, which are expressions, are evaluated in
 * `settle.ts`. Items that are not enabled have no faults.
 */
import type { Quantity } from 'fhir/r4'
import { message, type Message } from '../../result.ts'
import { isSameAnswer, readAnswerValue } from './answer-value.ts'
import { isTaken, referenceOf } from './coerced-resources.ts'
import { compare } from './enablement.ts'
import type { Answer, FormIssue, ItemView } from '../form/form-state.ts'
import { atRepetition, type ItemKey } from './item-key.ts'
import { hasAnswers } from '../form/response-items.ts'
import { isShownFor } from './usage-mode.ts'
import { compilePattern } from './safe-pattern.ts'
import { isInUnit, type ConvertUnit } from '../expression/units.ts'

type Items = ReadonlyMap<ItemKey, ItemView>

const issue = (
  key: ItemKey,
  kind: FormIssue['kind'],
  text: Message,
  severity: FormIssue['severity'] = 'error',
): FormIssue => ({
  itemKey: key,
  kind,
  severity,
  message: text,
})

/** The faults of one item, from its own definition and answers. */
export function validateItem(items: Items, item: ItemView, convert?: ConvertUnit): FormIssue[] {
  if (!item.enabled || item.type === 'display') return []
  const found = [...checkPresence(items, item)]
  if (item.rejectedText !== null)
    found.push(issue(item.key, 'invalid', message(`form.issue.not-a-${item.type}`, { text: item.rejectedText })))
  if (item.type !== 'group') {
    for (const answer of item.answers) found.push(...checkAnswer(item, answer, convert))
    if (!item.repeats && item.answers.length > 1)
      found.push(issue(item.key, 'invalid', message('form.issue.one-answer')))
    if (item.answers.length > 1 && item.answers.some((answer) => optionFor(item, answer)?.exclusive === true))
      found.push(issue(item.key, 'invalid', message('form.issue.exclusive')))
  }
  if (needsConfirmation(item)) found.push(issue(item.key, 'unconfirmed', message('form.issue.unconfirmed')))
  return found
}

function needsConfirmation({ answers, origin }: ItemView): boolean {
  return (
    answers.length > 0 && origin !== null && origin.confirmation !== null && origin.confirmation.confirmedAt === null
  )
}

/** Presence: required, minOccurs, maxOccurs. In an optional repetition nothing is required until something is answered. */
function checkPresence(items: Items, item: ItemView): FormIssue[] {
  const { minOccurs, maxOccurs } = item.limits
  const present = item.type === 'group' ? countAnswered(items, item) > 0 : item.answers.length > 0
  const first = item.repetition === null || item.repetition.index === 0
  if (!first) return []
  const isMissing = !present && item.rejectedText === null && isExpected(items, item)
  if (item.required && isMissing)
    return [
      issue(item.key, 'missing', message(item.type === 'group' ? 'form.issue.required-group' : 'form.issue.required')),
    ]
  const count = countAnswered(items, item)
  // SDC: minOccurs is to be met whether anything is answered or not.
  if (minOccurs !== null && count < minOccurs && (present || isMissing))
    return [issue(item.key, present ? 'invalid' : 'missing', message('form.issue.min-occurs', { min: minOccurs }))]
  const shown = item.repetition?.count ?? item.answers.length
  if (maxOccurs !== null && shown > maxOccurs)
    return [issue(item.key, 'invalid', message('form.issue.max-occurs', { max: maxOccurs }))]
  return []
}

/** Answers of a question; of a repeating group the repetitions that hold any, which are those that are sent. */
function countAnswered(items: Items, { key, type, repetition, answers }: ItemView): number {
  if (repetition === null) return type === 'group' ? Number(hasAnswers(items, key)) : answers.length
  const keys = Array.from({ length: repetition.count }, (_, index) => atRepetition(key, index))
  return keys.filter((one) => hasAnswers(items, one)).length
}

function isExpected(items: Items, item: ItemView): boolean {
  for (let at = parentOf(items, item); at !== undefined; at = parentOf(items, at))
    if (at.repetition !== null && !(at.required && at.repetition.index === 0) && !hasAnswers(items, at.key))
      return false
  return true
}

const parentOf = (items: Items, item: ItemView): ItemView | undefined =>
  item.parent === null ? undefined : items.get(item.parent)

type Fault = (name: string, params?: Record<string, string | number>) => FormIssue[]

const optionFor = ({ options }: ItemView, answer: Answer) =>
  options.find((option) => isSameAnswer(option.answer, answer))

function checkAnswer(item: ItemView, answer: Answer, convert: ConvertUnit | undefined): FormIssue[] {
  const value = readAnswerValue(answer)
  if (value === undefined) return []
  const fault: Fault = (name, params = {}) => [issue(item.key, 'invalid', message(`form.issue.${name}`, params))]
  if (!isOfType(item, value.name)) return fault('wrong-type')
  const checks = [
    () => checkText(item, value, fault),
    () => checkBounds(item, value.value, fault, convert),
    () => checkDecimals(item, value, fault),
    () => checkOption(item, answer, fault),
    () => checkUnit(item, answer, fault),
    () => checkReference(item, answer, fault),
    () => checkAttachment(item, answer, fault),
  ]
  for (const check of checks) {
    const found = check()
    if (found.length > 0) return found
  }
  return []
}

/** Lengths are those of text; a regex is held against whatever can be written down (SDC), numbers and dates too. */
function checkText(item: ItemView, { name, value }: { name: string; value: unknown }, fault: Fault): FormIssue[] {
  const { maxLength, minLength, regex } = item.limits
  if (typeof value === 'string' && name !== 'valueDate' && name !== 'valueDateTime') {
    const { length } = value
    if (maxLength !== null && length > maxLength) return fault('max-length', { max: maxLength, length })
    if (minLength !== null && length < minLength) return fault('min-length', { min: minLength, length })
  }
  if (regex === null || (typeof value !== 'string' && typeof value !== 'number')) return []
  const matches = compilePattern(regex)?.(String(value)) ?? null
  if (matches === null) return [issue(item.key, 'invalid', message('form.issue.pattern-unchecked'), 'warning')]
  return matches ? [] : fault('pattern', { pattern: item.placeholder ?? regex })
}

/** Bounds that leave nothing between them allow no value (SDC). A quantity that cannot be compared is not let through. */
function checkBounds(item: ItemView, value: unknown, fault: Fault, convert: ConvertUnit | undefined): FormIssue[] {
  const { minValue, maxValue } = item.limits
  if ((compare(minValue, maxValue, convert) ?? 0) > 0) return fault('no-value-allowed')
  if (isBeyond(minValue, value, -1, convert)) return fault('min-value', { min: textOfLimit(minValue) })
  if (isBeyond(maxValue, value, 1, convert)) return fault('max-value', { max: textOfLimit(maxValue) })
  const isQuantity = typeof value === 'object' && value !== null
  const limit = minValue ?? maxValue
  const isUnknown =
    isQuantity && limit !== undefined && convert !== undefined && compare(value, limit, convert) === undefined
  return isUnknown ? fault('not-comparable', { limit: textOfLimit(limit) }) : []
}

function checkDecimals(item: ItemView, { name, value }: { name: string; value: unknown }, fault: Fault): FormIssue[] {
  const { maxDecimalPlaces } = item.limits
  const number = name === 'valueQuantity' ? (value as Quantity).value : value
  const isTooFine = typeof number === 'number' && maxDecimalPlaces !== null && decimals(number) > maxDecimalPlaces
  return isTooFine ? fault('decimal-places', { max: maxDecimalPlaces }) : []
}

/** A closed list takes its options and nothing else; an option that is switched off is none. */
function checkOption(item: ItemView, answer: Answer, fault: Fault): FormIssue[] {
  if (item.type !== 'choice' && item.type !== 'open-choice') return []
  const option = optionFor(item, answer)
  if (option !== undefined) return item.optionsDisabled.includes(option.id) ? fault('option-off') : []
  if (item.expansion !== 'given' && answer.valueCoding !== undefined) return []
  if (item.allowsOther)
    return item.facts.answerConstraint === 'optionsOrString' && answer.valueString === undefined
      ? fault('no-such-option')
      : []
  return fault('no-such-option')
}

const VALUE_OF: Readonly<Partial<Record<ItemView['type'], string>>> = {
  boolean: 'valueBoolean',
  decimal: 'valueDecimal',
  integer: 'valueInteger',
  date: 'valueDate',
  dateTime: 'valueDateTime',
  time: 'valueTime',
  string: 'valueString',
  text: 'valueString',
  url: 'valueUri',
  attachment: 'valueAttachment',
  reference: 'valueReference',
  quantity: 'valueQuantity',
}

/** R4: the item's type says the value[x]; a choice takes what its options are, and an open one text besides. */
function isOfType(item: ItemView, name: string): boolean {
  const wanted = VALUE_OF[item.type]
  if (wanted !== undefined) return name === wanted
  if (name === 'valueCoding' || (item.type === 'open-choice' && name === 'valueString')) return true
  return item.options.some(({ answer }) => name in answer)
}

function checkUnit(item: ItemView, { valueQuantity: quantity }: Answer, fault: Fault): FormIssue[] {
  const { unitConstraint } = item.facts
  if (quantity === undefined || item.unitOptions.length === 0) return []
  if (unitConstraint !== null && unitConstraint !== 'optionsOnly') return []
  const isKnown = item.unitOptions.some((unit) => isInUnit(quantity, unit))
  return isKnown ? [] : fault('unit', { unit: quantity.unit ?? quantity.code ?? '' })
}

function checkReference(item: ItemView, answer: Answer, fault: Fault): FormIssue[] {
  if (answer.valueReference === undefined) return []
  const { referenceTypes } = item.facts
  const isTarget = referenceOf({ type: 'Reference', value: answer.valueReference }, referenceTypes) !== undefined
  return isTarget ? [] : fault('reference-type', { types: referenceTypes.join(', ') })
}

const BYTES_PER_MB = 1024 * 1024

function checkAttachment(item: ItemView, { valueAttachment: attachment }: Answer, fault: Fault): FormIssue[] {
  if (attachment === undefined) return []
  const { mimeTypes, maxSizeMb } = item.facts
  if (!isTaken(attachment.contentType, mimeTypes)) return fault('mime-type', { types: mimeTypes.join(', ') })
  const size = attachment.size ?? Math.floor(((attachment.data?.length ?? 0) * 3) / 4)
  return maxSizeMb !== null && size > maxSizeMb * BYTES_PER_MB ? fault('max-size', { max: maxSizeMb }) : []
}

function isBeyond(limit: unknown, value: unknown, side: 1 | -1, convert: ConvertUnit | undefined): boolean {
  const order = limit === undefined ? undefined : compare(value, limit, convert)
  return order !== undefined && Math.sign(order) === side
}

function textOfLimit(limit: unknown): string | number {
  if (typeof limit === 'number' || typeof limit === 'string') return limit
  const quantity = limit as Quantity
  return `${String(quantity.value ?? '')} ${quantity.unit ?? quantity.code ?? ''}`.trim()
}

/** Digits after the point as JSON writes the number; 1e-7 has seven. */
function decimals(number: number): number {
  const [digits = '', exponent = '0'] = String(number).split('e')
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent))
}

/** What a person has to do about an item with these faults. */
export function needOf(
  item: Pick<ItemView, 'hidden' | 'enabled' | 'facts' | 'answers'>,
  faults: readonly FormIssue[],
): ItemView['needs'] {
  if (!item.enabled || item.hidden || !isShownFor('capture', item)) return null
  const errors = faults.filter(({ severity }) => severity === 'error')
  if (errors.some(({ kind }) => kind === 'missing')) return 'answer'
  if (errors.some(({ kind }) => kind === 'invalid' || kind === 'constraint')) return 'correction'
  return errors.some(({ kind }) => kind === 'unconfirmed') ? 'confirmation' : null
}
