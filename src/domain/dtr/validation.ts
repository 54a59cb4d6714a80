/**
 * What is wrong with one item's answers: R4 and SDC limits. Constraints, which are expressions, are evaluated in
 * `settle.ts`. Items that are not enabled have no faults.
 */
import type { Quantity } from 'fhir/r4'
import { message, type Message } from '../result.ts'
import { isSameAnswer, readAnswerValue } from './answer-value.ts'
import { compare } from './enablement.ts'
import type { Answer, FormIssue, ItemView } from './form-state.ts'
import type { ItemDefinition } from './item-definition.ts'
import type { ItemKey } from './item-key.ts'
import { hasAnswers } from './response-items.ts'

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
export function validateItem(items: Items, item: ItemView, definition: ItemDefinition): FormIssue[] {
  if (!item.enabled || item.type === 'display') return []
  const found = [...checkPresence(items, item, definition)]
  if (item.rejectedText !== null)
    found.push(issue(item.key, 'invalid', message(`form.issue.not-a-${item.type}`, { text: item.rejectedText })))
  if (item.type !== 'group') {
    for (const answer of item.answers) found.push(...checkAnswer(item, definition, answer))
    if (!item.repeats && item.answers.length > 1)
      found.push(issue(item.key, 'invalid', message('form.issue.one-answer')))
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
function checkPresence(items: Items, item: ItemView, definition: ItemDefinition): FormIssue[] {
  const { minOccurs, maxOccurs } = definition.limits
  const present = item.type === 'group' ? hasAnswers(items, item.key) : item.answers.length > 0
  const count = item.repetition?.count ?? item.answers.length
  const first = item.repetition === null || item.repetition.index === 0
  if (item.required && !present && item.rejectedText === null && first && isExpected(items, item))
    return [
      issue(item.key, 'missing', message(item.type === 'group' ? 'form.issue.required-group' : 'form.issue.required')),
    ]
  if (!first) return []
  if (present && minOccurs !== null && count < minOccurs)
    return [issue(item.key, 'invalid', message('form.issue.min-occurs', { min: minOccurs }))]
  if (maxOccurs !== null && count > maxOccurs)
    return [issue(item.key, 'invalid', message('form.issue.max-occurs', { max: maxOccurs }))]
  return []
}

function isExpected(items: Items, item: ItemView): boolean {
  for (let at = parentOf(items, item); at !== undefined; at = parentOf(items, at))
    if (at.repetition !== null && !(at.required && at.repetition.index === 0) && !hasAnswers(items, at.key))
      return false
  return true
}

const parentOf = (items: Items, item: ItemView): ItemView | undefined =>
  item.parent === null ? undefined : items.get(item.parent)

function checkAnswer(item: ItemView, definition: ItemDefinition, answer: Answer): FormIssue[] {
  const value = readAnswerValue(answer)
  if (value === undefined) return []
  const { limits } = definition
  const fault = (name: string, params: Record<string, string | number>): FormIssue[] => [
    issue(item.key, 'invalid', message(`form.issue.${name}`, params)),
  ]
  if (!isOfType(item, value.name)) return fault('wrong-type', {})
  if (typeof value.value === 'string' && value.name !== 'valueDate' && value.name !== 'valueDateTime') {
    const { length } = value.value
    if (limits.maxLength !== null && length > limits.maxLength)
      return fault('max-length', { max: limits.maxLength, length })
    if (limits.minLength !== null && length < limits.minLength)
      return fault('min-length', { min: limits.minLength, length })
    if (limits.regex !== null && !matches(limits.regex, value.value))
      return fault('pattern', { pattern: definition.placeholder ?? limits.regex })
  }
  if (isBeyond(limits.minValue, value.value, -1)) return fault('min-value', { min: textOfLimit(limits.minValue) })
  if (isBeyond(limits.maxValue, value.value, 1)) return fault('max-value', { max: textOfLimit(limits.maxValue) })
  const number =
    typeof value.value === 'number'
      ? value.value
      : value.name === 'valueQuantity'
        ? (value.value as Quantity).value
        : undefined
  if (limits.maxDecimalPlaces !== null && number !== undefined && decimals(number) > limits.maxDecimalPlaces)
    return fault('decimal-places', { max: limits.maxDecimalPlaces })
  if (
    item.type === 'choice' &&
    !item.allowsOther &&
    !item.options.some((option) => isSameAnswer(option.answer, answer))
  )
    return fault('no-such-option', {})
  return checkUnit(item, answer, fault)
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

function checkUnit(
  item: ItemView,
  answer: Answer,
  fault: (name: string, params: Record<string, string | number>) => FormIssue[],
): FormIssue[] {
  const quantity = answer.valueQuantity
  if (quantity === undefined || item.unitOptions.length === 0) return []
  const known = item.unitOptions.some(
    (unit) => unit.code === quantity.code || (quantity.code === undefined && unit.display === quantity.unit),
  )
  return known ? [] : fault('unit', { unit: quantity.unit ?? quantity.code ?? '' })
}

function isBeyond(limit: unknown, value: unknown, side: 1 | -1): boolean {
  const order = limit === undefined ? undefined : compare(value, limit)
  return order !== undefined && Math.sign(order) === side
}

function textOfLimit(limit: unknown): string | number {
  if (typeof limit === 'number' || typeof limit === 'string') return limit
  const quantity = limit as Quantity
  return `${String(quantity.value ?? '')} ${quantity.unit ?? quantity.code ?? ''}`.trim()
}

const decimals = (number: number): number => String(number).split('.')[1]?.length ?? 0

/** A pattern that is no valid expression, or one too long to trust, is not enforced. */
function matches(pattern: string, text: string): boolean {
  if (pattern.length > 200 || text.length > 1000) return true
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text)
  } catch {
    return true
  }
}

/** What a person has to do about an item with these faults. */
export function needOf(item: Pick<ItemView, 'hidden' | 'enabled'>, faults: readonly FormIssue[]): ItemView['needs'] {
  if (!item.enabled || item.hidden) return null
  const errors = faults.filter(({ severity }) => severity === 'error')
  if (errors.some(({ kind }) => kind === 'missing')) return 'answer'
  if (errors.some(({ kind }) => kind === 'invalid' || kind === 'constraint')) return 'correction'
  return errors.some(({ kind }) => kind === 'unconfirmed') ? 'confirmation' : null
}
