/**
 * Two people saved the same form: what only one of them changed is kept, what both changed to different answers is a conflict
 * that a person resolves. Nothing is lost: theirs stays, mine comes back beside it.
 */
import type { ItemConflict } from '../../contract/form.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import { FormDraft } from '../form/form-draft.ts'
import type { Answer, FormState } from '../form/form-state.ts'
import type { ItemKey } from '../item/item-key.ts'
import { settle } from '../form/settle.ts'

/** An answer that somebody else changed since the version that mine began from. */
export interface TheirChange {
  readonly itemKey: ItemKey
  /** What it was at that version. */
  readonly base: readonly Answer[]
  readonly by: string | null
  readonly at: string
}

export interface MergedSave {
  /** Mine, with theirs put in where I changed nothing, and where we both did. */
  readonly state: FormState
  readonly conflicts: readonly ItemConflict[]
}

/** Merges. `theirs` is the form as it is kept, `mine` as it was sent. */
export function mergeSaves(
  mine: FormState,
  theirs: FormState,
  changes: readonly TheirChange[],
  at: string,
): MergedSave {
  const draft = new FormDraft(mine, at)
  const conflicts: ItemConflict[] = []
  for (const { itemKey, base, by, at: changedAt } of changes) {
    const own = mine.items.get(itemKey)
    const other = theirs.items.get(itemKey)
    if (own === undefined || other === undefined || areSameAnswers(own.answers, other.answers)) continue
    const { answers, origin, cleared } = other
    draft.patch(itemKey, { answers, origin, cleared })
    if (areSameAnswers(own.answers, base)) continue
    conflicts.push({
      itemKey,
      base: [...base],
      theirs: [...other.answers],
      mine: [...own.answers],
      by,
      at: changedAt,
    })
  }
  settle(draft)
  return { state: draft.finish(), conflicts }
}

/** The first change of each item since a version: its `from` is what was there then. */
export function listTheirChanges(
  rows: readonly {
    readonly itemKey: string
    readonly at: string
    readonly actor: string | null
    readonly change: { readonly from: unknown[] }
  }[],
): TheirChange[] {
  const first = new Map<string, TheirChange>()
  for (const { itemKey, at, actor, change } of rows) {
    const known = first.get(itemKey)
    const base = known?.base ?? (change.from as Answer[])
    first.set(itemKey, { itemKey, base, by: actor, at })
  }
  return [...first.values()]
}
