/**
 * What a person can do to an open form. Each function gives the next state; a read-only, disabled or unknown item gives the
 * same state back. An edit of an automatic answer is an override that keeps the suggestion; anything else is manual
 * (DTR information-origin).
 */
import type { Coding, Signature } from 'fhir/r4'
import type { Answer, Edit, FormState, ItemView } from './form-state.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import { parseTyped } from '../item/coercion.ts'
import { FormDraft } from './form-draft.ts'
import { isFixed } from './locks.ts'
import { mayPerform } from './performer.ts'
import { isRepeatingGroup } from './form-tree.ts'
import { automaticOrigin, isAutomatic, personOrigin } from '../item/information-origin.ts'
import { placeOf, type ItemKey } from '../item/item-key.ts'
import { optionsOf } from '../item/item-options.ts'
import { EMPTY_META } from './open-form.ts'
import { settle } from './settle.ts'

/** `at` is the question that a person answers: in a form that is answered in order they came as far as that. */
function edited(state: FormState, edit: Edit, at: ItemKey | null, change: (draft: FormDraft) => void): FormState {
  const draft = new FormDraft(state, edit.at)
  if (at !== null && state.model.facts.entryMode === 'sequential') draft.reached = at
  change(draft)
  settle(draft, 'edited')
  return draft.finish()
}

/** The item, where it takes an answer of this person now. */
function editable(state: FormState, key: ItemKey, { author }: Edit): ItemView | undefined {
  const item = state.items.get(key)
  if (item === undefined || isFixed(item) || item.type === 'group' || item.type === 'display') return undefined
  return mayPerform(state.model.facts, author.reference) ? item : undefined
}

/** An item that is this person's to deal with: to confirm, though it may be read-only, or to repeat. */
function owned(state: FormState, key: ItemKey, { author }: Edit): ItemView | undefined {
  const item = state.items.get(key)
  return item?.locked === null && mayPerform(state.model.facts, author.reference) ? item : undefined
}

/** What a machine gave for this item, now or before a person changed it; null for nothing. */
function suggestionOf({ origin, answers }: ItemView): readonly Answer[] | null {
  if (origin === null) return null
  return isAutomatic(origin.source) ? answers : (origin.suggested as Answer[] | null)
}

/** Gives an item these answers. The suggested ones again are the suggestion taken back, not an override. */
export function answer(state: FormState, key: ItemKey, answers: readonly Answer[], edit: Edit): FormState {
  const item = editable(state, key, edit)
  if (item === undefined) return state
  if (answers.length === 0) return clear(state, key, edit)
  if (item.rejectedText === null && areSameAnswers(item.answers, answers)) return state
  const suggested = suggestionOf(item)
  if (suggested !== null && areSameAnswers(suggested, answers)) return revert(state, key, edit)
  return edited(state, edit, key, (draft) => {
    draft.patch(key, {
      answers: [...answers],
      origin: personOrigin(item.origin, suggested, edit),
      cleared: false,
      rejectedText: null,
    })
  })
}

/** Gives an item what was typed. Text that is no value of its type is kept as `rejectedText`, shown, and never sent. */
export function answerTyped(state: FormState, key: ItemKey, text: string, edit: Edit): FormState {
  const item = editable(state, key, edit)
  if (item === undefined) return state
  const unit = item.answers[0]?.valueQuantity
  const chosen = item.unitOptions.find(({ code }) => code !== undefined && code === unit?.code) ?? item.unit
  const parsed = parseTyped(text, { type: item.type, unit: chosen })
  if (parsed === null) return clear(state, key, edit)
  if (parsed !== undefined) return answer(state, key, [parsed], edit)
  return edited(state, edit, key, (draft) => {
    const suggested = suggestionOf(item)
    draft.patch(key, { answers: [], origin: personOrigin(item.origin, suggested, edit), rejectedText: text })
  })
}

