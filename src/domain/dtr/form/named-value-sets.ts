/** Which value sets expressions of a form name now (cqf-expression on answerValueSet) whose codes are not at hand. */
import type { FormState } from './form-state.ts'

/** Canonicals by the link id of the item that needs them. */
export function listNamedValueSets({ items, model }: FormState): Map<string, string[]> {
  const named = new Map<string, string[]>()
  for (const { linkId, enabled, expansion, valueSet } of items.values()) {
    const isWritten = model.definitions.get(linkId)?.item.answerValueSet === valueSet
    if (!enabled || expansion === 'given' || valueSet === null || isWritten) continue
    const known = named.get(linkId) ?? []
    if (!known.includes(valueSet)) named.set(linkId, [...known, valueSet])
  }
  return named
}
