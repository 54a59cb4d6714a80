/** The operators of FHIRPath: three-valued logic, equality, order, arithmetic. Pure. */
import type { Run, Scope } from './compile.ts'
import { isJson, type Item } from './item.ts'

export type Operator = (left: Run, right: Run, focus: readonly Item[], scope: Scope) => readonly Item[]

const EMPTY: readonly Item[] = []
const TRUE: readonly Item[] = [{ value: true, type: 'System.Boolean' }]
const FALSE: readonly Item[] = [{ value: false, type: 'System.Boolean' }]
export const truth = (value: boolean | undefined): readonly Item[] =>
  value === undefined ? EMPTY : value ? TRUE : FALSE

/** A collection as a condition: a single value that is no boolean counts as true. */
export function condition(items: readonly Item[]): boolean | undefined {
  const [only] = items
  if (only === undefined) return undefined
  return items.length === 1 && typeof only.value === 'boolean' ? only.value : true
}

export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, at) => isEqual(value, other[at]))
  if (!isJson(one) || !isJson(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => isEqual(one[name], other[name]))
}

export function areEqual(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every(({ value }, at) => isEqual(value, other[at]?.value))
}

const TIME = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d.*)?)?)?$/

/** Order of two values; undefined where it is not known, as between dates of unlike precision. */
export function compare(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one !== 'string' || typeof other !== 'string') return undefined
  if (TIME.test(one) && TIME.test(other)) return compareTimes(one, other)
  return one < other ? -1 : one > other ? 1 : 0
}

/** To the digits that both have; times with a zone by their instant. */
function compareTimes(one: string, other: string): number | undefined {
  if (one.length > 10 && other.length > 10) {
    const [left, right] = [Date.parse(one), Date.parse(other)]
    return Number.isNaN(left) || Number.isNaN(right) ? undefined : left - right
  }
  const digits = Math.min(one.length, other.length, 10)
  const [left, right] = [one.slice(0, digits), other.slice(0, digits)]
  if (left !== right) return left < right ? -1 : 1
  return one.length === other.length ? 0 : undefined
}

const order =
  (test: (difference: number) => boolean): Operator =>
  (left, right, focus, scope) => {
    const [one] = left(focus, scope)
    const [other] = right(focus, scope)
    if (one === undefined || other === undefined) return EMPTY
    const values = [one.value, other.value].map((value) => (isJson(value) ? value['value'] : value))
    const difference = compare(values[0], values[1])
    return truth(difference === undefined ? undefined : test(difference))
  }

const numbers =
  (work: (one: number, other: number) => number): Operator =>
  (left, right, focus, scope) => {
    const one = left(focus, scope)[0]?.value
    const other = right(focus, scope)[0]?.value
    if (typeof one !== 'number' || typeof other !== 'number') return EMPTY
    return [{ value: work(one, other), type: 'System.Decimal' }]
  }

const equality =
  (isPositive: boolean): Operator =>
  (left, right, focus, scope) => {
    const [one, other] = [left(focus, scope), right(focus, scope)]
    if (one.length === 0 || other.length === 0) return EMPTY
    return truth(areEqual(one, other) === isPositive)
  }

const same = (one: unknown): unknown => (typeof one === 'string' ? one.toLowerCase().trim() : one)
const equivalence =
  (isPositive: boolean): Operator =>
  (left, right, focus, scope) => {
    const [one, other] = [left(focus, scope), right(focus, scope)]
    const isSame =
      one.length === other.length &&
      one.every(({ value }) => other.some((item) => isEqual(same(value), same(item.value))))
    return truth(isSame === isPositive)
  }

const membership = (item: readonly Item[], among: readonly Item[]): readonly Item[] => {
  const [only] = item
  return only === undefined ? EMPTY : truth(among.some(({ value }) => isEqual(value, only.value)))
}

export function distinct(items: readonly Item[]): readonly Item[] {
  return items.filter(
    (item, at) =>
      items.findIndex(({ value, beside }) => isEqual(value, item.value) && isEqual(beside, item.beside)) === at,
  )
}

export const OPERATORS: Readonly<Record<string, Operator>> = {
  and: (left, right, focus, scope) => {
    const one = condition(left(focus, scope))
    if (one === false) return FALSE
    const other = condition(right(focus, scope))
    return other === false ? FALSE : truth(one && other)
  },
  or: (left, right, focus, scope) => {
    const one = condition(left(focus, scope))
    if (one === true) return TRUE
    const other = condition(right(focus, scope))
    return other === true ? TRUE : one === undefined || other === undefined ? EMPTY : FALSE
  },
  xor: (left, right, focus, scope) => {
    const [one, other] = [condition(left(focus, scope)), condition(right(focus, scope))]
    return one === undefined || other === undefined ? EMPTY : truth(one !== other)
  },
  implies: (left, right, focus, scope) => {
    const one = condition(left(focus, scope))
    if (one === false) return TRUE
    const other = condition(right(focus, scope))
    return other === true ? TRUE : one === undefined ? EMPTY : truth(other)
  },
  '=': equality(true),
  '!=': equality(false),
  '~': equivalence(true),
  '!~': equivalence(false),
  '<': order((difference) => difference < 0),
  '<=': order((difference) => difference <= 0),
  '>': order((difference) => difference > 0),
  '>=': order((difference) => difference >= 0),
  in: (left, right, focus, scope) => membership(left(focus, scope), right(focus, scope)),
  contains: (left, right, focus, scope) => membership(right(focus, scope), left(focus, scope)),
  '|': (left, right, focus, scope) => distinct([...left(focus, scope), ...right(focus, scope)]),
  '+': (left, right, focus, scope) => {
    const one = left(focus, scope)[0]?.value
    const other = right(focus, scope)[0]?.value
    if (typeof one === 'number' && typeof other === 'number') return [{ value: one + other, type: 'System.Decimal' }]
    return typeof one === 'string' && typeof other === 'string'
      ? [{ value: one + other, type: 'System.String' }]
      : EMPTY
  },
  '&': (left, right, focus, scope) => {
    const text = (items: readonly Item[]): string => (items[0] === undefined ? '' : String(items[0].value))
    return [{ value: text(left(focus, scope)) + text(right(focus, scope)), type: 'System.String' }]
  },
  '-': numbers((one, other) => one - other),
  '*': numbers((one, other) => one * other),
  '/': numbers((one, other) => one / other),
  div: numbers((one, other) => Math.trunc(one / other)),
  mod: numbers((one, other) => one % other),
}
