/**
 * What happens to the answers of a saved form when it is opened again and its values are worked out anew (DTR spec-71..73;
 * SDC 4: no filled answer is replaced without approval). Overrides are never touched and cleared answers stay cleared; a
 * manual answer that population would have given is relabelled; an automatic one that differs is the person's to decide. What
 * the payer filled in gives way to what the chart says (DTR 2.2 spec-73).
 */
import type { AnswerOrigin } from '../../contract/form.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import { FormDraft } from '../form/form-draft.ts'
import type { Answer, Edit, FormState, ItemView } from '../form/form-state.ts'
import { isAutomatic, personOrigin } from '../item/information-origin.ts'
import type { ItemKey } from '../item/item-key.ts'
import { settle } from '../form/settle.ts'

export interface ReopenedAnswer {
  readonly itemKey: ItemKey
  readonly old: readonly Answer[]
  readonly new: readonly Answer[]
  /** Where the new value comes from. */
  readonly origin: AnswerOrigin | null
  /** `fill`: it was empty, or the payer's; `relabel`: manual becomes override, the value stays; `ask`: the person decides. */
  readonly action: 'fill' | 'relabel' | 'ask'
}

export type Decisions = ReadonlyMap<ItemKey, 'keep' | 'take'>

/** Compares a saved form with one populated from nothing now, item by item in form order. */
export function compareReopened(saved: FormState, populated: FormState): ReopenedAnswer[] {
  return [...saved.items.values()].flatMap((item): ReopenedAnswer[] => {
    const found = populated.items.get(item.key)
    if (item.type === 'group' || !item.enabled || found === undefined) return []
    const action = actionFor(item, found)
    return action === null
      ? []
      : [{ itemKey: item.key, old: item.answers, new: found.answers, origin: found.origin, action }]
  })
}

function actionFor({ answers, origin, cleared }: ItemView, found: ItemView): ReopenedAnswer['action'] | null {
  const isFound = found.answers.length > 0
  if (cleared) return null
  if (answers.length === 0) return isFound ? 'fill' : null
  if (origin?.source === 'override') return null
  if (origin?.source === 'manual') return isFound ? 'relabel' : null
  if (areSameAnswers(answers, found.answers)) return null
  if (origin?.source === 'auto-server') return !isFound ? null : found.origin?.kind === 'chart' ? 'fill' : 'ask'
  const isKnown = origin !== null && isAutomatic(origin.source)
  return isKnown || isFound ? 'ask' : null
}

/**
 * Applies what follows by rule and what the person decided. An answer kept against a new value is theirs from then on, an
 * override with the new value as its suggestion; one not decided stays as it is.
 */
export function applyReopened(
  saved: FormState,
  reopened: readonly ReopenedAnswer[],
  decisions: Decisions,
  edit: Edit,
): FormState {
  const draft = new FormDraft(saved, edit.at)
  for (const one of reopened) {
    const decided = one.action === 'ask' ? decisions.get(one.itemKey) : undefined
    if (one.action === 'fill' || decided === 'take')
      draft.patch(one.itemKey, { answers: one.new, origin: one.new.length === 0 ? null : one.origin, cleared: false })
    else if (one.action === 'relabel') relabel(draft, one)
    else if (decided === 'keep' && one.new.length > 0)
      draft.patch(one.itemKey, { origin: personOrigin(one.origin, one.new, edit) })
  }
  settle(draft)
  return draft.finish()
}

/** The author of a manual answer stays its author: only what population would have given is added. */
function relabel(draft: FormDraft, { itemKey, new: suggested, origin: found }: ReopenedAnswer): void {
  const origin = draft.item(itemKey)?.origin ?? null
  if (origin === null) return
  const evidence = found?.evidence ?? []
  draft.patch(itemKey, { origin: { ...origin, source: 'override', suggested: [...suggested], evidence } })
}
