/**
 * CQL results as values with FHIR types, so that coercion treats them like any other (DTR "Conversion of results"): lists
 * unwrapped, the word `null` taken for what it means, CQL units turned into UCUM, intervals into Period and Range. Dates keep
 * their own precision and offset.
 */
import type { CodeableConcept, Coding, Quantity } from 'fhir/r4'
import { SYSTEM } from '../../fhir/canonical.ts'
import { UCUM_OF_CALENDAR } from '../expression/calendar-units.ts'
import type { CqlResult } from './result.ts'
import type { TypedValue } from '../expression/expression.ts'

/** The values of a result, in order; empty for null, also where CDS-Library CQL spells it out. */
export function readCqlValues(result: CqlResult): TypedValue[] {
  switch (result.kind) {
    case 'null':
      return []
    case 'list':
      return result.items.flatMap(readCqlValues)
    case 'string':
      return result.value === 'null' ? [] : [{ type: 'string', value: result.value }]
    case 'number':
      return [{ type: Number.isInteger(result.value) ? 'integer' : 'decimal', value: result.value }]
    case 'boolean':
    case 'date':
    case 'dateTime':
    case 'time':
      return [{ type: result.kind, value: result.value }]
    case 'quantity':
      return [{ type: 'Quantity', value: quantityOf(result.value, result.unit) }]
    case 'code':
      return [{ type: 'Coding', value: codingOf(result) }]
    case 'concept':
      return [{ type: 'CodeableConcept', value: conceptOf(result) }]
    case 'ratio':
      return [{ type: 'Ratio', value: { numerator: only(result.numerator), denominator: only(result.denominator) } }]
    case 'interval':
      return intervalOf(result.low, result.high)
    case 'tuple':
      return tupleOf(result.elements)
    case 'fhir':
      return fhirValue(result.type, result.value)
  }
}

const only = (result: CqlResult): unknown => readCqlValues(result)[0]?.value

function quantityOf(value: number, unit: string | null): Quantity {
  const code = unit === null ? null : (UCUM_OF_CALENDAR[unit.replace(/s$/, '')] ?? unit)
  return code === null || code === '1' ? { value } : { value, unit: unit ?? code, system: SYSTEM.ucum, code }
}

function codingOf({ code, system, display }: CqlResult & { kind: 'code' }): Coding {
  return { ...(system === null ? {} : { system }), code, ...(display === null ? {} : { display }) }
}

function conceptOf({ codes, display }: CqlResult & { kind: 'concept' }): CodeableConcept {
  const coding = codes.flatMap((code) => (code.kind === 'code' ? [codingOf(code)] : []))
  return { coding, ...(display === null ? {} : { text: display }) }
}

function intervalOf(low: CqlResult, high: CqlResult): TypedValue[] {
  const [start, end] = [only(low), only(high)]
  if (start === undefined && end === undefined) return []
  const isTime = [low, high].some(({ kind }) => kind === 'date' || kind === 'dateTime')
  const part = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value })
  return isTime
    ? [{ type: 'Period', value: { ...part('start', start), ...part('end', end) } }]
    : [{ type: 'Range', value: { ...part('low', asQuantity(start)), ...part('high', asQuantity(end)) } }]
}

const asQuantity = (value: unknown): unknown => (typeof value === 'number' ? { value } : value)

const CODING_ELEMENTS: ReadonlySet<string> = new Set(['system', 'version', 'code', 'display'])

/** CDS-Library writes codings as tuples; a tuple of more keeps all its elements, e.g. for the columns of a table. */
function tupleOf(elements: Readonly<Record<string, CqlResult>>): TypedValue[] {
  const plain = Object.entries(elements).map(([name, element]) => [name, tupleElement(element)] as const)
  const value = Object.fromEntries(plain.filter(([, inner]) => inner !== undefined))
  if (Object.keys(value).length === 0) return []
  const isCoding =
    Object.entries(value).every(([name, inner]) => CODING_ELEMENTS.has(name) && typeof inner === 'string') &&
    ('code' in value || 'display' in value)
  return [{ type: isCoding ? 'Coding' : 'Tuple', value }]
}

function tupleElement(element: CqlResult): unknown {
  if (element.kind !== 'list') return only(element)
  const values = readCqlValues(element).map(({ value }) => value)
  return values.length > 1 ? values : values[0]
}

function fhirValue(type: string, value: unknown): TypedValue[] {
  if (value === undefined || value === null || value === 'null') return []
  const { resourceType } = typeof value === 'object' ? (value as { resourceType?: string }) : {}
  return [{ type: resourceType ?? (type === 'SimpleQuantity' ? 'Quantity' : type), value }]
}
