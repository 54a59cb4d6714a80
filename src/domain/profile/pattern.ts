/** Fixed and pattern values (R4 ElementDefinition.fixed[x], pattern[x]). Pure. */
import { isJson } from './path/item.ts'
import { isEqual } from './path/operators.ts'

/** Whether a value has all that a pattern has; arrays in any order. */
export function matchesPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : []
    return pattern.every((part) => values.some((one) => matchesPattern(one, part)))
  }
  if (!isJson(pattern)) return value === pattern
  return isJson(value) && Object.entries(pattern).every(([name, part]) => matchesPattern(value[name], part))
}

/** Whether a value is just this one; extensions of a primitive do not count here. */
export const isFixed = (value: unknown, fixed: unknown): boolean => isEqual(value, fixed)

/** Where a value departs from a pattern: the names on the way to the first part that differs. */
export function departure(value: unknown, pattern: unknown): readonly string[] {
  if (!isJson(pattern) || !isJson(value)) return []
  for (const [name, part] of Object.entries(pattern)) {
    if (matchesPattern(value[name], part)) continue
    return Array.isArray(part) ? [] : [name, ...departure(value[name], part)]
  }
  return []
}
