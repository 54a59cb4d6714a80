/** What a finding stands for: a query gives a Bundle, untyped where it is the whole expression; what it holds is meant. */
import type { TypedValue } from '../expression/expression.ts'
import { entriesOf } from '../package/bundle-entries.ts'
import type { Finding } from './scope.ts'

/** The values, with the resources of a Bundle in its place. */
export function valuesOf({ values, raw }: Pick<Finding, 'values' | 'raw'>): TypedValue[] {
  const typed = (resources: readonly unknown[]): TypedValue[] =>
    resources.map((value) => ({ type: (value as { resourceType: string }).resourceType, value }))
  if (values.length === 0) return typed(raw.flatMap(entriesOf))
  return values.flatMap((one) => (one.type === 'Bundle' ? typed(entriesOf(one.value)) : [one]))
}
