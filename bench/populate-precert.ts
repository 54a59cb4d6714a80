/** The whole population as the server runs it, on a chart in memory. */
import type { QuestionnaireResponse } from 'fhir/r4'
import { createEvaluator } from '../src/domain/dtr/expression/fhirpath-evaluator.ts'
import { splitQuery } from '../src/domain/dtr/expression/fhir-query.ts'
import { EMPTY_META } from '../src/domain/dtr/form/open-form.ts'
import { populate } from '../src/domain/dtr/population/population.ts'
import { toMeta, toResponse } from '../src/domain/dtr/response/questionnaire-response.ts'
import type { PopulateCase } from './populate-data.ts'

const AT = '2026-11-28T10:00:00Z'
/** One for all forms, as in the server: payers send the same questionnaire again and again. */
const evaluator = createEvaluator()

export async function populateByPrecert({
  questionnaire,
  patient,
  bundles,
}: PopulateCase): Promise<QuestionnaireResponse> {
  let ids = 0
  const { state } = await populate(
    {
      questionnaire,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      now: AT,
      evaluator,
      launchContexts: new Map([['patient', [patient]]]),
      scoredCodes: [],
      at: AT,
      newEvidenceId: () => String((ids += 1)),
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query }) => {
          const bundle = bundles[splitQuery(query).resourceType] ?? null
          return { query, bundle, found: bundle?.total ?? null, complete: true, failure: null }
        }),
      ),
  )
  toMeta(state)
  return toResponse(state, { at: AT, author: { reference: null, name: 'bench' } })
}
