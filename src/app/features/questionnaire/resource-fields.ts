/**
 * A FHIR resource as a person reads it: the elements that say something, in an order that makes sense, each with its place,
 * so that the value an answer was taken from can be marked. Identifiers, metadata and narrative are left to the full view.
 */
import type { FhirResource } from 'fhir/r4'
import { valueText } from '#domain/dtr/item/answer-value.ts'

export interface ResourceField {
  /** Element and, for a part of a list, its position: `component[1]`. */
  readonly place: string
  /** Element name, for its label in the locale file; or the resource's own words. */
  readonly element: string
  readonly ownLabel: string | null
  readonly values: readonly FieldValue[]
}

export type FieldValue =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'date'; readonly date: string }

type Elements = Readonly<Record<string, unknown>>

/** First what it is and says, then when, then who and why. Whatever is not listed follows. */
const ORDER = [
  'code',
  'medicationCodeableConcept',
  'vaccineCode',
  'type',
  'value',
  'component',
  'conclusion',
  'interpretation',
  'description',
  'clinicalStatus',
  'verificationStatus',
  'status',
  'statusReason',
  'effective',
  'onset',
  'abatement',
  'performed',
  'occurrence',
  'period',
  'authoredOn',
  'recordedDate',
  'issued',
  'date',
  'dosageInstruction',
  'dispenseRequest',
  'reaction',
  'severity',
  'criticality',
  'reasonCode',
  'referenceRange',
  'note',
  'requester',
  'performer',
  'author',
]

const LEFT_OUT: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'meta',
  'implicitRules',
  'language',
  'text',
  'contained',
  'extension',
  'modifierExtension',
  'identifier',
  'subject',
  'patient',
  'encounter',
  'category',
  'intent',
  'groupIdentifier',
  'requisition',
  'insurance',
  'derivedFrom',
])

/** `valueQuantity` is the element `value`. */
const CHOICE =
  /^(value|effective|onset|abatement|performed|occurrence|deceased|multipleBirth|reported|medication)(?=[A-Z])/

const baseName = (name: string): string => CHOICE.exec(name)?.[1] ?? name

/** The fields of a resource that can be put into words. */
export function readFields(resource: FhirResource): ResourceField[] {
  const elements = resource as unknown as Elements
  const rank = (name: string): number => {
    const at = ORDER.findIndex((known) => known === name || known === baseName(name))
    return at === -1 ? ORDER.length : at
  }
  return Object.keys(elements)
    .filter((name) => !LEFT_OUT.has(name) && !name.startsWith('_'))
    .sort((one, other) => rank(one) - rank(other))
    .flatMap((name) => fieldsOf(name, elements[name]))
}

function fieldsOf(name: string, value: unknown): ResourceField[] {
  if (name === 'component' && Array.isArray(value))
    return value.flatMap((part: Elements, index) => componentField(part, index))
  const values = wordsOf(value)
  return values.length === 0 ? [] : [{ place: name, element: baseName(name), ownLabel: null, values }]
}

/** A part of a panel carries its own name. */
function componentField(part: Elements, index: number): ResourceField[] {
  const valueName = Object.keys(part).find((name) => /^value[A-Z]/.test(name))
  const values = valueName === undefined ? [] : wordsOf(part[valueName])
  const label = valueText(part['code'])
  return values.length === 0
    ? []
    : [{ place: `component[${String(index)}]`, element: 'component', ownLabel: label === '' ? null : label, values }]
}

const DATE = /^\d{4}(-\d{2}(-\d{2}(T.+)?)?)?$/

function wordsOf(value: unknown): FieldValue[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf)
  if (typeof value === 'string' && DATE.test(value)) return [{ kind: 'date', date: value }]
  if (typeof value === 'object' && value !== null) {
    const { start, end, low, high } = value as Elements
    if (typeof start === 'string' || typeof end === 'string')
      return [start, end].flatMap((date) => (typeof date === 'string' ? [{ kind: 'date' as const, date }] : []))
    if (low !== undefined || high !== undefined)
      return [{ kind: 'text', text: [valueText(low), valueText(high)].filter((part) => part !== '').join(' – ') }]
  }
  const text = valueText(value)
  return text === '' ? [] : [{ kind: 'text', text }]
}

/**
 * Whether a FHIRPath points into a field: `Observation.component[1].value` into `component[1]`,
 * `Observation.value.ofType(Quantity).value` into `valueQuantity`.
 */
export function isMarked(field: ResourceField, path: string | null): boolean {
  if (path === null) return false
  const [first = ''] = path.replace(/^[A-Z]\w*\./, '').split('.')
  if (field.element === 'component') return first === field.place
  return baseName(first.replace(/\[\d+\]$/, '')) === field.element
}

export interface ResourceReference {
  readonly label: string
  readonly reference: string
}

/** Relative references anywhere in the resource, each once. */
export function readReferences(resource: FhirResource): ResourceReference[] {
  const found = new Map<string, ResourceReference>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (typeof value !== 'object' || value === null) return
    const { reference, display } = value as { reference?: unknown; display?: unknown }
    if (typeof reference === 'string' && /^[A-Z][A-Za-z]+\/[^/]+$/.test(reference))
      found.set(reference, { reference, label: typeof display === 'string' ? display : reference })
    Object.values(value).forEach(visit)
  }
  visit(resource)
  return [...found.values()]
}
