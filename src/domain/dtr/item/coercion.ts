/**
 * Turns what an expression gave into answers of an item's type, or says why not. It refuses rather than invents: no day is
 * made up for a partial date, no unit is assumed, no first of several values is picked, no text is taken for a code that
 * the form does not offer (spec: DTR expression results; SDC leaves the conversions open).
 */
import type { CodeableConcept, Coding, Quantity } from 'fhir/r4'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import { areSameAnswers, isSameAnswer, isSameCoding, readAnswerValue, valueText } from './answer-value.ts'
import { attachmentOf, referenceOf } from './coerced-resources.ts'
import type { TypedValue } from '../expression/expression.ts'
import type { Answer, AnswerOption } from '../form/form-state.ts'
import type { ItemDefinition } from './item-definition.ts'
import { isTarget } from './reference-target.ts'
import { quantityIn, valueIn, type ConvertUnit } from '../expression/units.ts'

type Coerced = Result<Answer, Message>

/** What of an item says which answers it takes: its definition, or the item as expressions have made it. */
export type AnswerTarget = Pick<
  ItemDefinition,
  'type' | 'repeats' | 'options' | 'allowsOther' | 'unit' | 'unitOptions' | 'facts'
> & {
  /** The canonical that names the options. */
  readonly valueSet?: string | null
}

