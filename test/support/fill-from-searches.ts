/** Fills a form from searches that a table answers; one that is not in it is refused. */
import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import { populate } from '#domain/dtr/population/population.ts'

export const FILLED_AT = '2026-11-28T10:00:00Z'

const evaluator = createEvaluator()

export interface FillFromSearches {
  readonly questionnaire: Questionnaire
  /** What was saved, or what the payer filled in. */
  readonly item?: QuestionnaireResponse['item']
  readonly meta?: FormMeta
  readonly searches?: Readonly<Record<string, readonly object[]>>
  readonly launch?: Readonly<Record<string, SourceResource>>
}

export const formOf = (...item: QuestionnaireItem[]): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  item,
})

/** The form as it is filled, and the plain values of its answers by key. */
export async function fillFromSearches(given: FillFromSearches) {
  const { questionnaire, item = [], meta = EMPTY_META, searches = {}, launch = {} } = given
  const { state } = await populate(
    {
      questionnaire,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', item },
      meta,
      today: FILLED_AT.slice(0, 10),
      now: FILLED_AT,
      evaluator,
      launchContexts: new Map(Object.entries(launch).map(([name, resource]) => [name, [resource]])),
      scoredCodes: [],
      at: FILLED_AT,
      newEvidenceId: () => 'e',
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query }) => {
          const found = searches[query]
          const searchset = {
            resourceType: 'Bundle',
            type: 'searchset',
            entry: found?.map((resource) => ({ resource })),
          }
          const bundle = query.includes('?') ? searchset : (found?.[0] ?? null)
          return found === undefined
            ? { query, bundle: null, found: null, complete: false, failure: 'forbidden' }
            : { query, bundle, found: found.length, complete: true, failure: null }
        }),
      ),
  )
  const answers = Object.fromEntries(
    [...state.items.values()].flatMap(({ key, answers: values }) =>
      values.length === 0 ? [] : [[key, values.flatMap((one) => Object.values(one) as unknown[])]],
    ),
  )
  return { state, answers, lookup: (key: string) => state.items.get(key)?.lookup }
}
