/** Longest text, least and largest value (R4 ElementDefinition.maxLength, minValue[x], maxValue[x]). Pure. */
import type { Definition } from './definition.ts'
import { isJson, type Json } from './path/item.ts'
import { compare } from './path/operators.ts'
import type { LimitFacts } from './table.ts'
import type { Run, Walk } from './walk.ts'

/**
 * By how much a value lies from a limit; undefined where that cannot be told. Quantities are compared in the same unit alone,
 * dates only as far as both are known: `1950` is not before `1950-06-15`.
 */
function difference(value: unknown, limit: LimitFacts): number | undefined {
  if (typeof limit !== 'object') return compare(value, limit)
  if (!isJson(value) || value['system'] !== limit.system || value['code'] !== limit.code) return undefined
  return compare(value['value'], limit.value)
}

const idOf = (limit: LimitFacts, isLeast: boolean): string => {
  if (typeof limit === 'object') return `TYPE_SPECIFIC_CHECKS_DT_QTY_${isLeast ? 'MIN' : 'MAX'}_VALUE_WRONG`
  if (typeof limit === 'string') return `Precert_Time_${isLeast ? 'Early' : 'Late'}`
  return `Type_Specific_Checks_DT_Integer_${isLeast ? 'LT' : 'GT'}`
}

const write = (limit: LimitFacts): string =>
  typeof limit === 'object' ? `${limit.value} ${limit.code}` : String(limit)

/** Judges a simple value or a Quantity by the limits of its definition. */
export function checkLimits(walk: Walk, run: Run, { facts, path }: Definition, value: string | number | Json): void {
  if (typeof value === 'string' && facts.maxLength !== undefined && value.length > facts.maxLength)
    walk.report(run, 'error', 'Type_Specific_Checks_DT_Primitive_Length', `${path}: longer than ${facts.maxLength}`)
  if (facts.range === undefined) return
  const [least, most] = facts.range
  if (least !== null && (difference(value, least) ?? 0) < 0)
    walk.report(run, 'error', idOf(least, true), `${path}: less than ${write(least)}`)
  if (most !== null && (difference(value, most) ?? 0) > 0)
    walk.report(run, 'error', idOf(most, false), `${path}: more than ${write(most)}`)
}
