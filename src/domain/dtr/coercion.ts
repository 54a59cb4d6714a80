/**
 * Turns what an expression gave into answers of an item's type, or says why not. It refuses rather than invents: no day is
 * made up for a partial date, no unit is assumed, no first of several values is picked, no text is taken for a code that
 * the form does not offer (spec: DTR expression results; SDC leaves the conversions open).
 */
import type { Attachment, CodeableConcept, Coding, Quantity, Reference } from 'fhir/r4'
import { err, message, ok, type Message, type Result } from '../result.ts'
import { areSameAnswers, isSameAnswer, isSameCoding, readAnswerValue, valueText } from './answer-value.ts'
import type { TypedValue } from './expression.ts'
import type { Answer } from './form-state.ts'
import type { ItemDefinition } from './item-definition.ts'

type Coerced = Result<Answer, Message>

const FULL_OR_PARTIAL_DATE = /^\d{4}(-\d{2}(-\d{2})?)?$/
const DATE_TIME = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/
const TIME = /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/
const NUMBER_TYPES = new Set(['integer', 'decimal', 'positiveInt', 'unsignedInt', 'integer64'])

/** All values as the answers of one item; empty for no value. A single-answer item refuses several different values. */
export function coerceAnswers(values: readonly TypedValue[], definition: ItemDefinition): Result<Answer[], Message> {
  const answers: Answer[] = []
  for (const value of values) {
    // CDS-Library CQL writes the word for an absent value.
    if (value.value === 'null' || value.value === '') continue
    const coerced = coerceValue(value, definition)
    if (!coerced.ok) return coerced
    if (!answers.some((known) => areSameAnswers([known], [coerced.value]))) answers.push(coerced.value)
  }
  if (answers.length <= 1 || definition.repeats) return ok(answers)
  if (definition.type === 'text')
    return ok([{ valueString: answers.map((answer) => valueText(readAnswerValue(answer)?.value)).join(', ') }])
  return err(message('form.lookup.several-values', { count: answers.length }))
}

