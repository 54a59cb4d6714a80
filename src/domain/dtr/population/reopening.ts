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
import { matchRows } from './reopened-rows.ts'
import { settle } from '../form/settle.ts'
import { addDuration, isEarlier } from '../../time.ts'

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

/** A launch that read the chart for a form. */
export interface ChartReading {
  readonly launchId: string
  readonly at: string
}

/** Whoever leaves a form open over night works on it in another sitting. */
const SITTING_HOURS = 8

/**
 * Whether a launch that opens a form begins a sitting: its first time at this form, or long after the last one. Then the
 * chart is read again; within a sitting what the person sees does not move by itself.
 */
export function isNewSitting(readings: readonly ChartReading[], launchId: string, now: string): boolean {
  const since = addDuration(now, { hours: -SITTING_HOURS })
  return !readings.some((reading) => reading.launchId === launchId && !isEarlier(reading.at, since))
}

/** Compares a saved form with one populated from nothing now, item by item in form order. */
export function compareReopened(saved: FormState, populated: FormState): ReopenedAnswer[] {
  const { keyOf } = matchRows(saved, populated)
  const compared = [...saved.items.values()].flatMap((item): ReopenedAnswer[] => {
    if (item.type === 'group' || !item.enabled) return []
    const key = keyOf(item.key)
    if (key === null) return goneWithRow(item, populated)
    const found = populated.items.get(key)
    if (found?.enabled !== true) return []
    const action = actionFor(item, found)
    return action === null
      ? []
      : [{ itemKey: item.key, old: item.answers, new: found.answers, origin: found.origin, action }]
  })
  return withoutFollowing(saved, compared)
}

/** The chart has no such row any more; nothing is said of it where it could not be searched. */
function goneWithRow({ key, linkId, answers, origin }: ItemView, populated: FormState): ReopenedAnswer[] {
  const isUntold = [...populated.items.values()].some(
    (item) => item.linkId === linkId && (item.lookup?.status === 'failed' || item.lookup?.status === 'partial'),
  )
  const isMachines = answers.length > 0 && origin?.source === 'auto-client'
  return isMachines && !isUntold ? [{ itemKey: key, old: answers, new: [], origin: null, action: 'ask' }] : []
}

/**
 * Rows that the chart has since `before` was populated. One that was there then and is not in the saved form was taken out by
 * a person.
 */
export function listNewRows(saved: FormState, populated: FormState, before: FormState): ItemKey[] {
  const known = new Set(matchRows(before, populated).added)
  return matchRows(saved, populated).added.filter((row) => known.has(row))
}

/** A computed answer follows those that it is computed from: to decide about them is to decide about it. */
function withoutFollowing({ items, model }: FormState, compared: readonly ReopenedAnswer[]): ReopenedAnswer[] {
  const differing = new Set(compared.map(({ itemKey }) => items.get(itemKey)?.linkId))
  return compared.filter(({ itemKey, origin, action }) => {
    const item = items.get(itemKey)
    const isComputed = item !== undefined && model.definitions.get(item.linkId)?.expressions.calculated !== null
    const inputs = [...(origin?.inputs ?? []), ...(item?.origin?.inputs ?? [])]
    return action === 'relabel' || !isComputed || !inputs.some((linkId) => differing.has(linkId))
  })
}

function actionFor({ answers, origin, cleared }: ItemView, found: ItemView): ReopenedAnswer['action'] | null {
  const isFound = found.answers.length > 0
  if (cleared) return null
  // A search that failed says nothing about what the chart holds.
  if (!isFound && (found.lookup?.status === 'failed' || found.lookup?.status === 'partial')) return null
  const isByMachine = isFound && found.origin !== null && isAutomatic(found.origin.source)
  if (answers.length === 0) return isByMachine ? 'fill' : null
  if (origin?.source === 'override') return null
  if (origin?.source === 'manual') return isByMachine ? 'relabel' : null
  if (areSameAnswers(answers, found.answers)) return null
  if (origin?.source === 'auto-server') return !isFound ? null : found.origin?.kind === 'chart' ? 'fill' : 'ask'
  const isKnown = origin !== null && isAutomatic(origin.source)
  return isKnown || isFound ? 'ask' : null
}

/**
 * Applies what follows by rule and what the person decided. An answer kept against a new value is theirs from then on, an
 * override with the new value as its suggestion, or manual where nothing is found any more; one not decided stays as it is.
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
    else if (decided === 'keep')
      draft.patch(one.itemKey, { origin: personOrigin(one.origin, one.new.length === 0 ? null : one.new, edit) })
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
