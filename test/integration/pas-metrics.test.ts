/** PAS metric records and endpoint discovery of the intermediary. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Claim } from 'fhir/r4'
import type { PasMetricRecord } from '#domain/pas/metric-record.ts'
import { recordPasMetrics } from '../../server/intermediary/record-metrics.ts'
import { newRequest, openFixture, PAYER, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let token: string

beforeAll(async () => {
  at = await openFixture()
  token = await at.token()
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  at.payer.behavior = 'answer'
})

const submit = async (bundle: unknown): Promise<void> => {
  await fetch(`${at.baseUrl}/pas/2.2/fhir/Claim/$submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` },
    body: JSON.stringify(bundle),
  })
}

/** Made of what was answered so far. */
async function measured(bundleIdentifier: string): Promise<PasMetricRecord> {
  await recordPasMetrics(at.deps, TENANT)
  return at.store.read(async (tx) => {
    const [row] = await at.store.submissions.listByBundleIdentifier(tx, TENANT, bundleIdentifier)
    return (await at.store.pasMetrics.find(tx, TENANT, row?.id ?? ''))?.record as PasMetricRecord
  })
}

it('records each exchange and item once it is answered', async () => {
  const { bundle, bundleIdentifier } = newRequest()
  await submit(bundle)
  await at.until(async () => (await measured(bundleIdentifier)) !== undefined)
  const record = await measured(bundleIdentifier)
  expect(record).toMatchObject({
    source: 'intermediary-src',
    providerId: { system: 'http://hl7.org/fhir/sid/us-npi' },
    payerId: { value: PAYER },
    exchange: [{ type: 'initial', with: 'payer-src', method: 'restful', httpResponse: 200 }],
    itemDetail: [
      { trn: 1, result: 'approved' },
      { trn: 2, result: 'approved' },
      { trn: 3, result: 'approved' },
    ],
    aaaCodes: [],
  })
  const text = JSON.stringify(record)
  for (const private_ of ['Okafor', 'CSA100001', 'MRN-1', '1992-03-12']) expect(text).not.toContain(private_)
})

it('replaces the record of a pended request by that of its decision', async () => {
  at.payer.behavior = 'pend'
  const { bundle, bundleIdentifier } = newRequest()
  await submit(bundle)
  expect((await measured(bundleIdentifier)).itemDetail[0]).toMatchObject({ result: 'pended' })
  const claim = (bundle as { entry: { resource: Claim }[] }).entry[0]!.resource
  await at.payer.notify(claim.identifier?.[0]?.value ?? '', 'A3')
  await at.until(async () => JSON.stringify(await measured(bundleIdentifier)).includes('"denied"'))
  const decided = await measured(bundleIdentifier)
  expect(decided.exchange).toMatchObject([
    { type: 'initial', responseTime: expect.any(String), httpResponse: 200 },
    { type: 'subsequent', httpResponse: 200 },
  ])
  expect(decided.itemDetail[0]).toMatchObject({ finalResponseTime: expect.any(String), responsesRequired: 2 })
})

it('keeps the first answer of a request that was decided before the round came', async () => {
  at.payer.behavior = 'pend'
  const { bundle, bundleIdentifier } = newRequest()
  await submit(bundle)
  const claim = (bundle as { entry: { resource: Claim }[] }).entry[0]!.resource
  await at.payer.notify(claim.identifier?.[0]?.value ?? '', 'A1')
  await at.until(async () => {
    const [row] = await at.store.read((tx) => at.store.submissions.listByBundleIdentifier(tx, TENANT, bundleIdentifier))
    const kept = row && (await at.store.read((tx) => at.store.exchanges.find(tx, TENANT, row.answerExchangeId ?? '')))
    return kept?.kind === 'pas-notification'
  })
  expect((await measured(bundleIdentifier)).exchange).toMatchObject([
    { type: 'initial', responseTime: expect.any(String), httpResponse: 200 },
    { type: 'subsequent' },
  ])
})

it('records a refusal as an issue', async () => {
  at.payer.behavior = 'refuse'
  const { bundle, bundleIdentifier } = newRequest()
  await submit(bundle)
  expect(await measured(bundleIdentifier)).toMatchObject({ issue: [{ code: 'processing' }] })
})

it('names the endpoint of each version for a payer, publicly', async () => {
  const answer = await fetch(`${at.baseUrl}/pas/payers/${PAYER}/.well-known/davinci-configuration`)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(await answer.json()).toEqual({
    identifier: { system: 'https://payer-registry.example/id', value: PAYER },
    endpoints: {
      'davinci_pas_submission_endpoint#2.0': `${at.baseUrl}/pas/2.0/fhir`,
      'davinci_pas_submission_endpoint#2.2': `${at.baseUrl}/pas/2.2/fhir`,
    },
  })
  expect((await fetch(`${at.baseUrl}/pas/payers/nobody/.well-known/davinci-configuration`)).status).toBe(404)
})
