/** SDC sourceQueries: the form's batch of searches, seen as `%name.entry[n].resource` (SDC 4 $populate, and its own example). */
import { describe, expect, it } from 'vitest'
import type { Bundle, BundleEntry, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { listExpressions } from '../expression/list-expressions.ts'
import { exportChart } from '../form/in-form-chart.ts'
import { chartElsewhere, EMPTY_META, openForm } from '../form/open-form.ts'
import { toResponse } from '../response/questionnaire-response.ts'
import { populate, type SearchChart } from './population.ts'

const AT = '2026-11-28T10:00:00Z'
const evaluator = createEvaluator()
const get = (url: string): BundleEntry => ({ request: { method: 'GET', url } })

function question(linkId: string, expression: string, url: string = EXT.initialExpression): QuestionnaireItem {
  return {
    linkId,
    type: 'string',
    extension: [{ url, valueExpression: { language: 'text/fhirpath', expression } }],
  }
}

const batch = (entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', id: 'Asked', type: 'batch', entry })

const form = (item: QuestionnaireItem[], entry: BundleEntry[], reference = '#Asked'): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  contained: [batch(entry)],
  extension: [{ url: EXT.sourceQueries, valueReference: { reference } }],
  item,
})

const CHART: Readonly<Record<string, object>> = {
  'Condition?patient=p': {
    resourceType: 'Condition',
    id: 'c',
    code: { text: 'Asthma' },
    asserter: { reference: 'Practitioner/d' },
  },
  'Practitioner?_id=d': { resourceType: 'Practitioner', id: 'd', name: [{ family: 'Roe' }] },
}
const BATCH = [
  get('Condition?patient={{%patient.id}}'),
  get("Practitioner?_id={{%Asked.entry[0].resource.entry.resource.asserter.reference.split('/')[1]}}"),
  get('Coverage?patient={{%patient.id}}'),
]
const CODE = '%Asked.entry[0].resource.entry.resource.code.text'

async function fill(questionnaire: Questionnaire) {
  const made: string[] = []
  const search: SearchChart = (wanted) =>
    Promise.resolve(
      wanted.map(({ query }) => {
        made.push(query)
        const found = CHART[query]
        const bundle = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: found }] }
        return found === undefined
          ? { query, bundle: null, found: null, complete: false, failure: 'forbidden' }
          : { query, bundle, found: 1, complete: true, failure: null }
      }),
    )
  const response = { resourceType: 'QuestionnaireResponse', status: 'in-progress' } as const
  const { state } = await populate(
    {
      questionnaire,
      response,
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      now: AT,
      evaluator,
      launchContexts: new Map([['patient', [{ resourceType: 'Patient', id: 'p' }]]]),
      scoredCodes: [],
      at: AT,
      newEvidenceId: () => 'e',
    },
    search,
  )
  return { state, made, item: (key: string) => state.items.get(key) }
}

describe('source queries', () => {
  it('fill answers, each with the resource that it is from', async () => {
    const { item } = await fill(form([question('q', CODE)], BATCH))
    expect(item('q')?.answers).toEqual([{ valueString: 'Asthma' }])
    expect(item('q')?.origin?.evidence.map(({ reference }) => reference)).toEqual(['Condition/c'])
  })

  it('are made only as far as the form reads them, one after the other where one needs the other', async () => {
    expect((await fill(form([question('q', CODE)], BATCH))).made).toEqual(['Condition?patient=p'])
    const { made, item } = await fill(
      form([question('q', '%Asked.entry[1].resource.entry.resource.name.family')], BATCH),
    )
    expect([made, item('q')?.answers]).toEqual([
      ['Condition?patient=p', 'Practitioner?_id=d'],
      [{ valueString: 'Roe' }],
    ])
    expect((await fill(form([question('q', "'a'")], BATCH))).made).toEqual([])
  })

  it('are read as a URI writes them, too', async () => {
    const { made } = await fill(form([question('q', CODE)], [get('Condition?patient={{%25patient.id}}')]))
    expect(made).toEqual(['Condition?patient=p'])
  })

  it('that fail tell those who read them, and no others', async () => {
    const reading = [question('own', CODE), question('other', '%Asked.entry[2].resource.entry.resource.id')]
    const { item } = await fill(form([...reading, question('all', '%Asked.entry.resource.entry.resource.id')], BATCH))
    expect(item('own')?.answers).toHaveLength(1)
    for (const key of ['other', 'all'])
      expect([item(key)?.answers, item(key)?.lookup?.reason?.key]).toEqual([[], 'form.lookup.search-failed'])
  })

  it('that are no searches are not made, and say so', async () => {
    const post: BundleEntry = { request: { method: 'POST', url: 'Condition' } }
    const { item, made } = await fill(form([question('q', CODE)], [post]))
    expect(item('q')?.lookup?.reason).toMatchObject({ key: 'form.lookup.source-query', params: { number: '1' } })
    expect(made).toEqual([])
  })

  it('that did not come with the form are told, and nothing is fetched from where they are', async () => {
    const { state, made } = await fill(form([question('q', CODE)], BATCH, 'https://payer.example/Bundle/1'))
    expect(state.formIssues.map(({ message }) => message.key)).toContain('form.issue.source-queries-missing')
    expect(state.items.get('q')?.lookup?.reason?.key).toBe('form.lookup.unknown-name')
    expect(made).toEqual([])
  })

  it('reach a browser as far as what is computed there reads them', async () => {
    const questionnaire = form([question('q', CODE, EXT.calculatedExpression)], BATCH)
    const { state } = await fill(questionnaire)
    const values = exportChart(state)
    expect(Object.keys(values)).toEqual(['Asked[0]'])
    const opened = openForm({
      questionnaire,
      response: { ...toResponse(state, { at: AT, author: { reference: null, name: 'A' } }), item: [] },
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      evaluator,
      chart: chartElsewhere(JSON.parse(JSON.stringify(values)) as typeof values),
    })
    expect(opened.items.get('q')?.answers).toEqual([{ valueString: 'Asthma' }])
  })

  it('are listed among the expressions of the form', () => {
    const listed = listExpressions(form([question('q', CODE)], BATCH))
    expect(listed.filter(({ extension }) => extension === EXT.sourceQueries)).toHaveLength(BATCH.length)
  })
})

it('a search with an answer in it is made again when the answer is another', async () => {
  const name = { url: EXT.variable, valueExpression: { name: 'found', language: 'application/x-fhir-query' as const } }
  const asked = "Condition?patient={{%resource.item.where(linkId='id').answer.value}}"
  const questionnaire: Questionnaire = {
    ...form([question('id', '%patient.id'), question('q', '%found.entry.resource.code.text')], []),
    extension: [{ ...name, valueExpression: { ...name.valueExpression, expression: asked } }],
  }
  const { item, made } = await fill(questionnaire)
  expect([made, item('q')?.answers]).toEqual([['Condition?patient=p'], [{ valueString: 'Asthma' }]])
})

it('a choice that a group offers is not made, and says so', async () => {
  const group: QuestionnaireItem = {
    linkId: 'g',
    type: 'group',
    extension: [
      {
        url: EXT.candidateExpression,
        valueExpression: { language: 'application/x-fhir-query', expression: 'Condition?patient={{%patient.id}}' },
      },
    ],
    item: [{ linkId: 'q', type: 'string' }],
  }
  const { item, made } = await fill(form([group], []))
  expect(item('g')?.lookup?.reason).toMatchObject({
    key: 'form.lookup.unsupported-expression',
    params: { extension: 'sdc-questionnaire-candidateExpression' },
  })
  expect(made).toEqual([])
})
