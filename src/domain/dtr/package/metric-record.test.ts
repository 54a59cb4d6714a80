import type { QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { readCoverageInformation } from '../../crd/coverage-information.ts'
import { EXT, SYSTEM } from '../../fhir/canonical.ts'
import { buildMetricRecord, exportMetricRecord, type MetricInput } from './metric-record.ts'

const origin = (source: string) => ({ url: EXT.informationOrigin, extension: [{ url: 'source', valueCode: source }] })
const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  subject: { reference: 'Patient/maya', display: 'Maya Okafor' },
  author: { reference: 'Practitioner/lena', display: 'Lena Ruiz' },
  item: [
    { linkId: 'a', answer: [{ valueString: 'secret', extension: [origin('auto-client')] }] },
    { linkId: 'b', answer: [{ valueString: 'secret', extension: [origin('override')] }] },
    { linkId: 'c', answer: [{ valueString: 'secret', extension: [origin('manual')] }] },
  ],
}
const input: MetricInput = {
  app: 'https://precert.example',
  providerNpi: '1234567893',
  groupNpi: '1234567893',
  payer: { system: 'https://payers.example/id', value: '00001' },
  orders: [{ coding: [{ system: SYSTEM.hcpcs, code: 'Q5103' }] }],
  coverageInformation: [
    readCoverageInformation({
      url: EXT.coverageInformation,
      extension: [
        { url: 'covered', valueCode: 'covered' },
        { url: 'pa-needed', valueCode: 'satisfied' },
        { url: 'doc-purpose', valueCode: 'withpa' },
        { url: 'questionnaire', valueCanonical: 'https://p.example/q|1' },
        { url: 'coverage-assertion-id', valueString: 'ASSERTION' },
        { url: 'satisfied-pa-id', valueString: 'PANUMBER' },
      ],
    }),
  ],
  resumed: false,
  fromTask: false,
  actions: [
    {
      actionDetail: 'qpackage',
      requestTime: '2026-11-22T10:00:01Z',
      responseTime: '2026-11-22T10:00:02Z',
      httpResponse: 200,
      questionnaire: 'https://p.example/q|1',
      issues: [],
    },
    {
      actionDetail: 'userresponse',
      requestTime: '2026-11-22T10:00:02Z',
      responseTime: '2026-11-22T10:05:02Z',
      httpResponse: null,
      questionnaire: null,
      issues: [],
    },
  ],
  resources: [
    { type: 'Observation', count: 3 },
    { type: 'Condition', count: 0 },
  ],
  forms: [
    {
      canonical: 'https://p.example/q|1',
      adaptive: false,
      populated: false,
      failures: [],
      enabledQuestions: 3,
      response,
      openedAt: '2026-11-22T10:00:02Z',
      closedAt: '2026-11-22T10:05:02Z',
    },
  ],
}

describe('the record of a session (DTRMetricData)', () => {
  it('counts what was filled, changed and entered, and how long it took', () => {
    expect(buildMetricRecord(input).questionnaire).toEqual([
      expect.objectContaining({
        enabledQuestions: 3,
        autoPopulated: 2,
        elapsedTime: '00:05:00',
        roleInteraction: [
          { role: { coding: [{ code: 'staff' }] }, roleAction: 'override', count: 1 },
          { role: { coding: [{ code: 'staff' }] }, roleAction: 'manual', count: 1 },
        ],
      }),
    ])
  })
  it('the launch lasts from the first action to the last', () => {
    expect(buildMetricRecord(input).action[0]).toEqual({
      actionDetail: 'launch',
      requestTime: '2026-11-22T10:00:01Z',
      responseTime: '2026-11-22T10:05:02Z',
    })
  })
  it.each([
    [{}, 'crdlaunch'],
    [{ resumed: true }, 'relaunch'],
    [{ coverageInformation: [] }, 'salaunch'],
    [{ fromTask: true }, 'cdexlaunch'],
  ])('with %j the launch is %s', (change, mode) => {
    expect(buildMetricRecord({ ...input, ...change }).launchMode).toBe(mode)
  })
  it('holds no name and no answer, and its export no number that leads to a case', () => {
    const record = buildMetricRecord(input)
    expect(JSON.stringify(record)).not.toMatch(/secret|Maya|Lena|maya|lena/)
    expect(JSON.stringify(exportMetricRecord(record))).not.toMatch(/ASSERTION|PANUMBER/)
    expect(JSON.stringify(record)).toMatch(/ASSERTION/)
  })
})
