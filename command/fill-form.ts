/** Fills one form from a chart in a file, by the same population as the server, and tells of every expression. */
import type { Coverage, Patient, QuestionnaireResponse } from 'fhir/r4'
import { isAdaptive } from '../src/domain/dtr/adaptive/adaptive.ts'
import { bindLaunchContexts, listLaunched } from '../src/domain/dtr/population/chart.ts'
import type { ExpressionEvaluator } from '../src/domain/dtr/expression/expression.ts'
import { buildFormModel } from '../src/domain/dtr/form/form-model.ts'
import { issues, listItems, type FormState } from '../src/domain/dtr/form/form-state.ts'
import { EMPTY_META } from '../src/domain/dtr/form/open-form.ts'
import { populate, type PopulateInput, type SearchChart } from '../src/domain/dtr/population/population.ts'
import { assembleQuestionnaire } from '../src/domain/dtr/package/assembly.ts'
import {
  completeQuestionnaire,
  isExpired,
  type QuestionnairePackage,
} from '../src/domain/dtr/package/questionnaire-package.ts'
import {
  buildEmptyResponse,
  canonicalOf,
  completeHead,
  toResponse,
  type ResponseHead,
} from '../src/domain/dtr/response/questionnaire-response.ts'
import { reportExpressions } from '../src/domain/dtr/population/report-expressions.ts'
import { referenceTo } from '../src/domain/fhir/reference.ts'
import { err, message, type Message } from '../src/domain/result.ts'
import { dateIn, localNow } from '../src/domain/time.ts'
import { openFormCql, type FormCqlDeps } from '../server/cql/form-cql.ts'
import { searchChart, type Chart, type ChartLaunch } from './chart-file.ts'
import { sentenceOf } from './sentences.ts'

export interface FillInput {
  readonly form: QuestionnairePackage
  readonly chart: Chart
  readonly launch: ChartLaunch
  readonly evaluator: ExpressionEvaluator
  readonly cql: FormCqlDeps
  readonly at: string
  readonly timeZone: string
}

interface PrintedIssue {
  readonly linkId: string | null
  readonly severity: string
  readonly text: string
}

export interface FilledForm {
  readonly questionnaire: string
  readonly response: QuestionnaireResponse
  readonly expressions: readonly object[]
  readonly issues: readonly PrintedIssue[]
}

export async function fillForm(input: FillInput): Promise<FilledForm> {
  const { form, chart, launch, at, timeZone } = input
  const questionnaire = completeQuestionnaire({ ...form, questionnaire: assembleQuestionnaire(form.questionnaire, []) })
  const [now, today] = [localNow(at, timeZone), dateIn(at, timeZone)]
  const head = headOf(input)
  const cql = await openCql(input, now)
  const makeSearches: SearchChart = (wanted) => Promise.resolve(wanted.map((one) => searchChart(chart, one)))
  let ids = 0
  try {
    const { state, chart: collected } = await populate(
      {
        questionnaire,
        response: draftOf(form, head),
        meta: EMPTY_META,
        today,
        now,
        evaluator: input.evaluator,
        launchContexts: bindLaunchContexts(buildFormModel(questionnaire), launch),
        cql,
        scoredCodes: [],
        at,
        newEvidenceId: () => String((ids += 1)),
      },
      makeSearches,
    )
    const found = { state, chart: collected, searchChart: makeSearches, evaluateCql: cql.evaluate }
    const expressions = (await reportExpressions(found)).map(({ reason, ...rest }) => ({
      ...rest,
      reason: reason === null ? null : sentenceOf(reason),
    }))
    const own = issues(state).map(({ itemKey, severity, message: text }) => ({
      linkId: itemKey === null ? null : (state.items.get(itemKey)?.linkId ?? null),
      severity,
      text: sentenceOf(text),
    }))
    return {
      questionnaire: canonicalOf(questionnaire),
      response: toResponse(state, { at, author: head.author }),
      expressions,
      issues: [...aboutInput(input, today), ...own, ...notTaken(state)],
    }
  } finally {
    cql.close()
  }
}

/**
 * What was found for a question and could not be its answer, and groups that could not be filled: both would be missing from
 * the response without a word. A question's expression that failed stands among the expressions.
 */
function notTaken(state: FormState): PrintedIssue[] {
  return listItems(state).flatMap(({ linkId, type, lookup }) =>
    lookup !== null &&
    lookup.reason !== null &&
    (lookup.status === 'refused' || (lookup.status === 'failed' && type === 'group'))
      ? [{ linkId, severity: 'warning', text: sentenceOf(lookup.reason as Message) }]
      : [],
  )
}

type Cql = NonNullable<PopulateInput['cql']> & { close(): void }

/** Without a patient, CQL has nothing to be evaluated in the context of. */
async function openCql({ form, launch, cql }: FillInput, now: string): Promise<Cql> {
  const none = {
    planner: { plan: () => err(message('form.lookup.unknown-name', { name: 'Patient' })) },
    launched: [],
    evaluate: () => [],
    close: () => undefined,
  }
  if (launch.patient === null) return none
  return (await openFormCql(cql, { ...form, launched: listLaunched(launch), now })) ?? none
}

type Head = Omit<ResponseHead, 'patient' | 'coverage'> & { patient: Patient | null; coverage: Coverage | null }

function headOf({ form, launch, at }: FillInput): Head {
  const { user, orders } = launch
  return {
    questionnaire: form.questionnaire,
    patient: launch.patient as Patient | null,
    coverage: launch.coverage as Coverage | null,
    orders: orders.flatMap((order) => referenceTo(order) ?? []),
    purposes: [],
    author: { reference: user === null ? null : (referenceTo(user) ?? null), name: 'populate' },
    at,
  }
}

/** A response with all that DTR asks for where the chart has it; without a coverage, only what can be said. */
function draftOf({ draft, questionnaire }: QuestionnairePackage, head: Head): QuestionnaireResponse {
  const { patient, coverage } = head
  if (patient !== null && coverage !== null) {
    const whole: ResponseHead = { ...head, patient, coverage }
    return draft === null ? buildEmptyResponse(whole) : completeHead({ ...draft, status: 'in-progress' }, whole)
  }
  const subject = patient === null ? undefined : referenceTo(patient)
  return {
    resourceType: 'QuestionnaireResponse',
    questionnaire: canonicalOf(questionnaire),
    ...draft,
    status: 'in-progress',
    ...(subject === undefined ? {} : { subject: { reference: subject } }),
    authored: head.at,
  }
}

/** What a reader should know of the form and the chart before the answers. */
function aboutInput({ form, launch }: FillInput, today: string): PrintedIssue[] {
  const warning = (text: string): PrintedIssue => ({ linkId: null, severity: 'warning', text })
  return [
    ...(launch.hasOrder ? [] : [warning('The order is not in the chart: expressions see no order.')]),
    ...(launch.patient === null ? [warning('The chart has no Patient.')] : []),
    ...(launch.coverage === null ? [warning('The chart has no Coverage.')] : []),
    ...(launch.hasOrder && launch.orders.length === 0 ? [warning('The chart has no active order.')] : []),
    ...(isExpired(form.questionnaire, today) ? [warning('The form has expired.')] : []),
    ...(isAdaptive(form.questionnaire) ? [warning('The form is adaptive: only its first part is filled.')] : []),
  ]
}
