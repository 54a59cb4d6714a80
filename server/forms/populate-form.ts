/** From the payer's form to a populated one: launch contexts read, searches made, answers and evidence given back. */
import type { FhirResource, Practitioner } from 'fhir/r4'
import { bindLaunchContexts } from '#domain/dtr/chart.ts'
import type { ExpressionEvaluator, SourceResource } from '#domain/dtr/expression.ts'
import { buildFormModel } from '#domain/dtr/form-model.ts'
import { counts } from '#domain/dtr/form-state.ts'
import { exportChart } from '#domain/dtr/in-form-chart.ts'
import { NO_META, populate, type EvidenceSnapshot } from '#domain/dtr/population.ts'
import { completeQuestionnaire } from '#domain/dtr/questionnaire-package.ts'
import {
  buildEmptyResponse,
  completeHead,
  toMeta,
  toResponse,
  type ResponseHead,
} from '#domain/dtr/questionnaire-response.ts'
import { readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtensions } from '#domain/fhir/extension.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { localNow } from '#domain/time.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import { makeSearches } from './chart-searches.ts'
import type { FetchedForm } from './fetch-form.ts'
import type { FormPackage } from './form-record.ts'

export interface PopulateDeps {
  readonly evaluator: ExpressionEvaluator
  readonly now: () => string
  readonly newId: () => string
}

export interface PopulatedForm {
  readonly kept: FormPackage
  readonly evidence: readonly EvidenceSnapshot[]
}

/** Populates a fetched form. `onProgress` hears how many searches are done of how many. */
export async function populateForm(
  deps: PopulateDeps,
  ehr: EhrClient,
  launch: LaunchContext,
  caseId: string,
  context: CaseContext,
  fetched: FetchedForm,
  today: string,
  onProgress: (progress: { read: number; total: number }) => void,
): Promise<PopulatedForm> {
  const { form } = fetched
  const questionnaire = completeQuestionnaire(form)
  const at = deps.now()
  const head = headOf(launch, context, questionnaire, at)
  const draft =
    form.draft === null ? buildEmptyResponse(head) : completeHead({ ...form.draft, status: 'in-progress' }, head)
  const launchContexts = bindLaunchContexts(
    buildFormModel(questionnaire),
    await readLaunch(ehr, launch, caseId, context),
  )
  let read = 0
  let total = 0
  const population = await populate(
    {
      questionnaire,
      response: draft,
      meta: NO_META,
      today,
      now: localNow(at, launch.tenant.timeZone),
      evaluator: deps.evaluator,
      launchContexts,
      scoredCodes: launch.tenant.scoredCodes,
      at,
      newEvidenceId: deps.newId,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    },
    (wanted) => {
      total += wanted.length
      onProgress({ read, total })
      return makeSearches(ehr, caseId, wanted, () => onProgress({ read: (read += 1), total }))
    },
  )
  const { state, evidence } = population
  const figures = counts(state)
  const populated = { response: toResponse(state, { at, author: head.author }), meta: toMeta(state) }
  return {
    kept: {
      questionnaire,
      populated,
      chart: Object.fromEntries(Object.entries(exportChart(state)).map(([name, values]) => [name, [...values]])),
      prefill: { answered: figures.fromChart + figures.computed + figures.fromPayer, total: figures.questions },
      outcome: fetched.outcome,
      retrievedAt: at,
    },
    evidence,
  }
}

function headOf(
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
    author: { reference: launch.user.fhirUser, name: launch.user.name },
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