/** Empties an item. A cleared automatic answer is remembered as cleared: population must not bring it back. */
export function clear(state: FormState, key: ItemKey, edit: Edit): FormState {
  const item = editable(state, key, edit)
  if (item === undefined || (item.answers.length === 0 && item.rejectedText === null)) return state
  const suggested = suggestionOf(item)
  return edited(state, edit, key, (draft) => {
    const origin = suggested === null ? null : personOrigin(item.origin, suggested, edit)
    draft.patch(key, { answers: [], origin, cleared: suggested !== null, rejectedText: null })
  })
}

/** Takes back the answer that was suggested. Where it asks for confirmation, it asks again. */
export function revert(state: FormState, key: ItemKey, edit: Edit): FormState {
  const item = editable(state, key, edit)
  const origin = item?.origin ?? null
  if (item === undefined || origin === null || origin.suggested === null) return state
  const answers = origin.suggested as Answer[]
  return edited(state, edit, key, (draft) => {
    draft.patch(key, { answers, origin: automaticOrigin(origin, edit.at), cleared: false, rejectedText: null })
  })
}

/** Confirms an automatic answer that asks for it (a clinician-scored value). */
export function confirm(state: FormState, key: ItemKey, edit: Edit): FormState {
  const item = owned(state, key, edit)
  if (
    item?.enabled !== true ||
    item.origin?.confirmation === undefined ||
    item.origin.confirmation === null ||
    item.answers.length === 0
  )
    return state
  const origin = { ...item.origin, confirmation: { confirmedAt: edit.at, by: edit.author.name } }
  return edited(state, edit, key, (draft) => draft.patch(key, { origin }))
}

/** Adds an empty repetition to the group that `key` is a repetition of. */
export function addRepetition(state: FormState, key: ItemKey, edit: Edit): FormState {
  const item = owned(state, key, edit)
  const definition = item === undefined ? undefined : state.model.definitions.get(item.linkId)
  if (item?.repetition?.mayAdd !== true || definition === undefined || !isRepeatingGroup(definition)) return state
  return edited(state, edit, null, (draft) => {
    const added = draft.appendRepetition(definition, placeOf(key), EMPTY_META)
    const name = definition.expressions.populationContext?.name
    // SDC: what a person adds is populated with an empty context.
    if (name !== undefined) draft.repetitionContexts.set(added, { name, raw: [] })
  })
}

/** Removes a repetition with its answers; those after it move up. */
export function removeRepetition(state: FormState, key: ItemKey, edit: Edit): FormState {
  const item = owned(state, key, edit)
  if (item?.repetition?.mayRemove !== true) return state
  return edited(state, edit, null, (draft) => draft.removeRepetition(key))
}

/** Signs the form (null) or one item. What changes afterwards takes the signature out again. */
export function sign(state: FormState, key: ItemKey | null, signature: Signature, edit: Edit): FormState {
  const facts = key === null ? state.model.facts : state.items.get(key)?.facts
  if (facts === undefined || facts.signatures.length === 0) return state
  return edited(state, edit, null, (draft) => draft.sign(key, signature))
}

/** Gives every occurrence of a question the codes of its value set, expanded elsewhere; null where that failed. */
export function giveOptions(
  state: FormState,
  linkId: string,
  codings: readonly Coding[] | null,
  edit: Edit,
): FormState {
  return edited(state, edit, null, (draft) => {
    for (const key of draft.keysOf(linkId))
      if (codings === null) draft.patch(key, { expansion: 'failed' })
      else draft.patch(key, { options: optionsOf(codings), expansion: draft.item(key)?.expansion ?? 'given' })
  })
}

/**
 * Computes an edit and forgets the outcome: the first key that a person presses is then not the one that pays for compiling
 * the engine. What the first condition and the first computed value need is computed, whatever they depend on.
 */
export function rehearse(state: FormState, at: string): void {
  const [item] = state.items.values()
  if (item === undefined) return
  const { calculation, enablement } = state.dependencies.all
  const draft = new FormDraft(state, at)
  draft.patch(item.key, { answers: [...item.answers] })
  settle(draft, 'edited', [...calculation.slice(0, 1), ...enablement.slice(0, 1)])
  draft.finish()
}
