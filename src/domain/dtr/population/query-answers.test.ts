/** Expressions that are a query and nothing else, launch contexts of which there are several, and offers that move. */
import { describe, expect, it } from 'vitest'
import type { Extension, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { buildFormModel } from '../form/form-model.ts'
import { removeRepetition } from '../form/form-edit.ts'
import { chartElsewhere, EMPTY_META, openForm } from '../form/open-form.ts'
import { judgeSave } from '../response/judge-save.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'
import { bindLaunchContexts } from './chart.ts'
import { populate } from './population.ts'

const AT = '2026-11-28T10:00:00Z'
const evaluator = createEvaluator()
const edit = { at: AT, author: { reference: null, name: 'A' } }
const query = (expression: string): Extension => ({
  url: EXT.initialExpression,
  valueExpression: { language: 'application/x-fhir-query', expression },
})
const form = (item: QuestionnaireItem[], extension: Extension[] = []): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  extension,
  item,
})
const FOUND = [
  { resourceType: 'Practitioner', id: 'p1', name: [{ text: 'Jo Doe' }] },
  { resourceType: 'Practitioner', id: 'p2', name: [{ text: 'Al Roe' }] },
]

async function fill(questionnaire: Questionnaire, found: readonly object[], contexts: Record<string, object[]> = {}) {
  const { state } = await populate(
    {
      questionnaire,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      now: AT,
      evaluator,
      launchContexts: new Map(Object.entries(contexts)) as never,
      scoredCodes: [],
      at: AT,
      newEvidenceId: () => 'e',
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query: asked }) => ({
          query: asked,
          bundle: { resourceType: 'Bundle', entry: found.map((resource) => ({ resource })) },
          found: found.length,
          complete: true,
          failure: null,
        })),
      ),
  )
  return state
}

describe('an initialExpression that is a query', () => {
  const asked = (type: QuestionnaireItem['type'], more = {}) =>
    form([{ linkId: 'q', type, extension: [query('Practitioner?name=x')], ...more }])

  it('fills a reference with what it found, and says where it is from', async () => {
    const item = (await fill(asked('reference'), FOUND.slice(0, 1))).items.get('q')
    expect(item?.answers).toEqual([{ valueReference: { reference: 'Practitioner/p1', display: 'Jo Doe' } }])
    expect(item?.origin?.evidence.map(({ reference }) => reference)).toEqual(['Practitioner/p1'])
    expect(item?.lookup).toBeNull()
  })

  it('fills a repeating one with all of it, and picks none of several for another', async () => {
    expect((await fill(asked('reference', { repeats: true }), FOUND)).items.get('q')?.answers).toHaveLength(2)
    const one = (await fill(asked('reference'), FOUND)).items.get('q')
    expect([one?.answers, one?.lookup?.status, one?.lookup?.reason?.key]).toEqual([
      [],
      'refused',
      'form.lookup.several-values',
    ])
  })

  it('is refused with its reason where the question takes no resource, and finds nothing where there is nothing', async () => {
    const wrong = (await fill(asked('integer'), FOUND.slice(0, 1))).items.get('q')
    expect(wrong?.lookup?.reason).toMatchObject({ key: 'form.lookup.wrong-type', params: { found: 'Practitioner' } })
    expect((await fill(asked('integer'), [])).items.get('q')?.lookup?.status).toBe('not-found')
  })
})

describe('a launch context', () => {
  const declared = (multiplesAllowed: boolean | null): Extension => ({
    url: EXT.launchContext,
    extension: [
      { url: 'name', valueCoding: { code: 'order' } },
      { url: 'type', valueCode: 'ServiceRequest' },
      ...(multiplesAllowed === null ? [] : [{ url: 'multiplesAllowed', valueBoolean: multiplesAllowed }]),
    ],
  })
  const orders = ['1', '2'].map((id) => ({ resourceType: 'ServiceRequest', id }))
  const asks = (multiplesAllowed: boolean | null) =>
    form(
      [
        {
          linkId: 'q',
          type: 'integer',
          extension: [
            {
              url: EXT.initialExpression,
              valueExpression: { language: 'text/fhirpath', expression: '%order.count()' },
            },
          ],
        },
      ],
      [declared(multiplesAllowed)],
    )
  const nothing = { patient: null, user: null, encounter: null, location: null, coverage: null, related: [] }
  const filled = (questionnaire: Questionnaire) =>
    fill(
      questionnaire,
      [],
      Object.fromEntries(bindLaunchContexts(buildFormModel(questionnaire), { ...nothing, orders })) as never,
    )

  it.each([null, true])('takes several where the form does not say that it takes one (%s)', async (allowed) => {
    expect((await filled(asks(allowed))).items.get('q')?.answers).toEqual([{ valueInteger: 2 }])
  })

  it('is none where the form takes one and there are several, and says so', async () => {
    const item = (await filled(asks(false))).items.get('q')
    expect([item?.answers, item?.lookup?.reason?.key]).toEqual([[], 'form.lookup.several-contexts'])
  })
})

it('offers stay with their repetition when one before it is taken out, also on the server', () => {
  const questionnaire = form([
    {
      linkId: 'row',
      type: 'group',
      repeats: true,
      item: [
        {
          linkId: 'c',
          type: 'string',
          extension: [
            { url: EXT.candidateExpression, valueExpression: { language: 'text/fhirpath', expression: '%x' } },
          ],
        },
      ],
    },
  ])
  const row = (valueString: string) => ({ linkId: 'row', item: [{ linkId: 'c', answer: [{ valueString }] }] })
  const response = { resourceType: 'QuestionnaireResponse', status: 'in-progress', item: [row('a'), row('b')] } as const
  const offer = (valueString: string) => ({ candidates: [{ valueString }] })
  const meta = { ...EMPTY_META, offers: { 'row:0/c': offer('for a'), 'row:1/c': offer('for b') } }
  const kept = { response: { ...response, item: [...response.item] }, meta }
  const before = openForm({ questionnaire, ...kept, today: AT.slice(0, 10), evaluator: null })
  const after = removeRepetition(before, 'row:0', edit)
  const { state } = judgeSave({
    questionnaire,
    populated: kept,
    stored: kept,
    submitted: { response: toResponse(after, edit), meta: JSON.parse(JSON.stringify(toMeta(after))) },
    edit,
    today: AT.slice(0, 10),
    evaluator,
    chart: chartElsewhere(),
  })
  expect(state.items.get('row:0/c')?.candidates.map(({ label }) => label)).toEqual(['for b'])
})
