/**
 * From a package to the form where filling begins: value sets at hand, the payer's draft or one of ours; of an adaptive form
 * the first questions, asked for at once.
 */
import type { Questionnaire } from 'fhir/r4'
import {
  buildContainedQuestionnaire,
  containQuestionnaire,
  findContainedQuestionnaire,
  isAdaptive,
  readNextQuestionUrl,
} from '#domain/dtr/adaptive/adaptive.ts'
import type { FormProblem } from '#domain/dtr/package/error-log.ts'
import { buildFormModel } from '#domain/dtr/form/form-model.ts'
import { listMissingLibraries } from '#domain/dtr/form/form-problems.ts'
import type { KeptForm } from '#domain/dtr/response/judge-save.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import {
  completeQuestionnaire,
  isExpired,
  type QuestionnairePackage,
} from '#domain/dtr/package/questionnaire-package.ts'
import { buildEmptyResponse, completeHead, type ResponseHead } from '#domain/dtr/response/questionnaire-response.ts'
import { upcastResponse } from '#domain/dtr/response/upcast-response.ts'
import { PROFILE } from '#domain/fhir/canonical.ts'
import { err, message, ok, type Message, type Result } from '#domain/result.ts'
import type { AdaptiveCourse } from './form-record.ts'
import { askNextQuestion, type NextQuestionDeps } from './next-question.ts'
import { resolveValueSets } from './resolve-value-sets.ts'

export interface BegunForm {
  readonly questionnaire: Questionnaire
  readonly start: KeptForm
  readonly adaptive: AdaptiveCourse | null
  readonly problems: readonly FormProblem[]
  /** The payer has no question at all, or none left. */
  readonly completed: boolean
}

export interface BeginFailure {
  readonly failure: Message
  readonly problems: readonly FormProblem[]
}

/** Begins a form of a package. `head` is made for the questionnaire that it is given. */
export async function beginForm(
  deps: NextQuestionDeps,
  form: QuestionnairePackage,
  today: string,
  head: (questionnaire: Questionnaire) => ResponseHead,
): Promise<Result<BegunForm, BeginFailure>> {
  const { name: payer, phone } = deps.payer
  // The payer handed out a form that has ended (DTR spec-124): nothing that is filled in now would count.
  if (isExpired(form.questionnaire, today))
    return err({
      failure: message('form.failure.expired', { payer, phone }),
      problems: [{ kind: 'expired-form', linkId: null, library: null }],
    })
  if (isAdaptive(form.questionnaire)) return beginAdaptive(deps, form, head)
  const { valueSets, problems } = await resolveValueSets(deps, form)
  const questionnaire = completeQuestionnaire({ questionnaire: form.questionnaire, valueSets })
  return ok({
    questionnaire,
    start: { response: draftOf(form, head(questionnaire)), meta: EMPTY_META },
    adaptive: null,
    problems: [...missingLibraries(form), ...missingParts(questionnaire), ...problems],
    completed: false,
  })
}

function draftOf({ draft }: QuestionnairePackage, head: ResponseHead): KeptForm['response'] {
  if (draft === null) return buildEmptyResponse(head)
  return completeHead({ ...upcastResponse(draft, 'payer').resource, status: 'in-progress' }, head)
}

function missingLibraries({ questionnaire, libraries }: QuestionnairePackage): FormProblem[] {
  return listMissingLibraries(questionnaire, libraries).map((library) => ({
    kind: 'missing-library',
    linkId: null,
    library,
  }))
}

/** Parts of a modular form that did not come: told at their items, and to the payer. */
const missingParts = (questionnaire: Questionnaire): FormProblem[] =>
  [...buildFormModel(questionnaire).definitions.values()].flatMap(({ linkId, facts }) =>
    facts.subQuestionnaire === null
      ? []
      : [{ kind: 'malformed-form' as const, linkId, library: facts.subQuestionnaire }],
  )

async function beginAdaptive(
  deps: NextQuestionDeps,
  form: QuestionnairePackage,
  head: (questionnaire: Questionnaire) => ResponseHead,
): Promise<Result<BegunForm, BeginFailure>> {
  const { payer } = deps
  const url = readNextQuestionUrl(form.questionnaire, payer.dtr?.base ?? '')
  if (!url.ok)
    return err({
      failure: message(`form.failure.${url.error.reason}`, { payer: payer.name, phone: payer.phone }),
      problems: [{ kind: 'malformed-form', linkId: null, library: null }],
    })
  const first = firstResponse(form, payer.dtr?.version ?? '2.2', head)
  const next = await askNextQuestion(deps, url.value, first)
  if (!next.ok) return err({ failure: next.error.failure, problems: [] })
  const { response, questionnaire: received, completed } = next.value
  // Value sets of the package, and of the answer itself: the copy that is shown has them; the one that goes back stays.
  const questionnaire = await withValueSets(deps, form, received)
  return ok({
    questionnaire,
    start: { response: completeHead({ ...response, ...idOf(first) }, adaptiveHead(head(received))), meta: EMPTY_META },
    adaptive: {
      url: url.value,
      state: completed ? 'completed' : 'answering',
      step: 1,
      failure: null,
      itemIssues: [],
      flags: [],
    },
    problems: missingLibraries({ ...form, questionnaire: received }),
    completed,
  })
}

/** The payer's draft with its own copy of the form, else one of ours. */
function firstResponse(
  form: QuestionnairePackage,
  version: Parameters<typeof buildContainedQuestionnaire>[1],
  head: (questionnaire: Questionnaire) => ResponseHead,
): KeptForm['response'] {
  const contained = form.draft === null ? undefined : findContainedQuestionnaire(form.draft)
  const copy = contained ?? buildContainedQuestionnaire(form.questionnaire, version)
  const draft = draftOf(form, adaptiveHead(head(copy)))
  return contained === undefined ? containQuestionnaire(draft, copy) : draft
}

const adaptiveHead = (head: ResponseHead): ResponseHead => ({ ...head, profile: PROFILE.dtrQuestionnaireResponseAdapt })

/** The response keeps the id that it was begun with, whatever the payer makes of it. */
function idOf({ id }: KeptForm['response']): { id?: string } {
  return id === undefined ? {} : { id }
}

/** The questionnaire as it is shown: with the value sets of its package that its items name. */
export async function withValueSets(
  deps: NextQuestionDeps,
  form: Pick<QuestionnairePackage, 'valueSets' | 'libraries'>,
  received: Questionnaire,
): Promise<Questionnaire> {
  const { valueSets } = await resolveValueSets(deps, { ...form, questionnaire: received, draft: null })
  return completeQuestionnaire({ questionnaire: received, valueSets })
}
