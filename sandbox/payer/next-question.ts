/**
 * `$next-question` for the step-by-step form (dtr.md §4). The payer is strict: the questions that it gave must come back as
 * they were, and each must be answered, before there are more.
 */
import type { FhirResource, Parameters, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { collectFaults } from './faults.ts'
import { parseJsonObject, refuse, type Refusal } from './fhir-http.ts'
import { SITE_OF_CARE_STEPS } from './further-forms.ts'
import type { DtrDialect } from './options.ts'

/** Answers with more questions, or completes the response. */
export function answerNextQuestion(
  body: unknown,
  dialect: DtrDialect,
): Result<Parameters | QuestionnaireResponse, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  const response = readResponse(parsed.value as unknown as Parameters | QuestionnaireResponse)
  const contained = response?.contained?.find(
    (one): one is Questionnaire =>
      one.resourceType === 'Questionnaire' && `#${one.id ?? ''}` === response.questionnaire,
  )
  if (response === undefined || contained?.id !== 'cs-site-of-care')
    return err(refuse(400, 'invalid', 'Exactly one response with its questionnaire is required.', 'Parameters'))
  const asked = contained.item ?? []
  const steps = SITE_OF_CARE_STEPS.findIndex(
    (_step, index) => JSON.stringify(itemsUpTo(index)) === JSON.stringify(asked),
  )
  const given = asked.length === 0 ? 0 : steps + 1
  if (asked.length > 0 && steps === -1)
    return err(refuse(400, 'value', 'The questions are not those that were asked.', 'QuestionnaireResponse.contained'))
  const { need, list } = collectFaults()
  asked.forEach(({ linkId }) =>
    need(
      response.item?.some((item) => item.linkId === linkId && (item.answer?.length ?? 0) > 0) === true,
      `QuestionnaireResponse.item.where(linkId='${linkId}')`,
      'Is not answered.',
      'required',
    ),
  )
  const [first, ...rest] = list()
  if (first !== undefined) return err({ status: 400, issues: [first, ...rest] })
  return ok(
    wrap(
      isDone(given, response) ? { ...response, status: 'completed' } : withStep(response, contained, given),
      dialect,
    ),
  )
}

function readResponse(body: Parameters | QuestionnaireResponse): QuestionnaireResponse | undefined {
  if (body.resourceType === 'QuestionnaireResponse') return body
  const named = (body.parameter ?? []).filter(({ name }) => name === 'questionnaire-response')
  const resource = named[0]?.resource as FhirResource | undefined
  return named.length === 1 && resource?.resourceType === 'QuestionnaireResponse' ? resource : undefined
}

const itemsUpTo = (step: number): QuestionnaireItem[] => SITE_OF_CARE_STEPS.slice(0, step + 1).flat()

/** Outside a hospital nothing more is asked. */
function isDone(given: number, response: QuestionnaireResponse): boolean {
  const inHospital = response.item?.find(({ linkId }) => linkId === 'site.hospital')?.answer?.[0]?.valueBoolean
  return given >= SITE_OF_CARE_STEPS.length || (given === 1 && inHospital === false)
}

function withStep(response: QuestionnaireResponse, contained: Questionnaire, given: number): QuestionnaireResponse {
  const asked: Questionnaire = { ...contained, item: itemsUpTo(given) }
  const others = (response.contained ?? []).filter((one) => one !== contained)
  return { ...response, contained: [asked, ...others] }
}

/** 2.2 names the answer; 2.0.1 has SDC's operation, which may give it bare. */
function wrap(response: QuestionnaireResponse, dialect: DtrDialect): Parameters | QuestionnaireResponse {
  return dialect === '2.2'
    ? { resourceType: 'Parameters', parameter: [{ name: 'return', resource: response }] }
    : response
}
