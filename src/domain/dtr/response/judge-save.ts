/**
 * What a browser sends back, held against what the server knows: the answers are the person's, but where they came from is
 * not for a browser to say. An answer that equals what the server populated keeps its origin; one that a person gave before
 * keeps that; one that the form computes is computed; all else is this person's, an override or manual (DTR
 * information-origin; population runs on the server, so that provenance cannot be forged).
 */
import type { FhirResource, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { AnswerOrigin, FormMeta, FormPart, ItemOffers } from '../../contract/form.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import { coerceAnswers } from '../item/coercion.ts'
import { evaluateIn } from '../form/evaluate-in.ts'
import type { ChartAccess, ExpressionEvaluator } from '../expression/expression.ts'
import { listCreated } from '../form/created-target.ts'
import { FormDraft } from '../form/form-draft.ts'
import { listItems, type Answer, type Edit, type FormState, type ItemView } from '../form/form-state.ts'
import { readOrder } from '../form/locks.ts'
import { mayPerform } from '../form/performer.ts'
import { isAutomatic, personOrigin } from '../item/information-origin.ts'
import { linkIdOf, type ItemKey } from '../item/item-key.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'

/** A response with the meta beside it. */
export interface KeptForm {
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
}

export interface SaveInput {
  readonly questionnaire: Questionnaire
  /** What population gave. */
  readonly populated: KeptForm
  /** What was saved last. */
  readonly stored: KeptForm
  readonly submitted: KeptForm
  readonly edit: Edit
  readonly today: string
  readonly evaluator: ExpressionEvaluator
  readonly chart: ChartAccess
  /** Parts of the form that somebody else has in hand. */
  readonly foreignParts?: readonly FormPart[]
}

export interface JudgedSave {
  readonly state: FormState
  /** The form as it was saved last. */
  readonly before: FormState
  /** Items that this save changed, for the audit trail. */
  readonly changed: readonly ItemKey[]
  /** Why this person may not make these changes; null where they may. Nothing is kept of such a save. */
  readonly refusal: 'entry-order' | 'part-elsewhere' | 'other-performer' | null
}

/** Gives the form as it is to be kept. Only the items of the submitted response count; its head is the server's. */
export function judgeSave(input: SaveInput): JudgedSave {
  const { questionnaire, today, evaluator, chart, submitted } = input
  const { foreignParts = [] } = input
  const open = (kept: KeptForm): FormState =>
    openForm({ questionnaire, ...kept, today, evaluator, chart, foreignParts })
  const populated = open(input.populated)
  const stored = open(input.stored)
  const { item } = submitted.response
  const plain = { ...input.stored.response, item: item ?? [] }
  const answered = open({ response: plain, meta: EMPTY_META })
  const head = withCreated(plain, listCreated(answered, submitted.response))
  const draft = new FormDraft(answered, input.edit.at)
  const judge = new Judge(input, populated, stored, draft)
  const offers = acceptOffers(answered, input)
  const reached = furthest(answered, stored.reached, submitted.meta.reached ?? null)
  const meta: FormMeta = {
    origins: {},
    lookups: {},
    cleared: [],
    ...(offers === undefined ? {} : { offers }),
    ...(reached === null ? {} : { reached }),
  }
  for (const view of answered.items.values()) {
    const { lookup } = stored.items.get(view.key) ?? { lookup: null }
    if (lookup !== null) meta.lookups[view.key] = lookup
    const verdict = judge.originOf(view)
    if (verdict === null) continue
    meta.origins[view.key] = verdict
    if (view.answers.length === 0) meta.cleared.push(view.key)
  }
  const state = open(withoutFixed(draft, { response: head, meta }))
  const changed = listChanges(stored, state)
  return { state, before: stored, changed, refusal: refusalOf(stored, state, changed, input.edit) }
}

/**
 * Offers go with their item when a repetition before it is taken out: a browser says which are whose now, but only what the
 * server gave for that question counts.
 */
function acceptOffers(form: FormState, { populated, stored, submitted }: SaveInput): FormMeta['offers'] {
  const claimed = submitted.meta.offers
  const kept = stored.meta.offers
  if (kept === undefined || claimed === undefined) return kept
  const known = [...Object.entries(kept), ...Object.entries(populated.meta.offers ?? {})]
  const given = (key: ItemKey): ItemOffers | undefined => {
    const own = Object.hasOwn(claimed, key) ? JSON.stringify(claimed[key]) : undefined
    if (own === undefined) return undefined
    const same = known.find(([at, offers]) => linkIdOf(at) === linkIdOf(key) && JSON.stringify(offers) === own)
    return same === undefined ? kept[key] : same[1]
  }
  return Object.fromEntries(
    [...form.items.keys()].flatMap((key) => {
      const offers = given(key)
      return offers === undefined ? [] : [[key, offers]]
    }),
  )
}

/** The server's own contained resources, and those that the person made for a question. */
function withCreated(response: QuestionnaireResponse, created: readonly FhirResource[]): QuestionnaireResponse {
  const { contained, ...rest } = response
  const own = (contained ?? []).filter(({ id }) => id?.startsWith('created-') !== true)
  const all = [...own, ...created]
  return all.length === 0 ? rest : { ...rest, contained: all }
}

/** A form that is answered in order is never less far than it was, nor behind what still needs something (SDC entryMode). */
function furthest(form: FormState, kept: ItemKey | null, claimed: ItemKey | null): ItemKey | null {
  if (form.model.facts.entryMode !== 'sequential') return null
  const items = listItems(form)
  const keys = items.map(({ key }) => key)
  if (claimed === null || readOrder(form.model, items, kept).get(claimed) === 'ahead') return kept
  return keys.indexOf(claimed) > (kept === null ? -1 : keys.indexOf(kept)) ? claimed : kept
}

/**
 * What a person changed where they may not: before the question they came to, behind one that still needs something, or in a
 * part that somebody else has in hand. What the form changes by itself (a condition, a computed value) is nobody's change.
 */
function refusalOf(
  before: FormState,
  after: FormState,
  changed: readonly ItemKey[],
  { author }: Edit,
): JudgedSave['refusal'] {
  const own = changed.filter((key) => {
    const item = after.items.get(key)
    return item === undefined || (item.enabled && item.origin?.kind !== 'computed')
  })
  if (own.length > 0 && !mayPerform(before.model.facts, author.reference)) return 'other-performer'
  const locks = own.map((key) => (before.items.get(key) ?? after.items.get(key))?.locked)
  if (locks.includes('part')) return 'part-elsewhere'
  const order = readOrder(after.model, listItems(after), before.reached)
  return locks.includes('passed') || own.some((key) => order.get(key) === 'ahead') ? 'entry-order' : null
}

interface Given {
  readonly origin: AnswerOrigin
  readonly answers: readonly Answer[]
}

/** An item's answers with their origin, where it has both. */
function given(item: ItemView | undefined): Given | null {
  return item === undefined || item.origin === null || item.answers.length === 0
    ? null
    : { origin: item.origin, answers: item.answers }
}

class Judge {
  private readonly input: SaveInput
  private readonly populated: FormState
  private readonly stored: FormState
  private readonly draft: FormDraft

  constructor(input: SaveInput, populated: FormState, stored: FormState, draft: FormDraft) {
    this.input = input
    this.populated = populated
    this.stored = stored
    this.draft = draft
  }

  /** The origin of an item's answers; for an empty item that of a cleared suggestion; null for nothing. */
  originOf(item: ItemView): AnswerOrigin | null {
    if (item.answers.length === 0) return this.clearedOrigin(item)
    const known = this.find(this.stored, item) ?? this.find(this.populated, item)
    const origin = known?.origin ?? null
    if (origin !== null) return this.withConfirmation(origin, item)
    return this.computedOrigin(item) ?? this.personOrigin(item)
  }

  /**
   * The same answers at the same place; or elsewhere under the same link id (a repetition was removed and those after it
   * moved up), where the browser names the same evidence.
   */
  private find(form: FormState, item: ItemView): ItemView | undefined {
    const same = form.items.get(item.key)
    if (same !== undefined && areSameAnswers(same.answers, item.answers)) return same
    const claimed = this.input.submitted.meta.origins[item.key]?.evidence[0]?.evidenceId
    if (claimed === undefined) return undefined
    return [...form.items.values()].find(
      ({ linkId, answers, origin }) =>
        linkId === item.linkId && areSameAnswers(answers, item.answers) && origin?.evidence[0]?.evidenceId === claimed,
    )
  }

  private withConfirmation(origin: AnswerOrigin, item: ItemView): AnswerOrigin {
    if (origin.confirmation === null || origin.confirmation.confirmedAt !== null) return origin
    const { at, author } = this.input.edit
    const isConfirmed = (this.input.submitted.meta.origins[item.key]?.confirmation?.confirmedAt ?? null) !== null
    return isConfirmed ? { ...origin, confirmation: { confirmedAt: at, by: author.name } } : origin
  }

  private computedOrigin(item: ItemView): AnswerOrigin | null {
    const definition = this.draft.definition(item.key)
    const calculated = definition?.expressions.calculated ?? null
    const result = calculated === null ? undefined : evaluateIn(this.draft, item.key, calculated)
    if (definition === undefined || result?.ok !== true) return null
    // As the engine computes: with the item as it is now, and values in its unit.
    const answers = coerceAnswers(result.value.values, item, this.input.evaluator.convert)
    if (!answers.ok || !areSameAnswers(answers.value, item.answers)) return null
    const evidence = this.populated.items.get(item.key)?.origin?.evidence ?? []
    return {
      source: 'auto-client',
      kind: 'computed',
      author: null,
      at: this.input.edit.at,
      evidence,
      inputs: [...result.value.linkIds],
      foundBy: result.value.foundBy,
      suggested: null,
      confirmation: null,
    }
  }

  private personOrigin(item: ItemView): AnswerOrigin {
    const suggestion = this.suggestionFor(item)
    return personOrigin(suggestion?.origin ?? null, suggestion?.answers ?? null, this.input.edit)
  }

  /** What the machine gave at this place: by population, or by computation before a person changed it. */
  private suggestionFor({ key }: ItemView): Given | null {
    const populated = given(this.populated.items.get(key))
    if (populated !== null && isAutomatic(populated.origin.source)) return populated
    const origin = this.stored.items.get(key)?.origin ?? null
    if (origin === null) return null
    if (isAutomatic(origin.source)) return given(this.stored.items.get(key))
    const suggested = origin.suggested as Answer[] | null
    return suggested === null ? null : { origin, answers: suggested }
  }

  private clearedOrigin(item: ItemView): AnswerOrigin | null {
    if (!this.input.submitted.meta.cleared.includes(item.key)) return null
    const before = this.stored.items.get(item.key)
    if (before?.cleared === true && before.origin !== null) return before.origin
    const suggestion = this.suggestionFor(item)
    return suggestion === null ? null : personOrigin(suggestion.origin, suggestion.answers, this.input.edit)
  }
}

/** A read-only item is never a person's: such an answer is left out. */
function withoutFixed(draft: FormDraft, kept: KeptForm): KeptForm {
  const isForged = ({ key, readOnly, answers }: ItemView): boolean =>
    readOnly && answers.length > 0 && kept.meta.origins[key]?.kind === 'person'
  const forged = new Set([...draft.items.values()].filter(isForged).map(({ key }) => key))
  if (forged.size === 0) return kept
  for (const key of forged) draft.patch(key, { answers: [] })
  const origins = Object.fromEntries(Object.entries(kept.meta.origins).filter(([key]) => !forged.has(key)))
  return { response: draft.response(null), meta: { ...kept.meta, origins } }
}

function listChanges(before: FormState, after: FormState): ItemKey[] {
  const keys = new Set([...before.items.keys(), ...after.items.keys()])
  return [...keys].filter((key) => {
    const [old, next] = [before.items.get(key), after.items.get(key)]
    return (
      !areSameAnswers(old?.answers ?? [], next?.answers ?? []) ||
      old?.origin?.confirmation?.confirmedAt !== next?.origin?.confirmation?.confirmedAt
    )
  })
}
