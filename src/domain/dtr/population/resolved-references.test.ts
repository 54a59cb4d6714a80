/** resolve() in the expressions of a form: what was collected of the chart, else a read. */
import { expect, it } from 'vitest'
import type { Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'
import { fillFromSearches, formOf } from '../../../../test/support/fill-from-searches.ts'

const order = (reference: string) => ({ resourceType: 'ServiceRequest', id: 's', requester: { reference } })
const doctor = { resourceType: 'Practitioner', id: 'd', name: [{ family: 'Roe' }] }
const asking = (url: string): Questionnaire =>
  formOf({
    linkId: 'q',
    type: 'string',
    extension: [
      {
        url,
        valueExpression: { language: 'text/fhirpath', expression: '%order.requester.resolve().name.family' },
      },
    ],
  })
const questionnaire = asking(EXT.initialExpression)
const fill = (launch: Record<string, ReturnType<typeof order> | typeof doctor>, searches = {}) =>
  fillFromSearches({ questionnaire, launch, searches })

it('a reference leads to what the launch brought, without a search', async () => {
  const { answers, state } = await fill({ order: order('Practitioner/d'), user: doctor })
  expect(answers).toEqual({ q: ['Roe'] })
  expect(state.items.get('q')?.origin?.evidence.map(({ reference }) => reference)).toEqual(['Practitioner/d'])
})

it('a reference to what is not here yet is read', async () => {
  const { answers } = await fill({ order: order('Practitioner/d') }, { 'Practitioner/d': [doctor] })
  expect(answers).toEqual({ q: ['Roe'] })
})

it('a read that fails leaves the answer open and says so', async () => {
  const { answers, lookup } = await fill({ order: order('Practitioner/d') })
  expect([answers, lookup('q')]).toMatchObject([
    {},
    { status: 'partial', searches: [{ resourceType: 'Practitioner', failure: 'forbidden' }] },
  ])
})

it('a reference that leads nowhere is left out', async () => {
  expect((await fill({ order: order('urn:uuid:1') })).lookup('q')?.status).toBe('not-found')
})

it('a place without a chart leaves such an answer as it is', () => {
  const state = openForm({
    questionnaire: asking(EXT.calculatedExpression),
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })
  expect(state.items.get('q')).toMatchObject({ answers: [], lookup: null })
})
