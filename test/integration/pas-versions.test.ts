/** PAS 2.0.1 beside 2.2.1: an endpoint for each, whatever the payer speaks (pas.md §13). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle, Claim, ClaimResponse, OperationOutcome, Parameters, Subscription } from 'fhir/r4'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtension } from '#domain/fhir/extension.ts'
import { CLIENT, newRequest, openFixture, OTHER_CLIENT, type Fixture } from '../support/intermediary-fixture.ts'
import { vendorSubscription } from '../support/vendor-receiver.ts'

let at: Fixture
let tokens: Record<'2.0' | '2.2', string>

beforeAll(async () => {
  at = await openFixture()
  tokens = { '2.2': await at.token(), '2.0': await at.token(undefined, CLIENT, '2.0') }
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'answer', version: '2.2.1', knowsByInquiry: false, silenceMs: 60_000 })
})

async function post<T = Bundle>(
  endpoint: '2.0' | '2.2',
  path: string,
  body: unknown,
  bearer = tokens[endpoint],
): Promise<{ status: number; json: T }> {
  const answer = await fetch(`${at.baseUrl}/pas/${endpoint}/fhir/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as T }
}

async function read<T>(url: string, bearer: string): Promise<{ status: number; type: string; json: T }> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', json: (await answer.json()) as T }
}

/** As a 2.0.1 client writes it: without what came later. */
function olderRequest(): Bundle {
  const bundle = newRequest().bundle as Bundle
  const claim = bundle.entry?.[0]?.resource as Claim
  const item = claim.item?.map(({ locationCodeableConcept: _location, ...rest }) => rest) ?? []
  const older: Claim = { ...claim, item }
  return { ...bundle, entry: [{ ...bundle.entry?.[0], resource: older }, ...(bundle.entry ?? []).slice(1)] }
}
const responseIn = (bundle: Bundle): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse
const claimAtPayer = (): Claim => at.payer.lastRequest?.entry?.[0]?.resource as Claim

