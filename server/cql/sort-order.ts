/**
 * The order of CQL's `sort`. cql-execution compares what it sorts by with JavaScript's `<`, which takes date-times for text
 * (23:00-05:00 comes before 01:00Z of the next day, an hour earlier) and FHIR's primitives for nothing at all: the latest of
 * several results is then whichever came first. Here values compare as CQL's `<` does, and what has no order fails whoever
 * sorts by it. The values are had once for each entry, not once for each comparison.
 */
import cql from 'cql-execution'
import type { Date as CqlDate, DateTime, Quantity } from 'cql-execution'
import query from 'cql-execution/lib/elm/query.js'
import { FhirElement } from './fhir-element.ts'

/** What two entries are compared by; null comes before all else, as CQL has it. */
type SortKey = number | string | boolean | Quantity | null

/** What has no order: a code, a structure, an amount in a unit that the other cannot be converted to. */
export class Unsortable extends Error {}

/** The key of a value of the engine. */
function sortKey(value: unknown): SortKey {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof cql.Quantity) return value
  if (value instanceof cql.DateTime || value instanceof cql.Date) return instantOf(value)
  if (value instanceof FhirElement) return elementKey(value)
  throw new Unsortable('values of this kind have no order')
}

function elementKey(element: FhirElement): SortKey {
  const inner = element.get('value')
  const [unit, code] = [element.get('unit'), element.get('code')]
  // FHIR's Quantity has a number of FHIR's own in it; that of a primitive is the system's.
  if (!(inner instanceof FhirElement)) {
    if (element._info.findElement('value', true) === undefined) throw new Unsortable('structures have no order')
    return sortKey(inner)
  }
  const amount = sortKey(inner)
  const named = sortKey(code) ?? sortKey(unit)
  if (typeof amount !== 'number') throw new Unsortable('structures have no order')
  return new cql.Quantity(amount, typeof named === 'string' ? named : '1')
}

/**
 * The first instant that a date or a time can mean: an order has to put every two of them one way or the other, those whose
 * precision leaves it open too.
 */
function instantOf(value: DateTime | CqlDate): number {
  const time = value instanceof cql.DateTime ? value : null
  const first = new Date(0)
  first.setUTCFullYear(value.year ?? 0, (value.month ?? 1) - 1, value.day ?? 1)
  first.setUTCHours(time?.hour ?? 0, time?.minute ?? 0, time?.second ?? 0, time?.millisecond ?? 0)
  return first.getTime() - (time?.timezoneOffset ?? 0) * 3_600_000
}

/** Negative where `a` comes first in ascending order. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  if (typeof a === 'object' || typeof b === 'object') return compareAmounts(a, b)
  if (typeof a !== typeof b) throw new Unsortable('values of different kinds have no order')
  return a < b ? -1 : a > b ? 1 : 0
}

function compareAmounts(a: NonNullable<SortKey>, b: NonNullable<SortKey>): number {
  if (!(a instanceof cql.Quantity) || !(b instanceof cql.Quantity)) throw new Unsortable('only one is an amount')
  if (a.before(b) === true) return -1
  if (a.after(b) === true) return 1
  if (a.before(b) === null) throw new Unsortable('units cannot be converted')
  return 0
}

/** A clause as cql-execution builds it: by an expression of the entry, or by the entry itself. */
interface By {
  readonly direction: string
  readonly expression?: { execute(context: unknown): Promise<unknown> }
}

interface Context {
  childContext(values: unknown): unknown
}

query.SortClause.prototype.sort = async function (this: { by?: readonly By[] }, context: Context, values: unknown[]) {
  const by = this.by ?? []
  if (by.length === 0 || values.length < 2) return values
  const entries: { value: unknown; keys: SortKey[] }[] = []
  for (const value of values) {
    const scope = context.childContext(value)
    const keys: SortKey[] = []
    for (const { expression } of by)
      keys.push(sortKey(expression === undefined ? value : await expression.execute(scope)))
    entries.push({ value, keys })
  }
  const signs = by.map(({ direction }) => (direction.startsWith('asc') ? 1 : -1))
  entries.sort((a, b) => {
    for (const [index, sign] of signs.entries()) {
      const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null)
      if (order !== 0) return sign * order
    }
    return 0
  })
  return entries.map(({ value }) => value)
}
