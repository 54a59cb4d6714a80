/** A form with CQL, filled from a chart in memory as the server fills it: launch, searches, engine, answers. */
import type { Coverage, FhirResource, Library, Patient, Questionnaire, ValueSet } from 'fhir/r4'
import {
  bindLaunchContexts,
  listLaunched,
  type LaunchResources,
  type WantedSearch,
} from '#domain/dtr/population/chart.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { buildFormModel } from '#domain/dtr/form/form-model.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import { populate } from '#domain/dtr/population/population.ts'
import { completeQuestionnaire } from '#domain/dtr/package/questionnaire-package.ts'
import { buildEmptyResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { openFormCql, type ExpandValueSet, type FormCqlDeps } from '../../server/cql/form-cql.ts'
import { searchIn } from './chart-search.ts'

export interface FormToFill {
  readonly questionnaire: Questionnaire
  readonly libraries: readonly Library[]
  readonly valueSets: readonly ValueSet[]
}

export interface FillOptions {
  readonly now: string
  readonly orders?: readonly SourceResource[]
  /** Types that the EHR refuses, and whole searches. */
  readonly refused?: readonly string[]
  readonly refusedQueries?: readonly string[]
  readonly expand?: ExpandValueSet
  readonly onAdded?: Parameters<typeof populate>[0]['onAdded']
}

export const evaluator = createEvaluator()
export const author = { reference: 'Practitioner/pra1234', name: 'Jane Doe' }

/** Fills a form from `chart`, which holds the patient and, where there is one, the coverage. */
export async function fillWithCql(
  deps: FormCqlDeps,
  form: FormToFill,
  chart: readonly SourceResource[],
  { now, orders = [], refused = [], refusedQueries = [], expand, onAdded }: FillOptions,
) {
  const of = (type: string) => chart.find(({ resourceType }) => resourceType === type)
  const questionnaire = completeQuestionnaire(form)
  const coverage = (of('Coverage') ?? { resourceType: 'Coverage', id: 'none' }) as Coverage
  const launch: LaunchResources = {
    patient: of('Patient') as SourceResource,
    user: null,
    encounter: null,
    location: null,
    coverage: coverage,
    orders,
    related: [],
  }
  const wanted: WantedSearch[] = []
  const search = searchIn(chart, refused, refusedQueries)
  const cql = await openFormCql(deps, {
    ...form,
    questionnaire,
    launched: listLaunched(launch),
    now,
    ...(expand === undefined ? {} : { expand }),
  })
  let ids = 0
  const population = await populate(
    {
      questionnaire,
      response: buildEmptyResponse({
        questionnaire,
        patient: launch.patient as Patient,
        coverage,
        orders: [],
        purposes: [],
        author,
        at: now,
      }),
      meta: EMPTY_META,
      today: now.slice(0, 10),
      now,
      evaluator,
      launchContexts: bindLaunchContexts(buildFormModel(questionnaire), launch),
      scoredCodes: [],
      at: now,
      newEvidenceId: () => `e${String((ids += 1))}`,
      ...(cql === undefined ? {} : { cql }),
      ...(onAdded === undefined ? {} : { onAdded }),
    },
    (some) => {
      wanted.push(...some)
      return search(some)
    },
  ).finally(() => cql?.close())
  return { ...population, wanted }
}

/** The resources of a Bundle. */
export function entriesOf(bundle: unknown): SourceResource[] {
  const { entry } = bundle as { entry?: { resource?: FhirResource }[] }
  return (entry ?? []).flatMap(({ resource }) => (resource === undefined ? [] : [resource as SourceResource]))
}
