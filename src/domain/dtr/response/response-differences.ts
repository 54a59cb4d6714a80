/** How two responses to one form differ, item by item, on a conflict with the EHR's copy. */
import type { ItemConflict } from '../../contract/form.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import type { FormState } from '../form/form-state.ts'

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
