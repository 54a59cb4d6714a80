/** Subscriptions of other systems at our PAS server: over HTTP, with their own tokens, notified at their own endpoint. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle, ClaimResponse, OperationOutcome, Parameters, Subscription } from 'fhir/r4'
import { EXT } from '#domain/fhir/canonical.ts'
import { newRequest, openFixture, OTHER_CLIENT, TENANT, type Fixture } from '../support/intermediary-fixture.ts'
import { vendorSubscription } from '../support/vendor-receiver.ts'

let at: Fixture
let token: string
let other: string

beforeAll(async () => {
  at = await openFixture()
  token = await at.token()
  other = await at.token(undefined, OTHER_CLIENT)
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'pend', silenceMs: 60_000, knowsByInquiry: false })
  at.vendor.answers = 200
})

interface Answer<T> {
  readonly status: number
  readonly json: T
  readonly headers: Headers
}

async function call<T = Subscription>(
  method: string,
  path: string,
  body?: unknown,
  { bearer = token, headers = {} }: { bearer?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const answer = await fetch(`${at.baseUrl}/pas/2.2/fhir/${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, json: (text === '' ? {} : JSON.parse(text)) as T, headers: answer.headers }
}

const make = (change: Partial<Subscription> = {}, channel: Partial<Subscription['channel']> = {}) =>
  vendorSubscription(at.vendor, change, channel)
const create = async (resource = make(), bearer = token): Promise<Subscription> => {
  const created = await call('POST', 'Subscription', resource, { bearer })
  expect(created.status).toBe(201)
  return created.json
}
const statusOf = async (id: string | undefined): Promise<string> =>
  (await call('GET', `Subscription/${String(id)}`)).json.status
const becomes = (id: string | undefined, status: string): Promise<void> =>
  at.until(async () => (await statusOf(id)) === status)
const remove = (id: string | undefined): Promise<Answer<unknown>> => call('DELETE', `Subscription/${String(id)}`)
const submit = async (bearer = token): Promise<string> => {
  const { bundle, claimIdentifier } = newRequest()
  expect((await call('POST', 'Claim/$submit', bundle, { bearer })).status).toBe(200)
  return claimIdentifier
}
const part = (bundle: Bundle, name: string) =>
  (bundle.entry?.[0]?.resource as Parameters).parameter?.find((one) => one.name === name)
const decisionIn = (bundle: Bundle): string | undefined => {
  const response = (bundle.entry?.[1]?.resource as Bundle).entry?.[0]?.resource as ClaimResponse
  const action = response.item?.[0]?.adjudication[0]?.extension?.[0]?.extension
  return action?.find(({ url }) => url.endsWith('reviewActionCode'))?.valueCodeableConcept?.coding?.[0]?.code
}

describe('a Subscription', () => {
  it('is created as requested, with its headers, and active after the handshake', async () => {
    const answer = await call('POST', 'Subscription', make())
    const { id } = answer.json
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ ...make(), meta: { versionId: '1' }, status: 'requested' })
    expect(answer.headers.get('location')).toBe(`${at.baseUrl}/pas/2.2/fhir/Subscription/${String(id)}/_history/1`)
    expect(answer.headers.get('etag')).toBe('W/"1"')
    await becomes(id, 'active')
    const [handshake] = at.vendor.of(String(id), 'handshake')
    expect(handshake).toMatchObject({ path: '/notify', status: 'requested', eventsSinceStart: '0' })
    expect(handshake?.headers).toMatchObject({
      'content-type': 'application/fhir+json',
      authorization: 'Bearer the-vendors-own',
      'x-route': 'pas',
    })
    await remove(id)
  })

  it('whose handshake fails is tried again, then in error, until its client asks anew', async () => {
    at.vendor.answers = 500
    const { id } = await create()
    await becomes(id, 'error')
    at.vendor.answers = 200
    const again = await call('PUT', `Subscription/${String(id)}`, { ...make(), id })
    expect(again.json).toMatchObject({ status: 'requested', meta: { versionId: '2' } })
    await becomes(id, 'active')
    await remove(id)
  })

  it('is changed under the version that was seen, switched off, removed', async () => {
    const { id } = await create()
    const rotated = make({ id: String(id) }, { header: ['Authorization: Bearer rotated'] })
    const stale = await call('PUT', `Subscription/${String(id)}`, rotated, { headers: { 'if-match': 'W/"7"' } })
    expect(stale.status).toBe(412)
    expect(
      (await call('PUT', `Subscription/${String(id)}`, rotated, { headers: { 'if-match': 'W/"1"' } })).status,
    ).toBe(200)
    await at.until(() => at.vendor.of(String(id), 'handshake').at(-1)?.headers['authorization'] === 'Bearer rotated')
    await call('PUT', `Subscription/${String(id)}`, { ...rotated, status: 'off' })
    expect(await statusOf(id)).toBe('off')
    expect((await call('PUT', `Subscription/${String(id)}`, make())).status).toBe(400)
    expect((await remove(id)).status).toBe(204)
    expect((await call('GET', `Subscription/${String(id)}`)).status).toBe(404)
  })

  it('is found by its parameters, by GET and by POST', async () => {
    const { id } = await create(make({}, { endpoint: `${at.vendor.base}/searched` }))
    await becomes(id, 'active')
    const url = encodeURIComponent(`${at.vendor.base}/searched`)
    const found = await call<Bundle>('GET', `Subscription?url=${url}&status=active&unknown=1`)
    expect(found.json).toMatchObject({ type: 'searchset', total: 1, entry: [{ resource: { id } }] })
    expect(found.json.link?.[0]?.url).toBe(`${at.baseUrl}/pas/2.2/fhir/Subscription?url=${url}&status=active`)
    expect((await call<Bundle>('GET', `Subscription?url=${url}&status=error`)).json.total).toBe(0)
    const posted = await fetch(`${at.baseUrl}/pas/2.2/fhir/Subscription/_search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams({ _id: String(id) }),
    })
    expect(((await posted.json()) as Bundle).total).toBe(1)
    await remove(id)
  })

  it('is its client’s alone', async () => {
    const { id } = await create()
    const as = { bearer: other }
    const path = `Subscription/${String(id)}`
    expect((await call('GET', path, undefined, as)).status).toBe(404)
    expect((await call('GET', `${path}/$status`, undefined, as)).status).toBe(404)
    expect((await call('PUT', path, { ...make(), id }, as)).status).toBe(404)
    expect((await call('DELETE', path, undefined, as)).status).toBe(404)
    expect((await call<Bundle>('GET', `Subscription?_id=${String(id)}`, undefined, as)).json.total).toBe(0)
    await remove(id)
  })

  it('needs a token that allows it', async () => {
    expect((await call('POST', 'Subscription', make(), { bearer: null })).status).toBe(401)
    const claims = await at.token('system/Claim.c')
    expect((await call('POST', 'Subscription', make(), { bearer: claims })).status).toBe(403)
    const unknown = await call<OperationOutcome>('GET', 'Patient/1')
    expect([unknown.status, unknown.json.resourceType]).toEqual([404, 'OperationOutcome'])
  })

  const content = (valueCode: string) => ({
    _payload: {
      extension: [
        {
          url: EXT.backportPayloadContent,
          valueCode,
        },
      ],
    },
  })
  const filter = (valueString: string): Partial<Subscription> => ({
    _criteria: { extension: [{ url: EXT.backportFilterCriteria, valueString }] },
  })
  const refused: [string, Partial<Subscription>, Partial<Subscription['channel']>, number, string][] = [
    ['another topic', { criteria: 'http://example.org/topic' }, {}, 422, 'criteria'],
    ['no filter', { _criteria: {} }, {}, 422, 'criteria.extension'],
    ['another filter', filter('patient=1'), {}, 422, 'criteria.extension'],
    ['a filter by a sender of somebody else', filter('org-identifier=PRECERT01,OTHER'), {}, 403, 'criteria.extension'],
    ['another channel', {}, { type: 'websocket' }, 422, 'channel.type'],
    ['XML', {}, { payload: 'application/fhir+xml' }, 422, 'channel.payload'],
    ['another FHIR version', {}, { payload: 'application/fhir+json; fhirVersion=5.0' }, 422, 'channel.payload'],
    ['id-only', {}, content('id-only'), 422, 'channel.payload.extension'],
    ['empty content', {}, content('empty'), 422, 'channel.payload.extension'],
    ['a header of the connection', {}, { header: ['Host: elsewhere'] }, 422, 'channel.header'],
    ['a header with a line break', {}, { header: ['X: a\r\nY: b'] }, 422, 'channel.header'],
    ['no https', {}, { endpoint: 'http://ehr.example/notify' }, 422, 'channel.endpoint'],
    ['credentials in the address', {}, { endpoint: 'https://a:b@ehr.example/n' }, 422, 'channel.endpoint'],
    ['a host that is not registered', {}, { endpoint: 'https://169.254.169.254/latest' }, 422, 'channel.endpoint'],
    ['a status that only we give', { status: 'error' }, {}, 422, 'status'],
  ]
  it.each(refused)('with %s is refused', async (_what, change, channel, status, path) => {
    const answer = await call<OperationOutcome>('POST', 'Subscription', make(change, channel))
    expect(answer.status).toBe(status)
    expect(answer.json.issue[0]?.expression).toEqual([`Subscription.${path}`])
  })

  it('may name its filter as the topic does, and FHIR 4.0 as version', async () => {
    const created = await create(
      make(filter('orgIdentifier=PRECERT01'), { payload: 'application/fhir+json; fhirVersion=4.0' }),
    )
    await becomes(created.id, 'active')
    expect(at.vendor.of(String(created.id), 'handshake')[0]?.headers['content-type']).toBe(
      'application/fhir+json; fhirVersion=4.0',
    )
    await remove(created.id)
  })
})

describe('an event', () => {
  it('brings the decision on a pended request, in full, once', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    const claim = await submit()
    expect(at.vendor.of(String(id), 'event-notification')).toEqual([])
    await at.payer.notify(claim, 'A1', { times: 3 })
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 1)
    const [event] = at.vendor.of(String(id), 'event-notification')
    const bundle = event!.bundle
    expect(event).toMatchObject({ status: 'active', eventsSinceStart: '1' })
    expect(bundle.entry?.every(({ request, response }) => request !== undefined && response !== undefined)).toBe(true)
    const told = part(bundle, 'notification-event')?.part
    expect(told?.find(({ name }) => name === 'focus')?.valueReference?.reference).toBe(bundle.entry?.[1]?.fullUrl)
    expect((bundle.entry?.[1]?.resource as Bundle).type).toBe('collection')
    expect(decisionIn(bundle)).toBe('A1')
    const status = await call<Bundle>('GET', `Subscription/${String(id)}/$status`)
    expect(status.json.type).toBe('searchset')
    expect(part(status.json, 'events-since-subscription-start')?.valueString).toBe('1')
    expect(part(status.json, 'type')?.valueCode).toBe('query-status')
    await remove(id)
  })

  it('tells a later decision too, but neither the same again nor an older one', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    const claim = await submit()
    const created = new Date().toISOString()
    await at.payer.notify(claim, 'A1', { created })
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 1)
    await at.payer.notify(claim, 'A4', { created: '2026-01-01T00:00:00Z' })
    await at.payer.notify(claim, 'A3', { created: new Date(Date.now() + 1000).toISOString() })
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(at.vendor.of(String(id), 'event-notification').map(({ bundle }) => decisionIn(bundle))).toEqual(['A1', 'A3'])
    await remove(id)
  })

  it('follows our own A4 when the payer answers late', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    Object.assign(at.payer, { behavior: 'silent-after-processing', silenceMs: 2_000 })
    await submit()
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 1)
    expect(decisionIn(at.vendor.of(String(id), 'event-notification')[0]!.bundle)).toBe('A1')
    await remove(id)
  })

  it('follows our own A4 when an inquiry finds the decision', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    Object.assign(at.payer, { behavior: 'drop-after-processing', knowsByInquiry: true })
    const claim = await submit()
    await at.until(async () => {
      const rows = await at.store.read((tx) => at.store.submissions.listByClaimIdentifier(tx, TENANT, claim))
      return rows.every(({ state }) => state === 'answered')
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const events = at.vendor.of(String(id), 'event-notification')
    // In time for the answer itself, or after it: never as the Parameters of an inquiry.
    expect(events.every(({ bundle }) => decisionIn(bundle) === 'A1')).toBe(true)
    await remove(id)
  })

  it('goes to nobody else, and not for what a client heard at once', async () => {
    const mine = await create()
    const theirs = await create(make({}, { endpoint: `${at.vendor.base}/third` }), other)
    await becomes(mine.id, 'active')
    const claim = await submit(other)
    await at.payer.notify(claim, 'A1')
    await at.until(() => at.vendor.of(String(theirs.id), 'event-notification').length === 1)
    at.payer.behavior = 'answer'
    await submit()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(at.vendor.of(String(mine.id), 'event-notification')).toEqual([])
    await remove(mine.id)
    await call('DELETE', `Subscription/${String(theirs.id)}`, undefined, { bearer: other })
  })

  it('is kept while its client is away, counted, and sent when the client asks anew', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    const first = await submit()
    const second = await submit()
    at.vendor.answers = 503
    await at.payer.notify(first, 'A1')
    await becomes(id, 'error')
    await at.payer.notify(second, 'A3')
    await at.until(async () => {
      const status = await call<Bundle>('POST', `Subscription/${String(id)}/$status`)
      return part(status.json, 'events-since-subscription-start')?.valueString === '2'
    })
    at.vendor.answers = 200
    await call('PUT', `Subscription/${String(id)}`, { ...make(), id })
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 2)
    const decided = at.vendor.of(String(id), 'event-notification').map(({ bundle }) => decisionIn(bundle))
    expect(decided.toSorted()).toEqual(['A1', 'A3'])
    await remove(id)
  })

  it('tells an error after a pended answer', async () => {
    const { id } = await create()
    await becomes(id, 'active')
    at.payer.behavior = 'drop-after-processing'
    const { bundle } = newRequest()
    const pended = await call<Bundle>('POST', 'Claim/$submit', bundle)
    expect((pended.json.entry?.[0]?.resource as ClaimResponse).outcome).toBe('complete')
    const [row] = await at.store.read((tx) =>
      at.store.submissions.listByBundleIdentifier(tx, TENANT, bundle.identifier.value),
    )
    const { recordRefusal, lockSubmission } = await import('../../server/intermediary/record-outcome.ts')
    await at.store.transaction(async (tx) => {
      const held = await lockSubmission(at.deps, tx, TENANT, row!.id)
      const body = new TextEncoder().encode('{}')
      const json = { issue: [{ code: 'invalid', details: { text: 'No such member' }, expression: ['Claim.patient'] }] }
      await recordRefusal(at.deps, tx, held!, { kind: 'refused', status: 422, contentType: null, body, json })
    })
    await at.until(() => at.vendor.of(String(id), 'event-notification').length === 1)
    const told = at.vendor.of(String(id), 'event-notification')[0]!.bundle.entry?.[1]?.resource as Bundle
    expect(told.entry?.[0]?.resource).toMatchObject({
      outcome: 'error',
      error: [{ code: { coding: [{ code: '33' }] } }],
      processNote: [{ number: 1, text: 'No such member' }],
    })
    await remove(id)
  })
})

describe('a heartbeat', () => {
  it('comes in each period in which nothing else was sent', async () => {
    const { id } = await create(make({}, { extension: [{ url: EXT.backportHeartbeatPeriod, valueUnsignedInt: 1 }] }))
    await at.until(() => at.vendor.of(String(id), 'heartbeat').length >= 2)
    expect(at.vendor.of(String(id), 'heartbeat')[0]).toMatchObject({ status: 'active', eventsSinceStart: '0' })
    await remove(id)
    const count = at.vendor.of(String(id), 'heartbeat').length
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(at.vendor.of(String(id), 'heartbeat').length).toBe(count)
  })
})
