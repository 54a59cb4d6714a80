/** The functions of FHIRPath that invariants call. Pure. */
import { isValidNarrative } from '../narrative.ts'
import type { Call, Run, Scope } from './compile.ts'
import { allChildrenOf, childrenReader, isJson, type Item } from './item.ts'
import { condition, distinct, isEqual, truth } from './operators.ts'

const EMPTY: readonly Item[] = []
const readExtensions = childrenReader('extension')
const number = (value: number): readonly Item[] => [{ value, type: 'System.Integer' }]
const text = (value: string): readonly Item[] => [{ value, type: 'System.String' }]

const on = (run: Run, item: Item, index: number, scope: Scope): readonly Item[] =>
  run([item], { path: scope.path, self: item, index })

const matching = (focus: readonly Item[], criterion: Run, scope: Scope): readonly Item[] =>
  focus.filter((item, index) => condition(on(criterion, item, index, scope)) === true)

const parameter = (parameters: readonly Run[], at: number, focus: readonly Item[], scope: Scope): unknown =>
  parameters[at]?.(scope.self === undefined ? focus : [scope.self], scope)[0]?.value

/** A function of a string and of parameters that are strings or numbers. */
const ofText =
  (work: (value: string, ...parameters: never[]) => readonly Item[]): Call =>
  (focus, parameters, scope) => {
    const [only] = focus
    if (typeof only?.value !== 'string') return EMPTY
    const values = parameters.map((_run, at) => parameter(parameters, at, focus, scope))
    if (values.some((value) => value === undefined)) return EMPTY
    return (work as (value: string, ...rest: unknown[]) => readonly Item[])(only.value, ...values)
  }

const patterns = new Map<string, RegExp | null>()
function patternOf(source: string): RegExp | null {
  let known = patterns.get(source)
  if (known === undefined) {
    try {
      known = new RegExp(source, 'su')
    } catch {
      try {
        // Escapes that the stricter reading refuses, as `[\w-.]`.
        known = new RegExp(source, 's')
      } catch {
        known = null
      }
    }
    patterns.set(source, known)
  }
  return known
}

function repeat(focus: readonly Item[], run: Run, scope: Scope): readonly Item[] {
  const found: Item[] = []
  let open = focus
  while (open.length > 0) {
    const next = open.flatMap((item, index) => on(run, item, index, scope))
    const fresh = next.filter((item) => !found.some(({ value }) => value === item.value && isJson(value)))
    found.push(...fresh)
    open = fresh
  }
  return found
}

function descendants(focus: readonly Item[]): readonly Item[] {
  const found: Item[] = []
  const visit = (item: Item): void => {
    const children: Item[] = []
    allChildrenOf(item, children)
    for (const child of children) {
      found.push(child)
      visit(child)
    }
  }
  focus.forEach(visit)
  return found
}

const all = (focus: readonly Item[], wanted: boolean): boolean => focus.every(({ value }) => value === wanted)