function coerceValue(value: TypedValue, definition: ItemDefinition): Coerced {
  const wrong = (): Coerced => err(message('form.lookup.wrong-type', { found: value.type, wanted: definition.type }))
  switch (definition.type) {
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
      const instant = temporal(value)
      return instant !== undefined && DATE_TIME.test(instant) ? ok({ valueDateTime: instant }) : wrong()
    }
    case 'time':
      return typeof value.value === 'string' && TIME.test(value.value) ? ok({ valueTime: value.value }) : wrong()
    case 'integer':
    case 'decimal':
      return coerceNumber(value, definition) ?? wrong()
    case 'quantity':
      return coerceQuantity(value, definition) ?? wrong()
    case 'choice':
    case 'open-choice':
      return coerceChoice(value, definition) ?? wrong()
    case 'reference': {
      const reference = referenceOf(value)
      return reference === undefined ? wrong() : ok({ valueReference: reference })
    }
    case 'attachment': {
      const attachment = attachmentOf(value)
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

function coerceNumber(given: TypedValue, definition: ItemDefinition): Coerced | undefined {
  const { type } = given
  const quantity = type === 'Quantity' ? (given.value as Quantity) : undefined
  if (quantity !== undefined && !isUnitOf(quantity, definition.unit))
    return err(
      message('form.lookup.wrong-unit', {
        found: quantity.unit ?? quantity.code ?? '',
        wanted: definition.unit?.code ?? '',
      }),
    )
  const value = quantity === undefined ? given.value : quantity.value
  if (typeof value !== 'number' || (quantity === undefined && !NUMBER_TYPES.has(type))) return undefined
  if (definition.type === 'decimal') return ok({ valueDecimal: value })
  return Number.isInteger(value) ? ok({ valueInteger: value }) : undefined
}

/** Whether a quantity is in this unit; with no unit asked for, any will do, and a bare number fits none. */
function isUnitOf(quantity: Quantity, unit: Coding | null): boolean {
  if (unit === null) return true
  if (quantity.code !== undefined && unit.code !== undefined) return quantity.code === unit.code
  return quantity.unit !== undefined && (quantity.unit === unit.code || quantity.unit === unit.display)
}

function coerceQuantity({ type, value }: TypedValue, definition: ItemDefinition): Coerced | undefined {
  if (NUMBER_TYPES.has(type) && typeof value === 'number' && definition.unit?.code !== undefined) {
    const { code, display, system } = definition.unit
    return ok({ valueQuantity: { value, unit: display ?? code, ...(system === undefined ? {} : { system }), code } })
  }
  if (!['Quantity', 'Age', 'Duration', 'SimpleQuantity'].includes(type)) return undefined
  const quantity = value as Quantity
  if (quantity.value === undefined) return undefined
  const allowed =
    definition.unitOptions.length > 0 ? definition.unitOptions : definition.unit === null ? [] : [definition.unit]
  if (allowed.length > 0 && !allowed.some((unit) => isUnitOf(quantity, unit)))
    return err(
      message('form.lookup.wrong-unit', {
        found: quantity.unit ?? quantity.code ?? '',
        wanted: allowed.map(valueText).join(', '),
      }),
    )
  return ok({ valueQuantity: quantity })
}

function coerceChoice(given: TypedValue, definition: ItemDefinition): Coerced | undefined {
  const { type, value } = given
  const codings =
    type === 'Coding' ? [value as Coding] : type === 'CodeableConcept' ? ((value as CodeableConcept).coding ?? []) : []
  const option = definition.options.find(({ answer, label }) => {
    const own = readAnswerValue(answer)
    if (own?.name === 'valueCoding')
      return codings.length > 0
        ? codings.some((coding) => isSameCoding(own.value as Coding, coding))
        : typeof value === 'string' && ((own.value as Coding).code === value || label === value)
    return own !== undefined && isSameAnswer(answer, { [own.name]: value })
  })
  if (option !== undefined) return ok(option.answer)
  const text = textOf(given)
  if (definition.type === 'open-choice' || definition.options.length === 0) {
    const [coding] = codings
    if (coding !== undefined) return ok({ valueCoding: coding })
    if (text !== undefined)
      return ok(definition.type === 'open-choice' ? { valueString: text } : { valueCoding: { display: text } })
    return undefined
  }
  return text === undefined ? undefined : err(message('form.lookup.no-such-option', { found: text }))
}

function referenceOf({ value }: TypedValue): Reference | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('reference' in value || 'identifier' in value) return 'resourceType' in value ? undefined : (value as Reference)
  const resource = value as { resourceType?: string; id?: string; code?: unknown; name?: unknown; description?: string }
  if (resource.resourceType === undefined || resource.id === undefined) return undefined
  const display =
    resource.description ??
    valueText(resource.code ?? (Array.isArray(resource.name) ? resource.name[0] : resource.name))
  return { reference: `${resource.resourceType}/${resource.id}`, ...(display === '' ? {} : { display }) }
}

function attachmentOf({ type, value }: TypedValue): Attachment | undefined {
  if (type === 'Attachment') return value as Attachment
  if (type !== 'DocumentReference') return undefined
  return (value as { content?: { attachment?: Attachment }[] }).content?.[0]?.attachment
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
      return number !== undefined && Number.isInteger(number) ? { valueInteger: number } : undefined
    case 'decimal':
      return number === undefined ? undefined : { valueDecimal: number }
    case 'quantity': {
      if (number === undefined) return undefined
      const coerced = definition.unit === null ? { value: number } : { value: number, ...unitParts(definition.unit) }
      return { valueQuantity: coerced }
    }
    case 'date':
      return FULL_OR_PARTIAL_DATE.test(typed) ? { valueDate: typed } : undefined
    case 'dateTime':
      return DATE_TIME.test(typed) ? { valueDateTime: typed } : undefined
    case 'time':
      return TIME.test(typed) ? { valueTime: typed.length === 5 ? `${typed}:00` : typed } : undefined
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
