/**
 * A target that a person made by the form's own questionnaire (SDC lookupQuestionnaire): the resource goes into the response,
 * which points to it (DTR containedReference, dtr.md §4).
 */
import type { FhirResource, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { listOf } from '../../fhir/list.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import { findPart } from '../package/assembly.ts'
import { readLabel } from '../population/evidence.ts'
import { extractTarget } from '../response/extraction.ts'
import { canonicalOf, toResponse } from '../response/questionnaire-response.ts'
import { readCompletion } from './completion.ts'
import { FormDraft } from './form-draft.ts'
import { answer } from './form-edit.ts'
import { EMPTY_META, openForm } from './open-form.ts'
import { settle } from './settle.ts'
import type { Answer, Edit, FormState, ItemView } from './form-state.ts'
import type { ItemKey } from '../item/item-key.ts'

/** The form to make a target with; undefined where the question has none, or it did not come with the payer's form. */
export function findCreateForm({ model }: FormState, { facts }: Pick<ItemView, 'facts'>): Questionnaire | undefined {
  const canonical = facts.lookupQuestionnaire
  return canonical === null ? undefined : findPart(model.questionnaire, [], canonical)
}

/** Gives a reference question the target that `made` describes; or says why it cannot be made of its answers. */
export function answerWithCreated(
  state: FormState,
  key: ItemKey,
  made: FormState,
  edit: Edit,
): Result<FormState, Message> {
  const item = state.items.get(key)
  if (item === undefined) return err(message('form.create.no-type', { types: '' }))
  const [blocker] = readCompletion(made).blockers
  if (blocker !== undefined) return err(blocker.message)
  const target = buildTarget(state, item, made, edit)
  if (!target.ok) return target
  const { resourceType, id } = target.value
  const given: Answer = {
    extension: [{ url: EXT.containedReference, valueBoolean: true }],
    valueReference: { reference: `#${id ?? ''}`, type: resourceType, display: readLabel(target.value) },
  }
  const answered = answer(state, key, item.repeats ? [...item.answers, given] : [given], edit)
  if (answered === state) return err(message('form.create.closed'))
  const draft = new FormDraft(answered, edit.at)
  draft.base = { ...draft.base, contained: [...(draft.base.contained ?? []), target.value] }
  return ok(withoutLeft(draft.finish()))
}

/** Where a response is the target it is the answers as they are; else they are extracted. */
function buildTarget(state: FormState, item: ItemView, made: FormState, edit: Edit): Result<FhirResource, Message> {
  const { referenceTypes } = item.facts
  const taken = new Set((state.base.contained ?? []).map(({ id }) => id))
  let id = 'created-1'
  for (let count = 2; taken.has(id); count += 1) id = `created-${String(count)}`
  return referenceTypes.includes('QuestionnaireResponse')
    ? ok({ ...toResponse(made, edit, 'completed'), id })
    : extractTarget(made, referenceTypes, id)
}

const isCreated = ({ id }: { id?: string | undefined }): boolean => id?.startsWith('created-') === true

/** A created resource that no answer points to any more goes (R4 dom-3: what is contained is referred to). */
function withoutLeft(state: FormState): FormState {
  const { contained, ...base } = state.base
  const used = createdIn(state)
  const kept = listOf(contained).filter((one) => !isCreated(one) || used.has(one.id ?? ''))
  return { ...state, base: kept.length === 0 ? base : { ...base, contained: kept } }
}

/** Ids of created resources that answers of questions with a form of their own point to. */
export function createdIn(state: FormState): ReadonlySet<string> {
  return new Set(
    [...state.items.values()].flatMap(({ facts, answers }) =>
      facts.lookupQuestionnaire === null
        ? []
        : answers.flatMap(({ valueReference }) => valueReference?.reference?.match(/^#(created-.+)$/)?.[1] ?? []),
    ),
  )
}

/** What a browser's response contains and the server takes over: resources made for a question that lets one make them. */
export function listCreated(state: FormState, submitted: QuestionnaireResponse): FhirResource[] {
  const used = createdIn(state)
  const types = new Set(
    [...state.items.values()].flatMap(({ facts }) => (facts.lookupQuestionnaire === null ? [] : facts.referenceTypes)),
  )
  return listOf(submitted.contained).filter(
    (one) => used.has(one.id ?? '') && (types.size === 0 || types.has(one.resourceType)),
  ) as FhirResource[]
}

/** The form to make a target with, empty but for what it begins with by itself (initial values, also hidden ones). */
export function openCreateForm({ setting, base }: FormState, questionnaire: Questionnaire): FormState {
  const { today, now, evaluator } = setting
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    questionnaire: canonicalOf(questionnaire),
    ...(base.subject === undefined ? {} : { subject: base.subject }),
  }
  const draft = new FormDraft(openForm({ questionnaire, response, meta: EMPTY_META, today, now, evaluator }), now)
  for (const key of draft.items.keys()) draft.entered.add(key)
  // Settling begins with something that moved.
  for (const linkId of draft.state.model.definitions.keys()) draft.touch(linkId)
  settle(draft, 'edited')
  return draft.finish()
}
