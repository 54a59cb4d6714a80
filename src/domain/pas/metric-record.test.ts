import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { EXT } from '../fhir/canonical.ts'
import { buildPasMetricRecord, type PasMetricInput } from './metric-record.ts'
import type { PasResponse } from './pas-response.ts'
import { buildPasRequestBundle } from './request-bundle.ts'

const stated = (assertion: string) => ({
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: `Coverage/${pasRequestInput().coverage.id ?? ''}` } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'date', valueDate: '2026-11-22' },
    { url: 'coverage-assertion-id', valueString: assertion },
  ],
})
function requestOf(): Bundle<FhirResource> {
  const input = pasRequestInput()
  const orders = input.orders.map((order, at) => (at === 0 ? { ...order, extension: [stated('A-1')] } : order))
  const built = buildPasRequestBundle({ ...input, orders })
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}
const bundle = requestOf()
const claim = bundle.entry?.[0]?.resource as Claim
const of = (more: Partial<PasMetricInput> = {}): PasMetricInput => ({
  source: 'provider-src',
  bundle,
  claim,
  response: null,
  sentAt: '2026-11-22T10:00:00Z',
  answeredAt: '2026-11-22T10:00:02Z',
  httpStatus: 200,
  cameBy: 'response',
  earlier: null,
  documents: [],
  lineOfBusiness: null,
  ...more,
})
const asking = {
  errors: [],
  lines: [],
  requests: [{ codes: [{ system: 'http://loinc.org', code: '11502-2', display: null }] }],
} as unknown as PasResponse

describe('the metric record', () => {
  it('names the person who orders where the group asks, and the payer’s statement on the order', () => {
    const record = buildPasMetricRecord(of({ lineOfBusiness: 'medicaid' }))
    expect(record.providerId?.value).toMatch(/^\d{10}$/)
    expect(record.groupId?.value).not.toBe(record.providerId?.value)
    expect(record.itemDetail[0]).toMatchObject({ trn: 1, assertionId: 'A-1' })
    expect(record.businessLine).toEqual({ text: 'medicaid' })
  })

  it('keeps the exchanges before an answer that came later, with the documents between, in their order', () => {
    const earlier = buildPasMetricRecord(of({ response: asking }))
    expect(earlier.requestedDoc).toMatchObject([{ timeRequested: '2026-11-22T10:00:02Z' }])
    const later = buildPasMetricRecord(
      of({
        earlier,
        answeredAt: '2026-11-24T08:00:00Z',
        cameBy: 'notification',
        documents: [{ sentAt: '2026-11-23T09:00:00Z', answeredAt: '2026-11-23T09:00:01Z', httpStatus: 200 }],
      }),
    )
    expect(later.exchange.map(({ type, requestTime }) => [type, requestTime.slice(8, 10)])).toEqual([
      ['initial', '22'],
      ['initialDocToPayer', '23'],
      ['subsequent', '24'],
    ])
    expect(later.exchange[0]).toMatchObject({ responseTime: '2026-11-22T10:00:02Z', httpResponse: 200 })
    expect(later.requestedDoc).toMatchObject([{ timeSubmitted: '2026-11-23T09:00:00Z', submissionMethod: 'CDex' }])
  })

  it('says that the first call was never answered, and that an inquiry found the answer', () => {
    const { exchange } = buildPasMetricRecord(of({ cameBy: 'inquiry', answeredAt: '2026-11-22T10:05:00Z' }))
    expect(exchange).toMatchObject([{ type: 'initial' }, { type: 'query', requestTime: '2026-11-22T10:05:00Z' }])
    expect(exchange[0]).not.toHaveProperty('responseTime')
  })
})
