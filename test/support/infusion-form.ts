/** The shipped infusion questionnaire over a synthetic chart: populated by the engine, searched as the sandbox EHR searches. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Coverage, FhirResource, Patient, Questionnaire, QuestionnaireResponse, ValueSet } from 'fhir/r4'
import { answerText, readAnswerValue } from '#domain/dtr/item/answer-value.ts'
import { bindLaunchContexts } from '#domain/dtr/population/chart.ts'
import type { ChartSearch, ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { splitQuery } from '#domain/dtr/expression/fhir-query.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer, answerTyped, confirm } from '#domain/dtr/form/form-edit.ts'
import { buildFormModel } from '#domain/dtr/form/form-model.ts'
import { isShownQuestion, listItems, readItem, type Answer, type FormState } from '#domain/dtr/form/form-state.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import { populate, type Population } from '#domain/dtr/population/population.ts'
import { buildEmptyResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { currentEncounterId } from '../../sandbox/charts/encounters.ts'
import { SCORED_CODES } from '../../sandbox/charts/flowsheet.ts'
import { generateChart } from '../../sandbox/charts/generate-chart.ts'
import { buildCoverageFor, buildOrders } from '../../sandbox/charts/orders.ts'
import { runSearch } from '../../sandbox/ehr/fhir/search.ts'
import { NO_JOURNAL } from '../../sandbox/ehr/journal.ts'
import type { AnyResource } from '../../sandbox/ehr/resource.ts'
import { createResourceStore, type ResourceStore } from '../../sandbox/ehr/store.ts'
import type { Persona } from '../../sandbox/scenarios.ts'

const FOLDER = new URL('../../questionnaires/cs-infusion/', import.meta.url)
export const TODAY = '2026-11-22'
export const EDIT = {
  at: `${TODAY}T15:00:00Z`,
  author: { reference: 'Practitioner/lena-ruiz', name: 'Lena Ruiz, MD' },
}

export function loadInfusionFile(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'))
}

/** The questionnaire with the package's value sets contained, as the server hands it to a browser. */
export function loadInfusionQuestionnaire(): Questionnaire {
  const valueSets = readdirSync(new URL('valuesets/', FOLDER)).map(
    (name) => loadInfusionFile(`valuesets/${name}`) as ValueSet,
  )
  return { ...(loadInfusionFile('questionnaire.json') as Questionnaire), contained: valueSets }
}

const shared = createEvaluator()

function searchIn(store: ResourceStore, patientId: string, query: string): ChartSearch {
  const { resourceType, parameters } = splitQuery(query)
  const result = runSearch({
    type: resourceType,
    query: new URLSearchParams(parameters),
    store,
    baseUrl: 'https://ehr.sandbox.example/fhir',
    lenient: false,
    patientId,
    mayRead: () => true,
  })
  if (!result.ok) return { query, bundle: null, found: null, complete: false, failure: result.error.texts.join(' ') }
  return { query, bundle: result.value, found: result.value.entry?.length ?? 0, complete: true, failure: null }
}

export interface PopulatedForm extends Population {
  /** Every search made. */
  readonly made: readonly ChartSearch[]
}

/** Writes the infusion order on a chart, and populates the form from both. */
export async function populateInfusionForm(
  chart: readonly FhirResource[],
  orders: readonly FhirResource[],
  coverage: Coverage,
  evaluator: ExpressionEvaluator = shared,
): Promise<PopulatedForm> {
  const store = createResourceStore({ now: () => EDIT.at, newId: () => 'none', journal: NO_JOURNAL })
  for (const resource of [...chart, coverage, ...orders]) store.load(resource as AnyResource & { id: string })
  const patient = chart.find((resource): resource is Patient => resource.resourceType === 'Patient')
  if (patient?.id === undefined) throw new Error('the chart has no patient')
  const patientId = patient.id
  const questionnaire = loadInfusionQuestionnaire()
  const made: ChartSearch[] = []
  let ids = 0
  const population = await populate(
    {
      questionnaire,
      response: buildEmptyResponse({
        questionnaire,
        patient,
        coverage,
        orders: orders.map((order) => `${order.resourceType}/${order.id ?? ''}`),
        purposes: ['withpa'],
        author: EDIT.author,
        at: EDIT.at,
      }),
      meta: EMPTY_META,
      today: TODAY,
      now: `${TODAY}T10:00:00-05:00`,
      evaluator,
      launchContexts: bindLaunchContexts(buildFormModel(questionnaire), {
        patient,
        user: store.read('Practitioner', 'lena-ruiz') ?? null,
        encounter: store.read('Encounter', currentEncounterId(patientId)) ?? null,
        location: null,
        coverage,
        orders,
        related: [],
      }),
      scoredCodes: SCORED_CODES,
      at: EDIT.at,
      newEvidenceId: () => `e${String((ids += 1))}`,
    },
    (wanted) => {
      const answers = wanted.map(({ query }) => searchIn(store, patientId, query))
      made.push(...answers)
      return Promise.resolve(answers)
    },
  )
  return { ...population, made }
}

