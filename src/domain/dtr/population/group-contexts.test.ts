/** Groups that a query expands (SDC itemPopulationContext): whatever else their questions are filled from. */
import { describe, expect, it } from 'vitest'
import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { EMPTY_META } from '../form/open-form.ts'
import { populate } from './population.ts'

const AT = '2026-11-28T10:00:00Z'
const evaluator = createEvaluator()

const extension = (url: string, expression: string, more: object = {}): Extension => ({
  url,
  valueExpression: { language: 'text/fhirpath', expression, ...more },
})
const context = (name: string, expression: string, language: 'application/x-fhir-query' | 'text/fhirpath') =>
  extension(EXT.itemPopulationContext, expression, { name, language })
const query = (name: string, expression: string) => context(name, expression, 'application/x-fhir-query')
const initial = (expression: string) => extension(EXT.initialExpression, expression)

const question = (
  linkId: string,
  expression: string | null,
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({
  linkId,
  type: 'string',
  ...(expression === null ? {} : { extension: [initial(expression)] }),
  ...more,
})

const group = (item: QuestionnaireItem[], more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId: 'row',
  type: 'group',
  repeats: true,
  extension: [query('drug', 'MedicationRequest?patient=p')],
  item,
  ...more,
})

const form = (...item: QuestionnaireItem[]): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  item,
})

const drug = (id: string) => ({ resourceType: 'MedicationRequest', id, status: 'active' })
const CHART: Record<string, object[]> = {
  'MedicationRequest?patient=p': [drug('a'), drug('b')],
  'MedicationRequest?patient=none': [],
}

async function fill(
  questionnaire: Questionnaire,
  item: QuestionnaireResponse['item'] = [],
  chart: Record<string, object[]> = CHART,
) {
  const { state } = await populate(
    {
      questionnaire,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', item },
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      now: AT,
      evaluator,
      launchContexts: new Map(),
      scoredCodes: [],
      at: AT,
      newEvidenceId: () => 'e',
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query: asked }) => {
          const found = chart[asked]
          const bundle = { resourceType: 'Bundle', type: 'searchset', entry: found?.map((resource) => ({ resource })) }
          return found === undefined
            ? { query: asked, bundle: null, found: null, complete: false, failure: 'forbidden' }
            : { query: asked, bundle, found: found.length, complete: true, failure: null }
        }),
      ),
  )
  const answers = Object.fromEntries(
    [...state.items.values()].flatMap(({ key, answers: given }) =>
      given.length === 0 ? [] : [[key, given.flatMap((one) => Object.values(one))]],
    ),
  )
  return { state, answers, lookup: (key: string) => state.items.get(key)?.lookup }
}

describe('a group with a context that is a query', () => {
  it.each<[string, QuestionnaireItem, unknown]>([
    ['an initial value', question('x', null, { initial: [{ valueString: 'given' }] }), 'given'],
    [
      'a selected option',
      question('x', null, { type: 'choice', answerOption: [{ valueString: 'given', initialSelected: true }] }),
      'given',
    ],
    ['an expression that does not use the context', question('x', "'given'"), 'given'],
    ['a computed value', question('x', null, { extension: [extension(EXT.calculatedExpression, "'given'")] }), 'given'],
  ])('has one repetition for each result beside %s', async (_, other, value) => {
    const { answers } = await fill(form(group([other, question('id', '%drug.id')])))
    expect(answers).toEqual({
      'row:0/x': [value],
      'row:0/id': ['a'],
      'row:1/x': [value],
      'row:1/id': ['b'],
    })
  })

  it('stays as it was where a repetition was answered before', async () => {
    const saved = [{ linkId: 'row', item: [{ linkId: 'id', answer: [{ valueString: 'mine' }] }] }]
    const { answers } = await fill(form(group([question('id', '%drug.id'), question('x', "'given'")])), saved)
    expect(answers).toEqual({ 'row:0/id': ['mine'], 'row:0/x': ['given'] })
    const second = [{ linkId: 'row', item: [] }, ...saved]
    expect((await fill(form(group([question('id', '%drug.id')])), second)).answers).toEqual({ 'row:1/id': ['mine'] })
  })

  it('expands what lies in it after it', async () => {
    const inner = group([question('id', '%inner.id + %drug.id')], {
      linkId: 'in',
      extension: [query('inner', 'MedicationRequest?patient=p')],
    })
    const { answers } = await fill(form(group([inner])))
    expect(Object.values(answers).flat().sort()).toEqual(['aa', 'ab', 'ba', 'bb'])
  })

  it('keeps its initial values where the query fails or finds nothing', async () => {
    const x = question('x', null, { initial: [{ valueString: 'given' }] })
    for (const asked of ['MedicationRequest?patient=refused', 'MedicationRequest?patient=none'])
      expect((await fill(form(group([x], { extension: [query('drug', asked)] })))).answers).toEqual({
        'row:0/x': ['given'],
      })
  })
})
