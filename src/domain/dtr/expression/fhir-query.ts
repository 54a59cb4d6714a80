/**
 * x-fhir-query with embedded FHIRPath: `Observation?patient={{%patient.id}}&code=…`. Each `{{…}}` is full FHIRPath; its
 * values are written as search parameters write them and joined by commas (FHIR, x-fhir-query). A search with a hole in it
 * would ask for something else than the form means: it is not made.
 */
import type { CodeableConcept, Coding, Identifier, Quantity, Reference } from 'fhir/r4'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { TypedValue } from './expression.ts'

/** A value of an embedded expression. */
export interface EmbeddedValue extends TypedValue {
  /** Read from a resource as it stands; else the form's author wrote it, with the commas and pipes that are meant. */
  readonly isRead: boolean
}

/** Two closing braces of a FHIRPath object end nothing: `{{ {} }}`. */
const EMBEDDED = /\{\{(.*?)\}\}(?!\})/gs

/** A search of one type, or a read: operations, compartments and other servers are not asked. */
const ASKED = /^\/?[A-Z][A-Za-z]*(\/[A-Za-z0-9.-]{1,64})?\/?$/

/** Fills the embedded expressions. Gives null where one of them has no value: the search is not made and finds nothing. */
export function fillQuery<E>(
  query: string,
  evaluate: (expression: string) => Result<readonly EmbeddedValue[], E>,
): Result<string | null, E | Message> {
  const parametersFrom = parametersAt(query)
  let filled = ''
  let at = 0
  let empty = false
  for (const match of query.matchAll(EMBEDDED)) {
    const values = evaluate((match[1] ?? '').trim())
    if (!values.ok) return err(values.error)
    const written = values.value.map((value) => (match.index < parametersFrom ? pathText(value) : searchText(value)))
    const odd = written.findIndex((text) => text === null)
    if (odd >= 0) return err(message('form.lookup.unsearchable-value', { found: values.value[odd]?.type ?? '' }))
    const texts = written.filter((text) => text !== '')
    if (texts.length === 0) empty = true
    filled += query.slice(at, match.index) + texts.join(',')
    at = match.index + match[0].length
  }
  if (empty) return ok(null)
  filled += query.slice(at)
  const { path, parameters } = cut(filled)
  if (!ASKED.test(path)) return err(message('form.lookup.not-a-search', { query }))
  const hole = /(?:^|&)([^=&]+)(?:=(?=&|$)|(?=&|$))/.exec(parameters)?.[1]
  return hole === undefined ? ok(filled) : err(message('form.lookup.empty-parameter', { parameter: hole }))
}

/** Where the parameters begin: at the first question mark that is not FHIRPath. */
function parametersAt(query: string): number {
  const at = query.replace(EMBEDDED, (embedded) => ' '.repeat(embedded.length)).indexOf('?')
  return at < 0 ? query.length : at
}

/** A value as part of a path: an id, or a reference with its slash; null for anything else. */
function pathText({ type, value }: EmbeddedValue): string | null {
  const text = type === 'Reference' ? (value as Reference).reference : value
  return typeof text === 'string' && /^([A-Za-z0-9.-]+\/?)*$/.test(text) ? text : null
}

const escaped = (text: string): string => encodeURIComponent(text.replace(/[\\,|$]/g, '\\$&'))

const token = (system: string | undefined, code: string): string =>
  system === undefined ? escaped(code) : `${encodeURIComponent(system)}|${escaped(code)}`

/**
 * A value as a search parameter writes it (R4 search §3.1.1): tokens with their system, quantities with their unit. A comma
 * or pipe of a value that was read is escaped. Empty where there is nothing to search by, null for what no parameter takes.
 */
function searchText({ type, value, isRead }: EmbeddedValue): string | null {
  if (typeof value !== 'object' || value === null)
    return isRead ? escaped(String(value)) : encodeURIComponent(String(value))
  if ('resourceType' in value) return 'id' in value ? escaped(String(value.id)) : null
  switch (type) {
    case 'CodeableConcept': {
      const codings = (value as CodeableConcept).coding ?? []
      const tokens = codings.flatMap(({ system, code }) => (code === undefined ? [] : token(system, code)))
      return tokens.length === 0 ? null : tokens.join(',')
    }
    case 'Coding': {
      const { system, code } = value as Coding
      return code === undefined ? null : token(system, code)
    }
    case 'Identifier':
    case 'ContactPoint': {
      const { system, value: own } = value as Identifier
      return own === undefined ? null : token(system, own)
    }
    case 'Reference': {
      const { reference } = value as Reference
      return reference === undefined ? null : escaped(reference)
    }
    case 'Quantity':
    case 'SimpleQuantity':
    case 'Age':
    case 'Count':
    case 'Distance':
    case 'Duration':
      return quantityText(value)
    default:
      return null
  }
}

const PREFIX = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' } as const

function quantityText({ value, comparator, system, code, unit }: Quantity): string | null {
  if (value === undefined) return null
  const number = `${comparator === undefined ? '' : PREFIX[comparator]}${String(value)}`
  const named = code ?? unit
  if (named === undefined) return number
  return `${number}|${encodeURIComponent(code === undefined ? '' : (system ?? ''))}|${escaped(named)}`
}

/** At the first question mark: a canonical may have one of its own. */
function cut(query: string): { path: string; parameters: string } {
  const at = query.indexOf('?')
  return at < 0 ? { path: query, parameters: '' } : { path: query.slice(0, at), parameters: query.slice(at + 1) }
}

/** The parts of a filled query: the resource type, and its parameters as they are sent; or a read by id. */
export function splitQuery(query: string): { resourceType: string; id: string | null; parameters: string } {
  const { path, parameters } = cut(query)
  const [resourceType = '', id] = path.replace(/^\/+/, '').split('/')
  return { resourceType, id: id === undefined || id === '' ? null : id, parameters }
}
