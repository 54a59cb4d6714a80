/**
 * Invariants: the frequent ones of R4 as native code, all others compiled from their expression. Both are held against
 * `fhirpath` by test. Pure.
 */
import { NATIVE } from './native-invariants.ts'
import { compilePath, holds, type PathContext, type Run } from './path/compile.ts'
import type { Item } from './path/item.ts'
import type { InvariantFacts } from './table.ts'

export interface Invariant {
  readonly id: string
  readonly key: string
  readonly severity: 'error' | 'warning'
  /** Whether it holds; undefined where the expression cannot be judged here. */
  holds(item: Item, context: PathContext): boolean | undefined
}

/** Expressions of the standard that are known to be wrong, as the official validator reads them. */
const CORRECTIONS: Readonly<Record<string, string>> = {
  "fullUrl.contains('/_history/').not()": "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
  "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')",
  "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.select($this='problem-list-item').empty()":
    "(verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() and category.coding.exists(system='http://terminology.hl7.org/CodeSystem/condition-category' and code ='problem-list-item').empty()) implies (clinicalStatus.exists())",
  '(component.empty() and hasMember.empty()) implies (dataAbsentReason or value)':
    '(component.empty() and hasMember.empty()) implies (dataAbsentReason.exists() or value.exists())',
  'isModifier implies isModifierReason.exists()':
    '(isModifier.exists() and isModifier) implies isModifierReason.exists()',
  'telecom or endpoint': 'telecom.exists() or endpoint.exists()',
}

/** What the walker does itself, or what no invariant should do. */
const SKIPPED = new Set(['dom-3', 'ele-1', 'ext-1'])

const compiled = new Map<string, Invariant>()

/** Gives an invariant ready to run. */
export function compileInvariant([id, severity, expression]: InvariantFacts): Invariant {
  const cache = `${id}\n${severity}\n${expression}`
  const known = compiled.get(cache)
  if (known !== undefined) return known
  const key = id.slice(id.lastIndexOf('#') + 1)
  const native = SKIPPED.has(key) ? () => true : NATIVE[key]?.[expression]
  let run: Run | undefined | null = null
  const ask = (item: Item, context: PathContext): boolean | undefined => {
    if (run === null) run = compilePath(CORRECTIONS[expression] ?? expression)
    return run === undefined ? undefined : holds(run([item], { path: context, self: undefined, index: 0 }))
  }
  const invariant: Invariant = {
    id,
    key,
    severity,
    holds: native === undefined ? ask : (item, context) => native(item, context) ?? ask(item, context),
  }
  compiled.set(cache, invariant)
  return invariant
}