const DAY = String.raw`\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?`
const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d(?<seconds>:([0-5]\d|60)(\.\d+)?)?`
const ZONE = String.raw`(?<zone>Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))?`
const FULL_OR_PARTIAL_DATE = new RegExp(`^${DAY}$`)
const DATE_TIME = new RegExp(String.raw`^(${DAY}|\d{4}-\d\d-\d\dT${CLOCK}${ZONE})$`)
const TIME = new RegExp(`^${CLOCK}$`)
const NUMBER_TYPES = new Set(['integer', 'decimal', 'positiveInt', 'unsignedInt', 'integer64'])

/** All values as the answers of one item; empty for no value. A single-answer item refuses several different values. */
export function coerceAnswers(
  values: readonly TypedValue[],
  target: AnswerTarget,
  convert?: ConvertUnit,
): Result<Answer[], Message> {
  const answers: Answer[] = []
  for (const value of values) {
    // CDS-Library CQL writes the word for an absent value.
    if (value.value === 'null' || value.value === '') continue
    const coerced = coerceValue(value, target, convert)
    if (!coerced.ok) return coerced
    if (!answers.some((known) => areSameAnswers([known], [coerced.value]))) answers.push(coerced.value)
  }
  if (answers.length <= 1 || target.repeats) return ok(answers)
  if (target.type === 'text')
    return ok([{ valueString: answers.map((answer) => valueText(readAnswerValue(answer)?.value)).join(', ') }])
  return err(message('form.lookup.several-values', { count: answers.length }))
}

const isResource = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'resourceType' in value

/** One value as an answer of the item. */
function coerceValue(value: TypedValue, target: AnswerTarget, convert: ConvertUnit | undefined): Coerced {
  const wrong = (): Coerced => err(message('form.lookup.wrong-type', { found: value.type, wanted: target.type }))
  switch (target.type) {
    case 'boolean':
      return typeof value.value === 'boolean' ? ok({ valueBoolean: value.value }) : wrong()
    case 'string':
    case 'text': {
      const text = textOf(value)
      return text === undefined ? wrong() : ok({ valueString: text })
    }
    case 'url':
      return typeof value.value === 'string' ? ok({ valueUri: value.value }) : wrong()
    case 'date': {
      const date = temporal(value)?.slice(0, 10)
      return date !== undefined && FULL_OR_PARTIAL_DATE.test(date) ? ok({ valueDate: date }) : wrong()
    }
    case 'dateTime': {
      const dateTime = completeDateTime(temporal(value) ?? '')
      if (dateTime === null) return err(message('form.lookup.no-zone', { found: String(value.value) }))
      return dateTime === undefined ? wrong() : ok({ valueDateTime: dateTime })
    }
    case 'time': {
      const time = typeof value.value === 'string' ? completeTime(value.value) : undefined
      return time === undefined ? wrong() : ok({ valueTime: time })
    }
    case 'integer':
    case 'decimal':
      return coerceNumber(value, target, convert) ?? wrong()
    case 'quantity':
      return coerceQuantity(value, target, convert) ?? wrong()
    case 'choice':
    case 'open-choice':
      return coerceChoice(value, target) ?? wrong()
    case 'reference': {
      if (isResource(value.value) && !isTarget(value.value, target.facts)) return wrong()
      const reference = referenceOf(value, target.facts.referenceTypes)
      return reference === undefined ? wrong() : ok({ valueReference: reference })
    }
    case 'attachment': {
      const attachment = attachmentOf(value, target.facts.mimeTypes)
      return attachment === undefined ? wrong() : ok({ valueAttachment: attachment })
    }
    case 'group':
    case 'display':
      return wrong()
  }
}

function textOf({ type, value }: TypedValue): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  const readable = [
    'Coding',
    'CodeableConcept',
    'HumanName',
    'Quantity',
    'Age',
    'Reference',
    'Identifier',
    'ContactPoint',
    'Annotation',
  ]
  const text = readable.includes(type) ? valueText(value) : ''
  return text === '' ? undefined : text
}

/** A date or date-time in its own words: its own offset's date, never by way of UTC. */
function temporal({ type, value }: TypedValue): string | undefined {
  if (typeof value !== 'string') return undefined
  return ['date', 'dateTime', 'instant'].includes(type) || DATE_TIME.test(value) ? value : undefined
}

/** R4 wants seconds and lets them be zero where nobody gave them. */
const withSeconds = (text: string, { seconds }: Readonly<Record<string, string | undefined>>): string =>
  seconds === undefined ? text.replace(/\d\d:\d\d/, '$&:00') : text

function completeTime(text: string): string | undefined {
  const found = TIME.exec(text)
  return found === null ? undefined : withSeconds(text, found.groups ?? {})
}

/** A dateTime as R4 writes it. null where a time has no zone, which R4 requires: none is made up. */
function completeDateTime(text: string): string | null | undefined {
  const groups = DATE_TIME.exec(text)?.groups
  if (groups === undefined) return undefined
  if (!text.includes('T')) return text
  return groups['zone'] === undefined ? null : withSeconds(text, groups)
}

/** R4 integer has 32 bits. */
const isInteger = (number: number): boolean => Number.isInteger(number) && Math.abs(number + 0.5) < 2 ** 31

const QUANTITIES = new Set(['Quantity', 'Age', 'Duration', 'SimpleQuantity', 'Count', 'Distance'])

const wrongUnit = ({ unit, code }: Quantity, wanted: string): Coerced =>
  err(message('form.lookup.wrong-unit', { found: unit ?? code ?? '', wanted }))

/** A number, or that of a quantity in the unit that the item has (questionnaire-unit); with none, any unit will do. */
function coerceNumber(
  { type, value }: TypedValue,
  target: AnswerTarget,
  convert: ConvertUnit | undefined,
): Coerced | undefined {
  const quantity = QUANTITIES.has(type) ? (value as Quantity) : undefined
  if (quantity?.comparator !== undefined) return undefined
  if (quantity === undefined && !NUMBER_TYPES.has(type)) return undefined
  const number =
    quantity === undefined || target.unit === null
      ? (quantity?.value ?? value)
      : valueIn(quantity, target.unit, convert)
  if (number === undefined && quantity !== undefined) return wrongUnit(quantity, target.unit?.code ?? '')
  if (typeof number !== 'number') return undefined
  if (target.type === 'decimal') return ok({ valueDecimal: number })
  if (isInteger(number)) return ok({ valueInteger: number })
  return Number.isInteger(number) ? err(message('form.lookup.too-large', { found: String(number) })) : undefined
}

/** A quantity in one of the units that the item takes, converted where UCUM can; a bare number needs the item's own unit. */
function coerceQuantity(
  { type, value }: TypedValue,
  target: AnswerTarget,
  convert: ConvertUnit | undefined,
): Coerced | undefined {
  if (NUMBER_TYPES.has(type) && typeof value === 'number' && target.unit?.code !== undefined) {
    const { code, display, system } = target.unit
    return ok({ valueQuantity: { value, unit: display ?? code, ...(system === undefined ? {} : { system }), code } })
  }
  const quantity = QUANTITIES.has(type) ? (value as Quantity) : undefined
  if (quantity?.value === undefined) return undefined
  const isOpen = target.facts.unitConstraint !== null && target.facts.unitConstraint !== 'optionsOnly'
  const allowed = target.unitOptions.length > 0 ? target.unitOptions : target.unit === null ? [] : [target.unit]
  if (allowed.length === 0) return ok({ valueQuantity: quantity })
  const own = target.unit === null ? allowed : [target.unit, ...allowed]
  // The unit that it is in comes before one that it could be converted to.
  const converters = [undefined, convert]
  for (const using of converters)
    for (const unit of own) {
      const converted = quantityIn(quantity, unit, using)
      if (converted !== undefined) return ok({ valueQuantity: converted })
    }
  return isOpen ? ok({ valueQuantity: quantity }) : wrongUnit(quantity, allowed.map(valueText).join(', '))
}

/** The codings of a value; CQL gives tuples that are codings in all but name, some with more elements than one has. */
function codingsOf({ type, value }: TypedValue): readonly Coding[] {
  if (type === 'CodeableConcept') return (value as CodeableConcept).coding ?? []
  if (type === 'Coding') return [value as Coding]
  if (typeof value !== 'object' || value === null || !('code' in value) || 'resourceType' in value) return []
  if (typeof value.code !== 'string') return []
  const parts = ['system', 'version', 'code', 'display'].map((name) => [name, (value as Fields)[name]] as const)
  return [Object.fromEntries(parts.filter(([, part]) => typeof part === 'string'))]
}

type Fields = Readonly<Record<string, unknown>>

function coerceChoice(given: TypedValue, target: AnswerTarget): Coerced | undefined {
  const { value } = given
  const codings = codingsOf(given)
  const matches = (fits: (option: AnswerOption) => boolean): Answer | undefined => target.options.find(fits)?.answer
  const option =
    codings.length > 0
      ? matches(({ answer: { valueCoding } }) =>
          codings.some((coding) => valueCoding !== undefined && isSameCoding(valueCoding, coding)),
        )
      : (matches(({ answer }) => answer.valueCoding?.code !== undefined && answer.valueCoding.code === value) ??
        matches(({ label }) => typeof value === 'string' && label === value) ??
        matches(({ answer }) => {
          const own = readAnswerValue(answer)
          return own !== undefined && isSameAnswer(answer, { [own.name]: value })
        }))
  if (option !== undefined) return ok(option)
  return coerceOther(given, codings, target)
}

/** What is not among the options at hand, as far as the question takes it: a code, or words (R5 answerConstraint). */
function coerceOther(given: TypedValue, [coding]: readonly Coding[], target: AnswerTarget): Coerced | undefined {
  const text = textOf(given)
  const refused = (reason: string): Coerced | undefined =>
    text === undefined ? undefined : err(message(`form.lookup.${reason}`, { found: text }))
  if (!target.allowsOther) return refused('no-such-option')
  const { answerConstraint } = target.facts
  // The options of a named list that is not here may be any.
  const isListMissing = target.options.length === 0 && typeof target.valueSet === 'string'
  if (coding !== undefined && (answerConstraint !== 'optionsOrString' || isListMissing))
    return ok({ valueCoding: coding })
  if (target.type === 'open-choice' || answerConstraint === 'optionsOrString')
    return text === undefined ? undefined : ok({ valueString: text })
  if (isListMissing) return refused('list-missing')
  if (answerConstraint !== null) return refused('no-such-option')
  return text === undefined ? undefined : ok({ valueCoding: { display: text } })
}

/** A value as something to pick from; undefined where the item could not take it. A list of its own binds to no options. */
export function coerceOffered(
  value: TypedValue,
  target: AnswerTarget,
  convert: ConvertUnit | undefined,
): Answer | undefined {
  const isChoice = target.type === 'choice' || target.type === 'open-choice'
  if (!isChoice || (target.options.length > 0 && !target.allowsOther)) {
    const coerced = coerceValue(value, target, convert)
    return coerced.ok ? coerced.value : undefined
  }
  const [coding] = codingsOf(value)
  const concept = value.type === 'CodeableConcept' ? (value.value as CodeableConcept) : undefined
  if (coding !== undefined) {
    const display = coding.display ?? concept?.text
    return { valueCoding: display === undefined ? coding : { ...coding, display } }
  }
  const reference = referenceOf(value, [])
  if (reference !== undefined) return { valueReference: reference }
  if (NUMBER_TYPES.has(value.type))
    return isInteger(value.value as number) ? { valueInteger: value.value as number } : undefined
  if (value.type === 'date' || value.type === 'time')
    return value.type === 'date' ? { valueDate: String(value.value) } : { valueTime: String(value.value) }
  const text = textOf(value)
  return text === undefined ? undefined : { valueString: text }
}

/** What a person typed as an answer of the item's type; undefined where it is none, null where it is empty. */
export function parseTyped(
  text: string,
  definition: { type: ItemDefinition['type']; unit: Coding | null },
): Answer | null | undefined {
  const typed = text.trim()
  if (typed === '') return null
  const number = /^[+-]?\d+([.,]\d+)?$/.test(typed) ? Number(typed.replace(',', '.')) : undefined
  switch (definition.type) {
    case 'integer':
      return number !== undefined && isInteger(number) ? { valueInteger: number } : undefined
    case 'decimal':
      return number === undefined ? undefined : { valueDecimal: number }
    case 'quantity': {
      if (number === undefined) return undefined
      const coerced = definition.unit === null ? { value: number } : { value: number, ...unitParts(definition.unit) }
      return { valueQuantity: coerced }
    }
    case 'date':
      return FULL_OR_PARTIAL_DATE.test(typed) ? { valueDate: typed } : undefined
    case 'dateTime': {
      const dateTime = completeDateTime(typed) ?? undefined
      return dateTime === undefined ? undefined : { valueDateTime: dateTime }
    }
    case 'time': {
      const time = completeTime(typed)
      return time === undefined ? undefined : { valueTime: time }
    }
    case 'url':
      return { valueUri: typed }
    case 'choice':
      return { valueCoding: { display: typed } }
    default:
      return { valueString: text }
  }
}

function unitParts({ code, display, system }: Coding): Quantity {
  return {
    unit: display ?? code ?? '',
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
  }
}