export const FUNCTIONS: Readonly<Record<string, Call>> = {
  exists: (focus, [criterion], scope) =>
    truth(
      criterion === undefined
        ? focus.length > 0
        : focus.some((item, index) => condition(on(criterion, item, index, scope)) === true),
    ),
  empty: (focus) => truth(focus.length === 0),
  not: (focus) => {
    const value = condition(focus)
    return truth(value === undefined ? undefined : !value)
  },
  where: (focus, [criterion], scope) => (criterion === undefined ? EMPTY : matching(focus, criterion, scope)),
  all: (focus, [criterion], scope) =>
    truth(criterion !== undefined && matching(focus, criterion, scope).length === focus.length),
  select: (focus, [run], scope) =>
    run === undefined ? EMPTY : focus.flatMap((item, index) => on(run, item, index, scope)),
  repeat: (focus, [run], scope) => (run === undefined ? EMPTY : repeat(focus, run, scope)),
  first: (focus) => focus.slice(0, 1),
  last: (focus) => focus.slice(-1),
  tail: (focus) => focus.slice(1),
  single: (focus) => (focus.length === 1 ? focus : EMPTY),
  skip: (focus, parameters, scope) => focus.slice(Number(parameter(parameters, 0, focus, scope))),
  take: (focus, parameters, scope) => focus.slice(0, Number(parameter(parameters, 0, focus, scope))),
  count: (focus) => number(focus.length),
  distinct: (focus) => distinct(focus),
  isDistinct: (focus) => truth(distinct(focus).length === focus.length),
  allTrue: (focus) => truth(all(focus, true)),
  anyTrue: (focus) => truth(focus.some(({ value }) => value === true)),
  allFalse: (focus) => truth(all(focus, false)),
  anyFalse: (focus) => truth(focus.some(({ value }) => value === false)),
  union: (focus, [other], scope) => distinct([...focus, ...(other?.(focus, scope) ?? [])]),
  combine: (focus, [other], scope) => [...focus, ...(other?.(focus, scope) ?? [])],
  intersect: (focus, [other], scope) => {
    const among = other?.(scope.self === undefined ? focus : [scope.self], scope) ?? []
    return distinct(focus.filter(({ value }) => among.some((item) => isEqual(item.value, value))))
  },
  exclude: (focus, [other], scope) => {
    const among = other?.(scope.self === undefined ? focus : [scope.self], scope) ?? []
    return focus.filter(({ value }) => !among.some((item) => isEqual(item.value, value)))
  },
  subsetOf: (focus, [other], scope) => {
    const among = other?.(focus, scope) ?? []
    return truth(focus.every(({ value }) => among.some((item) => isEqual(item.value, value))))
  },
  iif: (focus, [test, yes, no], scope) => {
    const branch = condition(test?.(focus, scope) ?? EMPTY) === true ? yes : no
    return branch?.(focus, scope) ?? EMPTY
  },
  children: (focus) => {
    const found: Item[] = []
    focus.forEach((item) => allChildrenOf(item, found))
    return found
  },
  descendants,
  trace: (focus) => focus,
  hasValue: (focus) => {
    const [only] = focus
    return truth(focus.length === 1 && only?.value !== undefined && !isJson(only.value))
  },
  getValue: (focus) => (focus.length === 1 && !isJson(focus[0]?.value) ? focus : EMPTY),
  extension: (focus, parameters, scope) => {
    const url = parameter(parameters, 0, focus, scope)
    const found: Item[] = []
    for (const item of focus) readExtensions(item, found)
    return found.filter(({ value }) => isJson(value) && value['url'] === url)
  },
  resolve: (focus, _parameters, { path }) =>
    focus.flatMap(({ value }) => {
      const reference = isJson(value) ? value['reference'] : value
      const target = typeof reference === 'string' ? path.resolve(reference) : undefined
      return target === undefined ? [] : [target]
    }),
  memberOf: (focus, parameters, scope) => {
    const [only] = focus
    const set = parameter(parameters, 0, focus, scope)
    return only === undefined || typeof set !== 'string' ? EMPTY : truth(scope.path.memberOf(only, set))
  },
  conformsTo: (focus, parameters, scope) => {
    const [only] = focus
    const profile = parameter(parameters, 0, focus, scope)
    return only === undefined || typeof profile !== 'string' ? EMPTY : truth(scope.path.conformsTo(only, profile))
  },
  htmlChecks: (focus) => truth(focus.every(({ value }) => typeof value === 'string' && isValidNarrative(value))),
  toString: (focus: readonly Item[]) => {
    const [only] = focus
    return only === undefined || isJson(only.value) || only.value === undefined ? EMPTY : text(String(only.value))
  },
  toInteger: (focus) => {
    const [only] = focus
    const value = typeof only?.value === 'string' && /^[+-]?\d+$/.test(only.value) ? Number(only.value) : only?.value
    return typeof value === 'number' && Number.isInteger(value) ? number(value) : EMPTY
  },
  length: ofText((value) => number([...value].length)),
  matches: ofText((value: string, pattern: string) => truth(patternOf(pattern)?.test(value))),
  contains: ofText((value: string, part: string) => truth(value.includes(part))),
  startsWith: ofText((value: string, part: string) => truth(value.startsWith(part))),
  endsWith: ofText((value: string, part: string) => truth(value.endsWith(part))),
  indexOf: ofText((value: string, part: string) => number(value.indexOf(part))),
  substring: ofText((value: string, from: number, length?: number) =>
    from >= value.length ? EMPTY : text(value.substring(from, length === undefined ? undefined : from + length)),
  ),
  replace: ofText((value: string, part: string, by: string) => text(value.replaceAll(part, by))),
  replaceMatches: ofText((value: string, pattern: string, by: string) => {
    const found = patternOf(pattern)
    return found === null ? EMPTY : text(value.replace(new RegExp(found.source, `${found.flags}g`), by))
  }),
  upper: ofText((value) => text(value.toUpperCase())),
  lower: ofText((value) => text(value.toLowerCase())),
  trim: ofText((value) => text(value.trim())),
  toChars: ofText((value) => [...value].flatMap((character) => text(character))),
}