/** A persona's chart, and `more` in it, with the infusion template ordered today. */
export async function populateForPersona(
  persona: Persona,
  more: readonly FhirResource[] = [],
  evaluator?: ExpressionEvaluator,
): Promise<PopulatedForm> {
  const chart = [...generateChart(persona, TODAY), ...more]
  const patient = chart.find((resource): resource is Patient => resource.resourceType === 'Patient')
  const covered = chart.find((resource): resource is Coverage => resource.resourceType === 'Coverage')
  if (patient === undefined) throw new Error('the chart has no patient')
  const coverage = covered ?? buildCoverageFor(patient, TODAY)
  const orders = buildOrders('infliximab-infusion', persona, {
    today: TODAY,
    orderNumber: 'test-order',
    patient: { reference: `Patient/${persona.patientId}` },
    encounter: { reference: `Encounter/${currentEncounterId(persona.patientId)}` },
    coverage: { reference: `Coverage/${coverage.id ?? ''}` },
  })
  return populateInfusionForm(chart, orders, coverage, evaluator)
}

/** What `questionnaires/cs-infusion/expected/<patient>.json` says about one persona's form on `TODAY`. */
export interface ExpectedForm {
  readonly patientId: string
  /** Item key to answer: a code, a number, a date, `5 mg/kg`; a list where a question has several. */
  readonly answers: Readonly<Record<string, unknown>>
  /** Item keys that ask a clinician to confirm. */
  readonly confirm: readonly string[]
  /** What only a person can give: item key to answer, codes for choices. */
  readonly person: Readonly<Record<string, string | number | boolean>>
  /** Policy criterion to what it comes to once the person has answered; null is unknown. */
  readonly criteria: Readonly<Record<string, boolean | null>>
}

const plain = (answer: Answer): unknown => {
  const value = readAnswerValue(answer)?.value
  if (typeof value !== 'object' || value === null) return value
  return 'code' in value && !('value' in value) ? value.code : answerText(answer)
}

/** The answers of a form in the notation of the expected files; empty questions are left out. */
export function plainAnswers(state: FormState): Record<string, unknown> {
  const shown = listItems(state).filter((item) => isShownQuestion(item) && item.answers.length > 0)
  return Object.fromEntries(
    shown.map(({ key, repeats, answers: [first, ...more] }) => [
      key,
      first !== undefined && !repeats ? plain(first) : [first, ...more].map((answer) => plain(answer as Answer)),
    ]),
  )
}

/** Answers and confirms as the expected file says a person does. */
export function answerAsPerson(state: FormState, expected: ExpectedForm): FormState {
  const answered = Object.entries(expected.person).reduce((form, [key, value]) => {
    const item = readItem(form, key)
    if (item === undefined) throw new Error(`no such item: ${key}`)
    const option = item.options.find((one) => one.answer.valueCoding?.code === value)
    return option === undefined ? answerTyped(form, key, String(value), EDIT) : answer(form, key, [option.answer], EDIT)
  }, state)
  return expected.confirm.reduce((form, key) => confirm(form, key, EDIT), answered)
}

/** A criterion of the policy over a response: true, false, or null for unknown. */
export function judge(expression: string, response: QuestionnaireResponse): boolean | null {
  const compiled = shared.compile({ language: 'text/fhirpath', expression })
  if (!compiled.ok) throw new Error(`malformed criterion: ${expression}`)
  const names = new Map<string, unknown>([['resource', [response]]])
  const result = compiled.value.evaluate({ focus: response, names, today: TODAY, now: `${TODAY}T10:00:00-05:00` })
  if (!result.ok) throw new Error(`criterion fails: ${expression}`)
  const [value, ...more] = result.value.values
  return more.length === 0 && typeof value?.value === 'boolean' ? value.value : null
}
