/**
 * The assertions of the public PAS test kit's server suite (v2.2.1, pas.md §11.3) on our PAS server, by their ids: Subscriptions,
 * decisions, updates, errors. A payer's answer passes as it came, so its must-support elements are the payer's; what is ours
 * (Subscription, notifications, our own A4) is held to the profiles.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle, Claim, ClaimItem, ClaimResponse, OperationOutcome, Parameters, Subscription } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '#domain/fhir/canonical.ts'
import { TOLERATED_CONTEXTS } from '#domain/pas/published-package.ts'
import { isError } from '#domain/profile/issue.ts'
import { validateMessage } from '#domain/profile/validate.ts'
import { loadProfileSet } from '../../server/profiles.ts'
import { newRequest, openFixture, type Fixture } from '../support/intermediary-fixture.ts'
import { vendorSubscription } from '../support/vendor-receiver.ts'

const set = loadProfileSet('pas-2.2.1')!
const faults = (resource: unknown, profile: string): string[] =>
  validateMessage(set, resource, { profiles: [profile], isStrict: true, toleratedContexts: TOLERATED_CONTEXTS })
    .filter(isError)
    .map(({ path, id }) => `${path} ${id}`)

let at: Fixture
let token: string

beforeAll(async () => {
  at = await openFixture()
  token = await at.token()
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'answer', knowsByInquiry: false, silenceMs: 60_000 })
})

interface Answer<T> {
  readonly status: number
  readonly json: T
  readonly ms: number
}

async function post<T = Bundle>(path: string, body: unknown): Promise<Answer<T>> {
  const from = performance.now()
  const answer = await fetch(`${at.baseUrl}/pas/2.2/fhir/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as T, ms: performance.now() - from }
}
const submit = (bundle: unknown): Promise<Answer<Bundle>> => post('Claim/$submit', bundle)
const responseIn = (bundle: Bundle): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse
const claimOf = (bundle: Bundle): Claim => bundle.entry?.[0]?.resource as Claim
/** Every review action code of the lines, with its system. */
const decisionsIn = (bundle: Bundle): string[] =>
  (responseIn(bundle).item ?? []).flatMap(({ adjudication }) =>
    adjudication.flatMap((one) =>
      (one.extension?.[0]?.extension ?? []).flatMap(({ url, valueCodeableConcept }) =>
        url === EXT.reviewActionCode
          ? (valueCodeableConcept?.coding ?? []).map(({ system, code }) => `${String(system)}#${String(code)}`)
          : [],
      ),
    ),
  )
const part = (bundle: Bundle, name: string) =>
  (bundle.entry?.[0]?.resource as Parameters).parameter?.find((one) => one.name === name)

describe('1 Subscription', () => {
  const asked = (): Subscription => vendorSubscription(at.vendor)
  let created: Answer<Subscription>
  let id: string
  beforeAll(async () => {
    created = await post('Subscription', asked())
    id = String(created.json.id)
    await at.until(() => at.vendor.of(id, 'handshake').length === 1)
  })

  it('pas_server_v221_subscription_input_conformance', () => {
    expect(faults(asked(), PROFILE.pasSubscription)).toEqual([])
  })
  it('subscriptions_r4_server_notification_delivery', () => {
    expect(created.status).toBe(201)
    expect(at.vendor.of(id, 'handshake')).toHaveLength(1)
  })
  it('subscriptions_r4_server_creation_response_conformance', () => {
    expect(created.json.status).toBe('requested')
    expect(created.json.channel.header).toEqual(asked().channel.header)
    expect(faults(created.json, PROFILE.pasSubscription)).toEqual([])
  })
  it('subscriptions_r4_server_handshake_conformance', () => {
    const { bundle, status } = at.vendor.of(id, 'handshake')[0]!
    const [entry] = bundle.entry ?? []
    expect([bundle.type, status]).toEqual(['history', 'requested'])
    expect(entry?.request?.url).toMatch(new RegExp(`Subscription/${id}/\\$status$`))
    expect(entry?.response?.status).toBe('200')
    expect(part(bundle, 'topic')?.valueCanonical).toBe(asked().criteria)
  })
})

