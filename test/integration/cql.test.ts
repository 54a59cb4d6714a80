/** CQL from the payer's package to the answers, through the engine's own thread. */
import { readFileSync } from 'node:fs'
import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { afterAll, describe, expect, it } from 'vitest'
import { listItems } from '#domain/dtr/form/form-state.ts'
import { parseQuestionnairePackage, type QuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { author, entriesOf, fillWithCql } from '../support/cql-form.ts'
import { hasShared, readSharedJson } from '../support/shared-data.ts'

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`../support/${name}`, import.meta.url), 'utf8'))
const chart = entriesOf(load('respiratory-chart.json'))
const order = chart.find(({ resourceType }) => resourceType === 'DeviceRequest')!
const now = '2024-04-07T09:00:00-04:00'
const runtime = createCqlRuntime()
afterAll(() => runtime.close())

const shared = readSharedJson('forms')
const [respiratory] = shared.has('respiratory-assist-device.package.json')
  ? readForms(shared.get('respiratory-assist-device.package.json'))
  : []

function readForms(body: unknown): readonly QuestionnairePackage[] {
  const answer = parseQuestionnairePackage(body)
  return answer.ok ? answer.value.packages : []
}

function answersOf(items: readonly QuestionnaireResponseItem[] = []): Record<string, unknown> {
  return Object.fromEntries(
    items.flatMap((item) => {
      const values = (item.answer ?? []).map(({ extension: _origin, ...value }) => value)
      return [...(values.length === 0 ? [] : [[item.linkId, values]]), ...Object.entries(answersOf(item.item))]
    }),
  )
}

describe.skipIf(!hasShared('forms'))('the respiratory assist device form (Inferno 2.1.3.03)', () => {
  it('is filled as the test kit expects, every answer automatic', async () => {
    const { state } = await fillWithCql(runtime, respiratory!, chart, { now, orders: [order] })
    const expected = shared.get('respiratory-assist-device.prepopulated-response.json') as QuestionnaireResponse
    const response = toResponse(state, { at: now, author })
    expect(answersOf(response.item)).toEqual(answersOf(expected.item))
    const filled = listItems(state).filter(({ answers }) => answers.length > 0)
    expect(filled.map(({ origin }) => origin?.source)).toEqual(filled.map(() => 'auto-client'))
  })

  it('names the define, the resource and the place of an answer', async () => {
    const { state } = await fillWithCql(runtime, respiratory!, chart, { now, orders: [order] })
    const of = (linkId: string) => listItems(state).find((item) => item.linkId === linkId)?.origin
    expect(of('PBD.1')).toMatchObject({
      foundBy: 'BasicPatientInfoPrepopulation.LastName',
      evidence: [{ reference: 'Patient/pat015', path: 'Patient.name[0].family' }],
    })
    expect(of('3.1')).toMatchObject({
      foundBy: 'RespiratoryAssistDevicesPrepopulation.RADCodings',
      evidence: [{ reference: 'Condition/cond-copd', date: '2019-06-02', path: 'Condition.code.coding[0]' }],
    })
    expect(of('4.6.1')?.evidence).toMatchObject([{ reference: 'DeviceRequest/devreqe0470' }])
    expect(of('PND.4')?.evidence).toMatchObject([
      { reference: 'Practitioner/pra1234', path: 'Practitioner.identifier[0].value' },
    ])
  })

  it('asks the chart for nothing that no item needs', async () => {
    const { wanted } = await fillWithCql(runtime, respiratory!, chart, { now, orders: [order] })
    expect(wanted.map(({ query }) => query.split('&')[0]).sort()).toEqual([
      'Condition?patient=pat015',
      'Coverage?patient=pat015',
      'Encounter?patient=pat015',
      'Practitioner/pra1234',
    ])
    expect(wanted.every(({ neededBy }) => neededBy !== '')).toBe(true)
  })

  it('says at each item which search was refused, and fills the others', async () => {
    const { state } = await fillWithCql(runtime, respiratory!, chart, { now, orders: [order], refused: ['Condition'] })
    const of = (linkId: string) => listItems(state).find((item) => item.linkId === linkId)
    expect(of('3.1')?.lookup).toMatchObject({ status: 'failed', reason: { key: 'form.lookup.search-failed' } })
    expect(of('PBD.1')?.answers).toEqual([{ valueString: 'Oster' }])
  })
})
