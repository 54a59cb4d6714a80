/** How two responses to one form differ, item by item, on a conflict with the EHR's copy. */
import type { ItemConflict } from '../../contract/form.ts'
import { findItem, type AnswersAt } from '../form/answer-keys.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import type { FormState } from '../form/form-state.ts'
import type { ItemKey } from '../item/item-key.ts'

/** Items that somebody changed in the EHR since we wrote `base`; mine and theirs, for the person to merge. */
export function listCopyConflicts(
  mine: FormState,
  theirs: FormState,
  base: FormState,
  who: { readonly by: string | null; readonly at: string | null },
): ItemConflict[] {
  const answersIn =
    ({ items }: FormState): AnswersAt =>
    (key) =>
      items.get(key)?.answers ?? []
  return [...theirs.items.values()].flatMap((other): ItemConflict[] => {
    const find = (form: FormState): ItemKey | null =>
      findItem(other.key, answersIn(theirs), answersIn(form), theirs.items).key
    const [inMine, inBase] = [find(mine), find(base)]
    const own = inMine === null ? [] : answersIn(mine)(inMine)
    const before = inBase === null ? [] : answersIn(base)(inBase)
    if (areSameAnswers(other.answers, own) || areSameAnswers(other.answers, before)) return []
    // Under an answer that only theirs has: that is where it stands once the answer is taken over.
    const itemKey = inMine ?? other.key
    return [{ itemKey, base: [...before], theirs: [...other.answers], mine: [...own], ...who }]
  })
}
