/** From a form to a populated one: launch contexts read, searches made, answers and evidence given back. */
import type { FhirResource, Practitioner, Questionnaire } from 'fhir/r4'
import { bindLaunchContexts, listLaunched } from '#domain/dtr/population/chart.ts'
import type { ExpressionEvaluator, SourceResource } from '#domain/dtr/expression/expression.ts'
import { buildFormModel } from '#domain/dtr/form/form-model.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { exportChart } from '#domain/dtr/form/in-form-chart.ts'
import { populate, type EvidenceSnapshot } from '#domain/dtr/population/population.ts'
import type { KeptForm } from '#domain/dtr/response/judge-save.ts'
import type { FormProblem } from '#domain/dtr/package/error-log.ts'
import type { QuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { toMeta, toResponse, type ResponseHead } from '#domain/dtr/response/questionnaire-response.ts'
import { readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtensions } from '#domain/fhir/extension.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { localNow } from '#domain/time.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import { openFormCql, type FormCqlDeps } from '../cql/form-cql.ts'
import { makeSearches } from './chart-searches.ts'
import type { FormPackage } from './form-record.ts'
import { expanderFor, resolveNamedValueSets, type ExpandDeps } from './resolve-value-sets.ts'

export interface PopulateDeps {
  readonly evaluator: ExpressionEvaluator
  readonly cql: FormCqlDeps
  readonly now: () => string
  readonly newId: () => string
}

export interface PopulatedForm {
  readonly kept: Pick<FormPackage, 'questionnaire' | 'populated' | 'chart' | 'prefill'>
  readonly state: FormState
  readonly evidence: readonly EvidenceSnapshot[]
  /** Value sets that its expressions name and that nobody could list. */
  readonly problems: readonly FormProblem[]
}

/** What expressions of a form may use of its package. */
export type PackageLogic = Pick<QuestionnairePackage, 'libraries' | 'valueSets'>

/** What is filled, and for whom. */
export interface FillRequest {
  readonly launch: LaunchContext
  readonly caseId: string
  readonly context: CaseContext
  /** With its value sets contained. */
  readonly questionnaire: Questionnaire
  /** Libraries and value sets of its package. */
  readonly logic: PackageLogic
  /** Where value sets are expanded that its logic or its expressions need and its package leaves out. */
  readonly asking: ExpandDeps
  /** Where population begins: answers that it holds stay (DTR spec-71). */
  readonly start: KeptForm
  readonly today: string
  /** Hears how many searches are done of how many. */
  readonly onProgress: (progress: { read: number; total: number }) => void
  /** Hears of the form whenever something was added, before the rest is there. */
  readonly onAdded?: (state: FormState) => void
}

/** Populates a form from the chart. */
export async function populateForm(deps: PopulateDeps, ehr: EhrClient, request: FillRequest): Promise<PopulatedForm> {
  const { launch, caseId, context, questionnaire, logic, asking, start, today, onProgress } = request
  const at = deps.now()
  const launched = await readLaunch(ehr, launch, caseId, context)
  const now = localNow(at, launch.tenant.timeZone)
  const expand = expanderFor(asking, questionnaire)
  const cql = await openFormCql(deps.cql, { questionnaire, ...logic, launched: listLaunched(launched), now, expand })
  let read = 0
  let total = 0
  const population = await populate(
    {
      questionnaire,
      ...start,
      today,
      now,
      evaluator: deps.evaluator,
      launchContexts: bindLaunchContexts(buildFormModel(questionnaire), launched),
      ...(cql === undefined ? {} : { cql }),
      scoredCodes: launch.tenant.scoredCodes,
      at,
      newEvidenceId: deps.newId,
      ...(request.onAdded === undefined ? {} : { onAdded: request.onAdded }),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    },
    (wanted) => {
      total += wanted.length
      onProgress({ read, total })
      return makeSearches(ehr, caseId, wanted, () => onProgress({ read: (read += 1), total }))
    },
  ).finally(() => cql?.close())
  const { state, evidence } = population
  const figures = counts(state)
  const named = await resolveNamedValueSets(asking, state)
  return {
    kept: {
      questionnaire: named.questionnaire,
      populated: { response: toResponse(state, { at, author: authorOf(launch) }), meta: toMeta(state) },
      chart: Object.fromEntries(Object.entries(exportChart(state)).map(([name, values]) => [name, [...values]])),
      prefill: { answered: figures.fromChart + figures.computed + figures.fromPayer, total: figures.questions },
    },
    state,
    evidence,
    problems: named.problems,
  }
}

/** Who edits, or has the form filled. */
export function authorOf({ user }: LaunchContext): ResponseHead['author'] {
  return { reference: user.fhirUser, name: user.name }
}

/** The head of a case's response to a form. */
export function headOf(
  launch: LaunchContext,
  context: CaseContext,
  questionnaire: ResponseHead['questionnaire'],
  at: string,
): ResponseHead {
  const purposes = context.orders.flatMap((order) =>
    readExtensions(order, EXT.coverageInformation).flatMap(
      (extension) => readCoverageInformation(extension).docPurpose,
    ),
  )
  return {
    questionnaire,
    patient: context.patient,
    coverage: context.coverage,
    orders: context.orders.flatMap((order) => referenceTo(order) ?? []),
    purposes: [...new Set(purposes)],
    author: authorOf(launch),
    at,
  }
}

/** What the launch offers to expressions; a user or encounter that cannot be read is left out, and expressions find nothing. */
async function readLaunch(ehr: EhrClient, launch: LaunchContext, caseId: string, context: CaseContext) {
  const purpose = { caseId, neededBy: 'launch-context' }
  const known = (reference: string): FhirResource | undefined =>
    context.known.find((resource) => referenceTo(resource) === reference)
  const get = async (reference: string | null): Promise<SourceResource | null> => {
    if (reference === null) return null
    const there = known(reference)
    if (there !== undefined) return there
    const read = await ehr.read(reference, purpose)
    return read.ok ? read.value : null
  }
  const [user, encounter] = await Promise.all([
    get(launch.user.fhirUser),
    get(launch.encounterId === null ? null : `Encounter/${launch.encounterId}`),
  ])
  const related = context.known.filter((resource): resource is Practitioner => resource.resourceType !== 'Patient')
  const { patient, coverage, orders } = context
  return { patient, user, encounter, location: null, coverage, orders, related }
}