describe('the 2.0 endpoint', () => {
  it('has its own statement, token endpoint and tokens', async () => {
    const metadata = await fetch(`${at.baseUrl}/pas/2.0/fhir/metadata`)
    const statement = (await metadata.json()) as { implementation: { url: string }; implementationGuide: string[] }
    expect(statement.implementation.url).toBe(`${at.baseUrl}/pas/2.0/fhir`)
    expect(statement.implementationGuide[0]).toContain('|2.0.1')
    const smart = await fetch(`${at.baseUrl}/pas/2.0/fhir/.well-known/smart-configuration`)
    expect(await smart.json()).toMatchObject({ token_endpoint: `${at.baseUrl}/pas/2.0/token` })
    expect((await post('2.0', 'Claim/$submit', olderRequest(), tokens['2.2'])).status).toBe(401)
  })

  it('takes a 2.0.1 request that 2.2 would refuse', async () => {
    expect((await post('2.2', 'Claim/$submit', olderRequest())).status).toBe(422)
    const answer = await post('2.0', 'Claim/$submit', olderRequest())
    expect(answer.status).toBe(200)
    expect(responseIn(answer.json).resourceType).toBe('ClaimResponse')
  })

  it('refuses an empty Bundle', async () => {
    const answer = await post<OperationOutcome>('2.0', 'Claim/$submit', { resourceType: 'Bundle', entry: [] })
    expect([answer.status, answer.json.resourceType]).toEqual([400, 'OperationOutcome'])
  })

  it('answers $inquire with a Bundle', async () => {
    const bundle = olderRequest()
    await post('2.0', 'Claim/$submit', bundle)
    const inquiry = structuredClone(bundle)
    const claim = inquiry.entry?.[0]?.resource as Claim
    delete claim.supportingInfo
    const answer = await post('2.0', 'Claim/$inquire', inquiry)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
    expect(responseIn(answer.json).item?.length).toBe(claim.item?.length)
  })

  it('pends in its own version when the payer is silent', async () => {
    at.payer.behavior = 'drop-after-processing'
    const answer = await post('2.0', 'Claim/$submit', olderRequest())
    expect(answer.status).toBe(200)
    expect(responseIn(answer.json).item?.length).toBeGreaterThan(0)
  })

  it('notifies by id alone where that was asked for, with an address that this client alone can read', async () => {
    at.payer.behavior = 'pend'
    const resource = vendorSubscription(at.vendor)
    resource._criteria!.extension![0]!.valueString = 'identifier=PRECERT01'
    resource.channel._payload!.extension![0]!.valueCode = 'id-only'
    expect((await post('2.2', 'Subscription', resource)).status).toBe(422)
    const created = await post<Subscription>('2.0', 'Subscription', resource)
    expect(created.status).toBe(201)
    await at.until(() => at.vendor.of(String(created.json.id), 'handshake').length === 1)
    const bundle = olderRequest()
    await post('2.0', 'Claim/$submit', bundle)
    const claim = bundle.entry?.[0]?.resource as Claim
    await new Promise((resolve) => setTimeout(resolve, 200))
    await at.payer.notify(claim.identifier?.[0]?.value ?? '', 'A1')
    await at.until(() => at.vendor.of(String(created.json.id), 'event-notification').length === 1)
    const entries = at.vendor.of(String(created.json.id), 'event-notification')[0]?.bundle.entry
    expect(entries).toHaveLength(1)
    const event = (entries?.[0]?.resource as Parameters).parameter?.find(({ name }) => name === 'notification-event')
    const focus = event?.part?.find(({ name }) => name === 'focus')?.valueReference?.reference ?? ''
    expect(focus.startsWith(`${at.baseUrl}/pas/2.0/fhir/ClaimResponse/`)).toBe(true)

    const scope = 'system/ClaimResponse.r'
    const own = await at.token(scope, CLIENT, '2.0')
    const answer = await read<ClaimResponse>(focus, own)
    expect(answer.status).toBe(200)
    expect(answer.type).toContain('application/fhir+json')
    expect(answer.json).toMatchObject({ resourceType: 'ClaimResponse', id: focus.split('/').at(-1) })
    expect(answer.json.request?.identifier?.value).toBe(claim.identifier?.[0]?.value)
    expect(JSON.stringify(answer.json.item)).toContain('"A1"')

    // Another client, another version, too little scope, no token, no such answer.
    expect((await read(focus, await at.token(scope, OTHER_CLIENT, '2.0'))).status).toBe(404)
    expect((await read(focus.replace('/2.0/', '/2.2/'), await at.token(scope))).status).toBe(404)
    expect((await read(focus, tokens['2.0'])).status).toBe(403)
    expect((await read(focus, tokens['2.2'])).status).toBe(401)
    expect((await read(`${focus}x`, own)).status).toBe(404)
  })
})

describe('a payer that speaks 2.0.1', () => {
  it('gets a 2.0.1 request, and its answer comes back as one of 2.2.1', async () => {
    at.payer.version = '2.0.1'
    const answer = await post('2.2', 'Claim/$submit', newRequest().bundle)
    expect(answer.status).toBe(200)
    expect(readExtension(claimAtPayer(), EXT.transmissionIdentifiers)).toBeUndefined()
    expect(responseIn(answer.json).outcome).toBe('complete')
  })

  it('gets a 2.0.1 client’s bytes as they are', async () => {
    at.payer.version = '2.0.1'
    const bundle = olderRequest()
    expect((await post('2.0', 'Claim/$submit', bundle)).status).toBe(200)
    expect(at.payer.lastRequest).toEqual(bundle)
  })

  it('gets the app’s requests, too', async () => {
    at.payer.version = '2.0.1'
    await at.submit('case-2.0')
    await at.until(() => at.told.some(({ caseId, detail }) => caseId === 'case-2.0' && detail === 'payer approved'))
    expect(readExtension(claimAtPayer(), EXT.transmissionIdentifiers)).toBeUndefined()
  })
})
