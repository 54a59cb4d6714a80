/**
 * Adaptive forms (dtr.md §4): the payer gives its questions batch by batch, and completes the form. Here are its address, the
 * first response, the call and its answer. The contained questionnaire goes back exactly as it came: whatever is read of it
 * is read, never rewritten.
 */
import type { FhirResource, Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { EXT, PROFILE } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { err, ok, type Failure, type Result } from '../../result.ts'
import type { DtrVersion } from '../package/dtr-version.ts'
import { canonicalOf } from '../response/questionnaire-response.ts'
import { findShapeFault } from '../package/questionnaire-shape.ts'

const OPERATION = '$next-question'

/** Whether the payer asks its questions batch by batch. */
export function isAdaptive(questionnaire: Questionnaire): boolean {
  return readExtensions(questionnaire, EXT.questionnaireAdaptive).some(({ valueBoolean }) => valueBoolean !== false)
}

export type EndpointFailure = Failure<'endpoint-elsewhere'>

/**
 * Where to ask for the next questions. A url may name the operation already (real forms do) or the base it is under; a
 * boolean (2.0.1) means the payer's own base. Nothing but the payer's base is called, whatever a form says (spec-24).
 */
export function readNextQuestionUrl(questionnaire: Questionnaire, payerBase: string): Result<string, EndpointFailure> {
  const base = trimmed(payerBase)
  const urls = readExtensions(questionnaire, EXT.questionnaireAdaptive).flatMap(({ valueUrl, valueUri }) =>
    typeof valueUrl === 'string' ? [valueUrl] : typeof valueUri === 'string' ? [valueUri] : [],
  )
  if (urls.length === 0) return ok(`${base}/Questionnaire/${OPERATION}`)
  const own = urls.map(trimmed).find((url) => url === base || url.startsWith(`${base}/`))
  if (own === undefined || /[?#]|\/\.\.?(\/|$)/.test(own)) return err({ reason: 'endpoint-elsewhere' })
  if (own.endsWith(OPERATION)) return ok(own)
  return ok(own.endsWith('/Questionnaire') ? `${own}/${OPERATION}` : `${own}/Questionnaire/${OPERATION}`)
}

const trimmed = (url: string): string => url.replaceAll('%24', '$').replace(/\/+$/, '')

/** Parameter names in, by version; 2.0.1 and 2.2 have SDC's. 2.1 prints two pairs: that of its OperationDefinition is used. */
const INPUT_NAME: Readonly<Record<DtrVersion, string>> = {
  '2.0.1': 'questionnaire-response',
  '2.1': 'questionnaire-response-in',
  '2.2': 'questionnaire-response',
}

/** The call. `response` is as the version has it (`downcastResponse`). */
export function buildNextQuestionRequest(response: QuestionnaireResponse, version: DtrVersion): Parameters {
  return {
    resourceType: 'Parameters',
    ...(version === '2.2' ? { meta: { profile: [PROFILE.dtrNextQuestionInput] } } : {}),
    parameter: [{ name: INPUT_NAME[version], resource: response }],
  }
}

export interface NextQuestion {
  readonly response: QuestionnaireResponse
  /** The contained questionnaire with all questions so far. */
  readonly questionnaire: Questionnaire
  /** The payer has no more questions. */
  readonly completed: boolean
}

export type NextQuestionFailure = Failure<'next-question-nonsense' | 'package-malformed'>

/** Reads an answer by structure: a bare response, or the first one in Parameters under any name. */
export function parseNextQuestion(body: unknown): Result<NextQuestion, NextQuestionFailure> {
  const response = findResponse(body)
  if (response === undefined) return err({ reason: 'next-question-nonsense' })
  const questionnaire = findContainedQuestionnaire(response)
  if (questionnaire === undefined) return err({ reason: 'next-question-nonsense', path: 'contained' })
  const fault = findShapeFault(questionnaire)
  if (fault !== null) return err({ reason: 'package-malformed', path: fault })
  return ok({ response, questionnaire, completed: response.status === 'completed' })
}

function findResponse(body: unknown): QuestionnaireResponse | undefined {
  const resource = (body ?? {}) as Partial<FhirResource>
  if (resource.resourceType === 'QuestionnaireResponse') return resource as QuestionnaireResponse
  if (resource.resourceType !== 'Parameters' || !Array.isArray(resource.parameter)) return undefined
  return resource.parameter
    .map((parameter) => (parameter as typeof parameter | null)?.resource as FhirResource | undefined)
    .find((one): one is QuestionnaireResponse => one?.resourceType === 'QuestionnaireResponse')
}

/** The questionnaire that an adaptive response names by `#id`, else the only one it contains. */
export function findContainedQuestionnaire(response: QuestionnaireResponse): Questionnaire | undefined {
  const contained = Array.isArray(response.contained) ? response.contained : []
  const all = contained.filter((one): one is Questionnaire => one?.resourceType === 'Questionnaire')
  return all.find(({ id }) => response.questionnaire === `#${id ?? ''}`) ?? (all.length === 1 ? all[0] : undefined)
}

/** The response with this questionnaire contained, in the place of the one it had; all else it contains stays. */
export function containQuestionnaire(
  response: QuestionnaireResponse,
  questionnaire: Questionnaire,
): QuestionnaireResponse {
  const others = (response.contained ?? []).filter(
    (one) => one.resourceType !== 'Questionnaire' || one.id !== questionnaire.id,
  )
  return { ...response, questionnaire: `#${questionnaire.id ?? ''}`, contained: [questionnaire, ...others] }
}

/**
 * The copy of the payer's (empty) form that the first call contains, where the payer's package brought no draft. The id stays:
 * servers match on it. 2.0.1 and 2.1 forbid a url on it and want a narrative; 2.2 requires the url.
 */
export function buildContainedQuestionnaire(form: Questionnaire, version: DtrVersion): Questionnaire {
  const { url, version: formVersion, item: _item, ...rest } = form
  const id = form.id ?? 'adaptive'
  const profile = form.meta?.profile?.map((one) =>
    one === PROFILE.dtrQuestionnaireAdaptSearch ? PROFILE.dtrQuestionnaireAdapt : one,
  )
  const meta = profile === undefined ? {} : { meta: { ...form.meta, profile } }
  const adaptive = { ...rest, ...meta, id, derivedFrom: form.derivedFrom ?? [canonicalOf(form)] }
  if (version === '2.2')
    return {
      ...adaptive,
      ...(url === undefined ? {} : { url }),
      ...(formVersion === undefined ? {} : { version: formVersion }),
      subjectType: form.subjectType ?? ['Patient'],
    }
  return { ...adaptive, title: form.title ?? form.name ?? id, text: form.text ?? EMPTY_NARRATIVE }
}

const EMPTY_NARRATIVE: NonNullable<Questionnaire['text']> = {
  status: 'generated',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">The payer asks these questions step by step.</div>',
}

/** Whether what goes back is what came: the items of the contained questionnaire byte for byte. */
export function isSentBackUnchanged(sent: QuestionnaireResponse, received: Questionnaire): boolean {
  const contained = findContainedQuestionnaire(sent)
  return contained !== undefined && JSON.stringify(contained.item) === JSON.stringify(received.item)
}
