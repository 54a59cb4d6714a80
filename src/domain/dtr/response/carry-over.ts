/**
 * Whether what was answered for one request may serve another (DTR 2.2 request-specific, dtr.md §1.4): only where the form says
 * that it is not specific to its request, and only the same version of it. Then a person's answers are taken over, to be looked
 * at again; what the chart says is read anew.
 */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '../../contract/form.ts'
import { readFormFacts } from '../form/form-facts.ts'
import { FormDraft } from '../form/form-draft.ts'
import { chartElsewhere, openForm } from '../form/open-form.ts'
import { settle } from '../form/settle.ts'
import { isAutomatic } from '../item/information-origin.ts'
import type { KeptForm } from './judge-save.ts'
import { canonicalOf, toMeta, toResponse } from './questionnaire-response.ts'

/** A response that was completed for another request of the same patient to the same payer. */
export interface EarlierResponse {
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
  readonly today: string
}

/** Whether a completed response to one form may serve as the response to another. */
export function mayServe(earlier: Questionnaire, form: Questionnaire): boolean {
  const isSame = form.url !== undefined && canonicalOf(earlier) === canonicalOf(form)
  return isSame && readFormFacts(form).requestSpecific === false
}

/**
 * The form begun with what a person answered before; null where that may not be, where nothing was, or where the payer has put
 * answers of its own into the draft.
 */
export function carryOver(earlier: EarlierResponse, form: Questionnaire, start: KeptForm, at: string): KeptForm | null {
  if (!mayServe(earlier.questionnaire, form) || (start.response.item ?? []).length > 0) return null
  const { questionnaire, response, meta, today } = earlier
  const state = openForm({ questionnaire, response, meta, today, evaluator: null, chart: chartElsewhere() })
  const draft = new FormDraft(state, at)
  // What stands under an answer before the answer: it goes with it.
  for (const item of [...state.items.values()].reverse()) {
    if (item.answers.length === 0 || item.origin === null) continue
    if (isAutomatic(item.origin.source)) draft.patch(item.key, { answers: [], origin: null, lookup: null })
    // Evidence is kept with its case; the chart is read anew for this one.
    else draft.patch(item.key, { origin: { ...item.origin, evidence: [] } })
    draft.unsign(item.key)
  }
  settle(draft)
  const carried = draft.finish()
  const { item } = toResponse(carried, { at, author: { reference: null, name: '' } })
  if (item === undefined) return null
  const { origins, cleared } = toMeta(carried)
  return { response: { ...start.response, item }, meta: { origins, lookups: {}, cleared } }
}
