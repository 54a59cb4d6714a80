/** How two responses to one form differ, item by item: on a conflict with the EHR's copy, and after computing anew. */
import type { Difference, ItemConflict } from '../contract/form.ts'
import { areSameAnswers } from './answer-value.ts'
import type { FormState } from './form-state.ts'
import { isAutomatic } from './information-origin.ts'

/** Items that somebody changed in the EHR since we wrote `base`; mine and theirs, for the person to merge. */
export function listCopyConflicts(
  mine: FormState,
  theirs: FormState,
  base: FormState,
  who: { readonly by: string | null; readonly at: string | null },
): ItemConflict[] {
  return [...theirs.items.values()].flatMap((other): ItemConflict[] => {
    const own = mine.items.get(other.key)?.answers ?? []
    const before = base.items.get(other.key)?.answers ?? []
    if (areSameAnswers(other.answers, own) || areSameAnswers(other.answers, before)) return []
    return [{ itemKey: other.key, base: [...before], theirs: [...other.answers], mine: [...own], ...who }]
  })
}

/**
 * Values that population gives now and that are not what is kept. Only answers that a machine gave, and empty ones, are
 * compared: a person's answer stays, and a cleared one stays cleared (DTR spec-71, 72). Where the chart gives nothing any
 * more, the answer that it gave is a difference, too.
 */
export function listRecomputed(kept: FormState, recomputed: FormState): Difference[] {
  return [...recomputed.items.values()].flatMap((item): Difference[] => {
    const old = kept.items.get(item.key)
    if (old === undefined || old.cleared || item.type === 'group' || item.type === 'display' || !item.enabled) return []
    const isOurs = old.answers.length === 0 || (old.origin !== null && isAutomatic(old.origin.source))
    if (!isOurs || old.origin?.kind === 'payer' || areSameAnswers(old.answers, item.answers)) return []
    return [{ itemKey: item.key, old: [...old.answers], new: [...item.answers], origin: item.origin }]
  })
}
