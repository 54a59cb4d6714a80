import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { ok } from '../../result.ts'
import type { TypedValue } from '../expression/expression.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { listItems } from '../form/form-state.ts'
import { EMPTY_META } from '../form/open-form.ts'
import { populate } from './population.ts'

const at = '2026-11-28T10:00:00Z'
const form = (repeats: boolean): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    {
      linkId: 'labs',
      type: 'group',
      text: 'Labs',
      repeats,
      extension: [{ url: EXT.initialExpression, valueExpression: { language: 'text/cql', expression: '"Labs"' } }],
      item: [
        { linkId: 'name', type: 'string', text: 'Lab  name' },
        { linkId: 'value', type: 'decimal', text: 'Value' },
        { linkId: 'day', type: 'date', text: 'Day' },
        { linkId: 'note', type: 'string', text: 'Note' },
      ],
    },
  ],
})
const tuple = (value: object): TypedValue => ({ type: 'Tuple', value })
const RESULTS = [
  tuple({ 'Lab name': 'Ferritin', Value: 12.5, Day: '2026-10-01' }),
  tuple({ 'Lab name': 'CRP', Value: 'high' }),
]

async function run(values: readonly TypedValue[], repeats = true) {
  const { state } = await populate(
    {
      questionnaire: form(repeats),
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: createEvaluator(),
      launchContexts: new Map(),
      scoredCodes: [],
      at,
      newEvidenceId: () => 'e',
      cql: {
        planner: { plan: () => ok({ searches: [], referenced: [], foundBy: 'Labs' }) },
        launched: [],
        evaluate: (wanted) =>
          wanted.map(({ id }) => Promise.resolve({ id, result: ok({ values, sources: [], computed: true }) })),
      },
    },
    () => Promise.resolve([]),
  )
  return listItems(state)
}
const answered = (items: Awaited<ReturnType<typeof run>>) =>
  items.filter(({ answers }) => answers.length > 0).map(({ key, answers }) => [key, answers[0]])

describe('a group whose initial expression gives tuples', () => {
  it('has one repetition for each, filled by the texts of its questions', async () => {
    const items = await run(RESULTS)
    expect(answered(items)).toEqual([
      ['labs:0/name', { valueString: 'Ferritin' }],
      ['labs:0/value', { valueDecimal: 12.5 }],
      ['labs:0/day', { valueDate: '2026-10-01' }],
      ['labs:1/name', { valueString: 'CRP' }],
    ])
    expect(items.find(({ key }) => key === 'labs:0/name')?.origin?.source).toBe('auto-client')
    expect(items.find(({ key }) => key === 'labs:1/value')?.lookup).toMatchObject({ status: 'refused' })
  })

  it('is left empty, and says why, where it does not repeat and there are several', async () => {
    const items = await run(RESULTS, false)
    expect(answered(items)).toEqual([])
    expect(items[0]?.lookup).toMatchObject({ status: 'refused', reason: { key: 'form.lookup.several-values' } })
  })

  it('is left empty, and says why, where the result is no tuple', async () => {
    const items = await run([{ type: 'string', value: 'Ferritin' }])
    expect(answered(items)).toEqual([])
    expect(items[0]?.lookup).toMatchObject({ status: 'refused', reason: { key: 'form.lookup.wrong-type' } })
  })

  it('is left empty, and says why, where nothing of the results is for a question of it', async () => {
    const codes = ['a', 'b'].map((code) => ({ type: 'Coding', value: { code, display: `Code ${code}` } }))
    const items = await run(codes)
    expect(items.filter(({ type }) => type === 'group').map(({ key }) => key)).toEqual(['labs:0'])
    expect(items[0]?.lookup).toMatchObject({ status: 'refused', reason: { key: 'form.lookup.wrong-type' } })
  })
})