describe.each([
  ['approval', 'answer', 'A1'],
  ['denial', 'deny', 'A3'],
  ['pended', 'pend', 'A4'],
] as const)('2 %s', (name, behavior, code) => {
  let answer: Answer<Bundle>
  let bundle: Bundle
  beforeAll(async () => {
    at.payer.behavior = behavior
    bundle = newRequest().bundle as Bundle
    answer = await submit(bundle)
  })
  it(`pas_server_v221_pas_request_bundle_validation_test_${name}`, () => {
    expect(bundle.type).toBe('collection')
  })
  it(`pas_v221_claim_submit_operation_test_${name}`, () => {
    expect([200, 201]).toContain(answer.status)
    expect(answer.json.resourceType).toBe('Bundle')
    expect(answer.ms).toBeLessThan(15_000)
  })
  it(`pas_server_v221_decision_validation_test_${name}`, () => {
    expect(decisionsIn(answer.json)).toContain(`${SYSTEM.x12ReviewAction}#${code}`)
  })
})

describe('2.3 the notification of a pended request', () => {
  let id: string
  beforeAll(async () => {
    id = String((await post<Subscription>('Subscription', vendorSubscription(at.vendor))).json.id)
    await at.until(() => at.vendor.of(id, 'handshake').length === 1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    at.payer.behavior = 'pend'
    const { bundle, claimIdentifier } = newRequest()
    await submit(bundle)
    await at.payer.notify(claimIdentifier, 'A1')
    await at.until(() => at.vendor.of(id, 'event-notification').length > 0)
  })
  const event = () => at.vendor.of(id, 'event-notification')[0]!

  it('pas_server_v221_subscription_notification_wait_pended', () => {
    expect(at.vendor.of(id, 'event-notification')).toHaveLength(1)
  })
  it('pas_server_v221_subscription_notification_conformance_pended', () => {
    expect(event().status).toBe('active')
    expect(event().bundle.entry?.every(({ request, response }) => request && response)).toBe(true)
    expect(event().headers['content-type']).toMatch(/^application\/fhir\+json/)
    expect(event().headers).toMatchObject({ authorization: 'Bearer the-vendors-own', 'x-route': 'pas' })
  })
  it('pas_server_v221_subscription_notification_full_resource_conformance_pended', () => {
    const focus = part(event().bundle, 'notification-event')?.part?.find(({ name }) => name === 'focus')
    expect(event().bundle.entry?.map(({ fullUrl }) => fullUrl)).toContain(focus?.valueReference?.reference)
  })
  it('pas_server_v221_notification_pas_conformance_pended', () => {
    const focus = event().bundle.entry?.[1]?.resource as Bundle
    expect(focus.type).toBe('collection')
    expect(responseIn(focus).resourceType).toBe('ClaimResponse')
  })
})

describe('2.3 our own pended answer', () => {
  it('pas_server_v221_pas_response_bundle_validation_test_pended', async () => {
    at.payer.behavior = 'drop-after-processing'
    const answer = await submit(newRequest().bundle)
    expect(responseIn(answer.json).meta?.source).toBe(at.baseUrl)
    expect(faults(answer.json, PROFILE.pasResponseBundle)).toEqual([])
  })
})

describe('2.4 updates', () => {
  const BASE = EXT.certificationType.replace('extension-certificationType', '')
  const changed = (code: string) => ({ url: `${BASE}extension-infoChanged`, valueCode: code })
  const cancelled = [{ url: `${BASE}modifierextension-infoCancelled`, valueBoolean: true }]
  const certification = (code: string) => ({
    url: EXT.certificationType,
    valueCodeableConcept: { coding: [{ system: SYSTEM.x12CertificationType, code }] },
  })
  const withExtensions = (item: ClaimItem, ...more: NonNullable<ClaimItem['extension']>): ClaimItem => {
    const urls = more.map(({ url }) => url)
    return { ...item, extension: [...(item.extension ?? []).filter(({ url }) => !urls.includes(url)), ...more] }
  }
  const cancel = (item: ClaimItem): ClaimItem => ({
    ...withExtensions(item, changed('changed'), certification('3')),
    modifierExtension: cancelled,
  })

  /** The next version of a request: new identifiers, the prior Claim behind it. */
  function update(prior: Bundle, change: (claim: Claim) => Claim): Bundle {
    const [first, ...rest] = prior.entry ?? []
    const others = rest.filter(({ resource }) => resource?.resourceType !== 'Claim')
    const priorClaim = claimOf(prior)
    const next = change({
      ...priorClaim,
      id: randomUUID(),
      identifier: [{ system: 'urn:trnorg:1311234567', value: randomUUID() }],
      related: [
        {
          claim: { reference: String(first?.fullUrl) },
          relationship: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'prior' }],
          },
        },
      ],
      meta: { profile: [PROFILE.pasClaimUpdate] },
    })
    return {
      ...prior,
      identifier: { system: 'https://precert.example/submission', value: randomUUID() },
      entry: [
        { fullUrl: `urn:uuid:${String(next.id)}`, resource: next },
        ...others,
        { ...first, resource: priorClaim },
      ],
    }
  }
  const steps: [string, (claim: Claim) => Claim][] = [
    [
      'add_item',
      (claim) => {
        const [item] = claim.item ?? []
        const added = withExtensions({ ...item!, sequence: 9 }, changed('added'))
        return { ...claim, item: [...(claim.item ?? []), added] }
      },
    ],
    [
      'modify_cancel',
      (claim) => ({
        ...claim,
        item: (claim.item ?? []).map((item) =>
          item.sequence === 9
            ? cancel(item)
            : item.sequence === 1
              ? {
                  ...withExtensions(item, changed('changed'), certification('S')),
                  quantity: { ...item.quantity, value: 7 },
                }
              : item,
        ),
      }),
    ],
    [
      'cancel_all',
      (claim) => ({
        ...claim,
        extension: [...(claim.extension ?? []), certification('3')],
        item: (claim.item ?? []).map(cancel),
      }),
    ],
  ]
  const all: [string, Bundle, Answer<Bundle>][] = []
  beforeAll(async () => {
    at.payer.behavior = 'answer'
    let bundle = newRequest().bundle as Bundle
    all.push(['initial', bundle, await submit(bundle)])
    for (const [name, change] of steps) {
      bundle = update(bundle, change)
      all.push([name, bundle, await submit(bundle)])
    }
  })

  it.each(['initial', 'add_item', 'modify_cancel', 'cancel_all'])('pas_server_v221_claim_update_submit_%s', (name) => {
    const [, , answer] = all.find(([step]) => step === name)!
    expect(JSON.stringify((answer.json as unknown as OperationOutcome).issue ?? [])).toBe('[]')
    expect(answer.status).toBe(200)
    expect(responseIn(answer.json).resourceType).toBe('ClaimResponse')
  })
  const sequencesOf = (of: { sequence?: number; itemSequence?: number }[] | undefined) =>
    (of ?? []).map(({ sequence, itemSequence }) => sequence ?? itemSequence)
  it('pas_server_v221_claim_update_item_sequence_echo_test', () => {
    for (const [, bundle, { json }] of all)
      expect(sequencesOf(claimOf(bundle).item)).toEqual(expect.arrayContaining(sequencesOf(responseIn(json).item)))
  })
  it('pas_server_v221_claim_update_current_results_test', () => {
    for (const [, bundle, { json }] of all)
      expect(sequencesOf(responseIn(json).item)).toEqual(expect.arrayContaining(sequencesOf(claimOf(bundle).item)))
  })
})

describe('3 inquiry', () => {
  it('pas_v221_claim_inquire_operation_test_must_support', async () => {
    const bundle = newRequest().bundle as Bundle
    await submit(bundle)
    const { supportingInfo: _info, ...claim } = claimOf(bundle)
    const inquiry = { ...bundle, entry: [{ ...bundle.entry?.[0], resource: claim }, ...(bundle.entry ?? []).slice(1)] }
    const answer = await post<Parameters>('Claim/$inquire', inquiry)
    expect(answer.status).toBe(200)
    expect(answer.json.resourceType).toBe('Parameters')
    expect(answer.json.parameter?.map(({ name }) => name)).toEqual(['return'])
  })
})

describe('4 errors', () => {
  it.each([
    ['pas_server_v221_prior_auth_submission_error', 'Claim/$submit'],
    ['pas_server_v221_prior_auth_inquiry_error', 'Claim/$inquire'],
  ])('%s', async (_id, path) => {
    const answer = await post<OperationOutcome>(path, { resourceType: 'Bundle', type: 'collection', entry: [] })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.json.resourceType).toBe('OperationOutcome')
    expect(answer.json.issue.length).toBeGreaterThan(0)
  })
})
