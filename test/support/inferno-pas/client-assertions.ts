/**
 * The assertions of the public PAS test kit's client suites (pas.md §11.2, §5.1), by name, on what our client sent to the
 * sandbox payer and what it made of the answers. Those that look at the payer's side judge the sandbox payer.
 */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { expect } from 'vitest'
import type { Parameters } from 'fhir/r4'
import { without } from '../../../src/app/testing/must-support-elements.ts'
import { EXT, PAS_SUBSCRIPTION_TOPIC, PROFILE, SYSTEM } from '../../../src/domain/fhir/canonical.ts'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { readPasResponse } from '../../../src/domain/pas/read-pas-response.ts'
import { applyAnswer } from '../../../src/domain/tracking/apply-answer.ts'
import { caseTitle } from '../../../src/domain/tracking/case-title.ts'
import english from '../../../src/app/locales/en.json' with { type: 'json' }
import { claimIn } from '../client-requests.ts'
import type { Heard } from '../intermediary-fixture.ts'
import * as check from './checks.ts'
import { STEPS, summaryOf, type ClientPlay, type Message, type Sent } from './client-play.ts'
import { MUST_SUPPORT, type Listed } from './must-support.ts'
import { keyOf } from './names.ts'
import { isShown, notShown } from './shown.ts'
import * as update from './update-checks.ts'

export type Assertion<Play> = (play: Play) => void | Promise<void>
export type Table<Play> = Readonly<Record<string, Assertion<Play>>>
type Client = Table<ClientPlay>
type Workflow = 'approval' | 'denial' | 'pended' | 'modification' | 'error'

const ORDERS: readonly Listed[] = ['device_request', 'medication_request', 'nutrition_order', 'service_request']
const SUBMIT_OTHERS: readonly Listed[] = [
  ...(['pas_request_bundle', 'coverage', 'encounter', 'insurer', 'requestor', 'beneficiary'] as const),
  ...(['subscriber', 'practitioner', 'practitioner_role'] as const),
]
const INQUIRE_OTHERS = SUBMIT_OTHERS.filter((listed) => listed !== 'encounter' && listed !== 'pas_request_bundle')
const SUBMIT_RESPONSE: readonly Listed[] = [
  ...(['pas_response_bundle', 'claimresponse', 'communication_request', 'insurer', 'requestor'] as const),
  ...(['beneficiary', 'practitioner', 'practitioner_role', 'task'] as const),
]
const INQUIRE_RESPONSE: readonly Listed[] = [
  ...(['pas_inquiry_response_bundle', 'claiminquiryresponse', 'insurer', 'requestor'] as const),
  ...(['beneficiary', 'practitioner', 'practitioner_role', 'task'] as const),
]

const answerTo = ({ answer }: Sent): Message => {
  if (answer.resourceType !== 'Bundle') throw new Error(JSON.stringify(answer))
  return answer
}
const chainOf = ({ updates }: ClientPlay): update.Chain => [
  updates.initial.request,
  updates.add_item.request,
  updates.modify_cancel.request,
  updates.cancel_all.request,
]
/** The four submits of every kind of request. */
const chainsOf = ({ gathered }: ClientPlay): update.Chain[] =>
  gathered.flatMap((_one, index) =>
    index % STEPS.length === 0
      ? [gathered.slice(index, index + STEPS.length).map(({ request }) => request) as unknown as update.Chain]
      : [],
  )
const missing = (version: PasVersion, bundles: readonly Message[], listed: readonly Listed[]): string[] =>
  listed.flatMap((one) => notShown(bundles, one, MUST_SUPPORT[version][one]))

/** What the case page says once the case has heard this. */
function saidOf({ response }: Heard, { request }: Sent): { state: string; lines: string[]; title: string } {
  if (response === null) throw new Error('there is no answer')
  const known = (claimIn(request).item ?? []).map(({ sequence }) => ({
    sequence,
    asked: null,
    authorizationNumber: null,
    status: 'none' as const,
  }))
  const { state, lines, requests } = applyAnswer(known, [], response)
  const statuses = lines.map(({ status }) => status)
  const { key } = caseTitle({
    state,
    payerName: 'CareSource Ohio',
    payerPhone: null,
    lines: statuses,
    openRequests: requests.filter(({ answered }) => !answered).length,
    openAnswers: null,
    unknownStep: null,
  })
  const words: Readonly<Record<string, string>> = english
  return { state, lines: statuses, title: words[key] ?? words[`${key}_one`] ?? '' }
}

/** One submit arrived, and was answered with the decision that the group is about. */
const arrived =
  (of: Workflow, code: string): Assertion<ClientPlay> =>
  (play) => {
    const name = claimIn(play[of].request).identifier?.[0]?.value
    const submits = play.stage.exchanges(/Claim\/\$submit$/).filter(({ request }) => {
      const { identifier } = claimIn(JSON.parse(request) as Message)
      return identifier?.[0]?.value === name
    })
    expect(submits).toHaveLength(1)
    expect(check.decisionsIn(check.responseIn(answerTo(play[of])))).toEqual([`${SYSTEM.x12ReviewAction}#${code}`])
  }
const validRequest =
  (of: Workflow): Assertion<ClientPlay> =>
  (play) =>
    expect(check.requestFaults(play.version, play[of].request)).toEqual([])
const validResponse =
  (of: Workflow): Assertion<ClientPlay> =>
  (play) =>
    expect(check.responseFaults(play.version, answerTo(play[of]))).toEqual([])
const attested =
  (of: Workflow, state: string, line: string, title: RegExp): Assertion<ClientPlay> =>
  (play) => {
    const said = saidOf(play[of].heard, play[of])
    expect([said.state, said.lines]).toEqual([state, [line]])
    expect(said.title).toMatch(title)
  }

function workflow(group: Workflow, prefix: string, code: string, said: Assertion<ClientPlay>): Client {
  return {
    [keyOf(group, `${prefix}${group}_submit_test`)]: arrived(group, code),
    [keyOf(group, `${prefix}request_bundle_validation_test`)]: validRequest(group),
    [keyOf(group, `${prefix}response_bundle_validation_test`)]: validResponse(group),
    [keyOf(group, `${prefix}response_attest`)]: said,
  }
}

/** A JWKS that a payer can verify us by, and no more than that. */
async function hasUsableJwks({ stage }: ClientPlay): Promise<void> {
  const answer = await fetch(`${stage.precert.baseUrl}/.well-known/jwks.json`)
  const { keys } = (await answer.json()) as JSONWebKeySet
  expect(answer.status).toBe(200)
  expect(keys.map(({ alg }) => alg).toSorted()).toEqual(['ES384', 'RS384'])
  for (const key of keys) {
    expect(key.kid).toBeTruthy()
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
  }
}

const registration = (): Client => ({
  [keyOf('registration', 'smart_client_registration_bsca_verification')]: hasUsableJwks,
})

async function asksForTokens({ stage }: ClientPlay): Promise<void> {
  const { keys } = stage.precert.publicJwks
  const asked = stage.exchanges(/\/oauth\/token$/)
  expect(asked.length).toBeGreaterThan(0)
  const seen = new Set<unknown>()
  for (const { request, status } of asked) {
    const form = new URLSearchParams(request)
    expect(status).toBe(200)
    expect(form.get('grant_type')).toBe('client_credentials')
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(form.get('scope')).toBeTruthy()
    const assertion = form.get('client_assertion') ?? ''
    const header = decodeProtectedHeader(assertion)
    expect(header.typ).toBe('JWT')
    expect(['ES384', 'RS384']).toContain(header.alg)
    expect(keys.map(({ kid }) => kid)).toContain(header.kid)
    const audience = `${stage.payerUrl}/oauth/token`
    // By the keys that the payer is told of; long ago, where the play took longer than an assertion lives.
    const issuedBy = { audience, issuer: 'precert', subject: 'precert', clockTolerance: 3_600 }
    const { payload } = await jwtVerify(assertion, createLocalJWKSet({ keys: [...keys] }), issuedBy)
    expect(payload.exp).toBeDefined()
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300)
    expect(seen.has(payload.jti)).toBe(false)
    seen.add(payload.jti)
  }
}

/** The payer turns away whoever has no token of its own, and turned none of our calls away. */
async function usesTokens({ stage, version }: ClientPlay): Promise<void> {
  const base = stage.payerUrl + (version === '2.2.1' ? '/fhir' : '/pas/2.0/fhir')
  for (const token of [undefined, 'Bearer none-of-its-own']) {
    const headers = {
      'content-type': 'application/fhir+json',
      ...(token === undefined ? {} : { authorization: token }),
    }
    const refused = await fetch(`${base}/Claim/$submit`, { method: 'POST', headers, body: '{}' })
    expect(refused.status).toBe(401)
  }
  const ours = stage.exchanges(/\/(Claim\/\$submit|Claim\/\$inquire|Subscription)$/)
  expect(ours.filter(({ request }) => request !== '{}' && request !== '').map(({ status }) => status)).not.toContain(
    401,
  )
}

const tokens = (): Client => ({
  [keyOf('tokens', 'smart_client_token_request_bsca_verification')]: asksForTokens,
  [keyOf('tokens', 'smart_client_token_use_verification')]: usesTokens,
})

const CONTENT = { '2.2.1': 'full-resource', '2.0.1': 'id-only' } as const
const FILTER = { '2.2.1': /^org-identifier=\S+$/, '2.0.1': /^identifier=\S+$/ } as const

function subscribes({ subscriptions }: ClientPlay): void {
  expect(subscriptions).toHaveLength(1)
  const [{ channel }] = subscriptions as [(typeof subscriptions)[number]]
  expect(channel.type).toBe('rest-hook')
  expect(channel.extension?.map(({ url }) => url) ?? []).not.toContain(EXT.backportHeartbeatPeriod)
}

function subscriptionConforms({ subscriptions, version }: ClientPlay): void {
  for (const { status, criteria, _criteria, channel, ...rest } of subscriptions) {
    expect(status).toBe('requested')
    expect(criteria).toBe(PAS_SUBSCRIPTION_TOPIC)
    expect(_criteria?.extension?.find(({ url }) => url === EXT.backportFilterCriteria)?.valueString).toMatch(
      FILTER[version],
    )
    const content = channel._payload?.extension?.find(({ url }) => url === EXT.backportPayloadContent)?.valueCode
    expect([channel.type, channel.payload, content]).toEqual(['rest-hook', 'application/fhir+json', CONTENT[version]])
    const whole = { ...rest, status, criteria, ...(_criteria === undefined ? {} : { _criteria }), channel }
    const profiles = version === '2.2.1' ? [PROFILE.pasSubscription] : []
    expect(check.profileFaults(version, whole, ...profiles)).toEqual([])
  }
}

/** The payer makes a Subscription active where its handshake was answered with 2xx, and only there. */
const shookHands: Assertion<ClientPlay> = async ({ stage }) => {
  const handshakes = stage.sent(/\/pas\/notify\//).filter((body) => body.includes('"handshake"'))
  expect(handshakes).toHaveLength(1)
  expect((await summaryOf(stage)).subscriptions.map(({ status }) => status)).toEqual(['active'])
}

function subscription(version: PasVersion): Client {
  const prefix = version === '2.2.1' ? 'pas_client_v221_' : 'pas_client_v201_'
  return {
    [keyOf('subscription', `${prefix}subscription_create_test`)]: subscribes,
    [keyOf('subscription', 'pas_client_subscription_pas_conformance_test')]: subscriptionConforms,
    [keyOf('subscription', 'subscriptions_r4_client_handshake_notification_verification')]: shookHands,
    ...(version === '2.2.1'
      ? {}
      : {
          [keyOf('subscription', 'subscriptions_r4_client_subscription_verification')]: (play: ClientPlay) => {
            for (const one of play.subscriptions)
              expect(check.profileFaults(version, one, PROFILE.backportSubscription)).toEqual([])
          },
        }),
  }
}

const partOf = (body: Message, name: string) =>
  (body.entry?.[0]?.resource as Parameters).parameter?.find((one) => one.name === name)
const focusOf = ({ body }: ClientPlay['event']): string =>
  partOf(body, 'notification-event')?.part?.find(({ name }) => name === 'focus')?.valueReference?.reference ?? ''

function isNotification({ event, version }: ClientPlay): void {
  const { body } = event
  expect(body.type).toBe('history')
  expect(partOf(body, 'status')?.valueCode).toBe('active')
  expect(partOf(body, 'type')?.valueCode).toBe('event-notification')
  expect(body.entry?.every(({ request, response }) => request !== undefined && response !== undefined)).toBe(true)
  expect(check.profileFaults(version, body.entry?.[0]?.resource, PROFILE.backportStatus)).toEqual([])
}

/** As the Subscription asked: the whole answer in 2.2.1, its name alone in 2.0.1. */
function isAsSubscribed({ event, version, pended }: ClientPlay): void {
  const { entry } = event.body
  if (version === '2.0.1') {
    expect(entry).toHaveLength(1)
    expect(focusOf(event)).toBe(answerTo(pended).entry?.[0]?.fullUrl)
  } else expect(entry?.slice(1).map(({ fullUrl }) => fullUrl)).toEqual([focusOf(event)])
}

function pended(version: PasVersion): Client {
  const prefix = version === '2.2.1' ? 'pas_client_v221_' : 'pas_client_v201_'
  const key = (name: string): string => keyOf('pended', name)
  const final: Assertion<ClientPlay> = (play) => {
    const said = saidOf(play.event.final, play.pended)
    expect([said.state, said.lines]).toEqual(['approved', ['approved']])
    expect(said.title).toMatch(/^Approved/)
  }
  return {
    ...workflow('pended', prefix, 'A4', attested('pended', 'pended', 'pended', /is reviewing the request/)),
    [key('subscriptions_r4_client_notification_input_verification')]: isNotification,
    [key('subscriptions_r4_client_notification_input_payload_verification')]: isAsSubscribed,
    [key('subscriptions_r4_client_event_notification_verification')]: ({ event }) =>
      expect([event.status !== null && event.status >= 200 && event.status < 300, event.status]).toEqual([
        true,
        event.status,
      ]),
    [key(`${prefix}response_attest (final)`)]: final,
    ...(version === '2.2.1'
      ? {
          [key('pas_notification_pas_conformance_test')]: ({ event }: ClientPlay) => {
            const told = event.body.entry?.find(({ fullUrl }) => fullUrl === focusOf(event))?.resource as Message
            expect(check.responseFaults('2.2.1', told)).toEqual([])
          },
        }
      : {
          [key(`${prefix}inquire_request_bundle_validation_test`)]: ({ pendedInquiries }: ClientPlay) => {
            expect(pendedInquiries.length).toBeGreaterThan(0)
            for (const { request } of pendedInquiries) expect(check.inquiryFaults(version, request)).toEqual([])
          },
          [key(`${prefix}inquire_response_bundle_validation_test`)]: ({ pendedInquiries }: ClientPlay) => {
            const found = pendedInquiries.flatMap(({ answer }) => check.inquiryAnswers(version, answer))
            expect(found.length).toBeGreaterThan(0)
            for (const { answer } of pendedInquiries) expect(check.inquiryAnswerFaults(version, answer)).toEqual([])
          },
        }),
  }
}

function updates(): Client {
  const key = (name: string): string => keyOf('claim update', `pas_client_v221_claim_update_${name}`)
  const ofAll =
    (faults: (chain: update.Chain) => string[]): Assertion<ClientPlay> =>
    (play) => {
      for (const chain of chainsOf(play)) expect(faults(chain)).toEqual([])
    }
  const inOrder =
    (at: number): Assertion<ClientPlay> =>
    (play) => {
      const arrivals = play.stage.exchanges(/Claim\/\$submit$/).map(({ request }) => request)
      const place = (index: number): number => arrivals.indexOf(JSON.stringify(chainOf(play)[index]))
      expect(place(at)).toBeGreaterThan(at === 0 ? -1 : place(at - 1))
      expect(play.updates[STEPS[at] ?? 'initial'].status).toBe(200)
    }
  const someCancelled = (play: ClientPlay): void => {
    for (const chain of chainsOf(play)) expect(update.countCancelled(chain)).toBeGreaterThan(0)
  }
  return {
    ...Object.fromEntries(
      STEPS.flatMap((step, at): [string, Assertion<ClientPlay>][] => [
        [key(`${step}_submit_test`), inOrder(at)],
        [
          key(`request_validation_${step}`),
          (play) => {
            for (const chain of chainsOf(play)) expect(check.requestFaults('2.2.1', chain[at] as Message)).toEqual([])
          },
        ],
        [
          key(`response_validation_${step}`),
          ({ updates: all }) => expect(check.responseFaults('2.2.1', answerTo(all[step]))).toEqual([]),
        ],
      ]),
    ),
    [key('referenced_claim_test')]: ofAll(update.referencedClaim),
    [key('grandparent_excluded_test')]: ofAll(update.grandparentExcluded),
    [key('referenced_resources_test')]: ofAll(update.referencedResources),
    [key('entries_preserved_test')]: ofAll(update.entriesPreserved),
    [key('cancelled_entries_test')]: (play) => {
      someCancelled(play)
      return ofAll(update.cancelledEntries)(play)
    },
    [key('cancelled_items_certtype_test')]: (play) => {
      someCancelled(play)
      return ofAll(update.cancelledItems)(play)
    },
    [key('changed_entries_test')]: ofAll(update.changedEntries),
    [key('cancel_request_test')]: ofAll(update.cancelRequest),
  }
}

function modification(): Client {
  return {
    ...workflow(
      'modification',
      'pas_client_v221_',
      'A6',
      attested('modification', 'modified', 'modified', /^Approved as modified/),
    ),
    [keyOf('modification', 'pas_client_v221_modification_verification_test')]: (play) => {
      const { item, addItem } = check.responseIn(answerTo(play.modification))
      const [modified] = (item ?? []).filter((one) =>
        check
          .decisionsIn({ ...check.responseIn(answerTo(play.modification)), item: [one] })
          .includes(`${SYSTEM.x12ReviewAction}#A6`),
      )
      expect(addItem?.map(({ itemSequence }) => itemSequence)).toContainEqual([modified?.itemSequence])
      // What is allowed is what the user sees, not what was asked for.
      const granted = addItem?.[0]?.quantity?.value
      expect(play.modification.heard.response?.lines[0]?.allowed?.value).toBe(String(granted))
      expect(granted).toBeLessThan(claimIn(play.modification.request).item?.[0]?.quantity?.value ?? 0)
    },
  }
}

const shownAnswers = (play: ClientPlay): Message[] => check.inquiryAnswers(play.version, play.shownByInquiry.answer)

/** Each element changes what our client reads: without it, it would read something else. */
function isRead(answer: Message, listed: readonly Listed[]): void {
  const read = (bundle: unknown) => readPasResponse(bundle, { version: '2.2.1', requestedSequences: [1, 2, 3, 4, 5] })
  const whole = read(answer)
  expect(whole.ok).toBe(true)
  const unread = listed
    .flatMap((one) => MUST_SUPPORT['2.2.1'][one])
    .filter((id) => JSON.stringify(read(without(answer, id))) === JSON.stringify(whole))
  expect(unread).toEqual([])
}

function mustSupport(version: PasVersion): Client {
  const prefix = version === '2.2.1' ? 'pas_client_v221_' : 'pas_client_v201_'
  const key = (name: string): string => keyOf('must support', prefix + name)
  const submits = (play: ClientPlay): Message[] => play.gathered.map(({ request }) => request)
  const inquiries = (play: ClientPlay): Message[] => play.inquired.map(({ request }) => request)
  const showing =
    (from: (play: ClientPlay) => Message[], ...listed: Listed[]): Assertion<ClientPlay> =>
    (play) =>
      expect(missing(version, from(play), listed)).toEqual([])
  const lists = (what: string, listed: readonly Listed[], from: (play: ClientPlay) => Message[]): Client =>
    Object.fromEntries(listed.map((one) => [key(`${what}_must_support_${one}`), showing(from, one)]))
  const common: Client = {
    [key('gather_must_support')]: ({ gathered, inquired }) => {
      expect([...gathered, ...inquired].map(({ status }) => status)).not.toContainEqual(
        expect.not.toBeOneOf([200, 201]),
      )
      expect(gathered.length).toBeGreaterThan(30)
      expect(inquired.length).toBeGreaterThan(50)
    },
    ...lists('submit_response', SUBMIT_RESPONSE, ({ showcase }) => [answerTo(showcase)]),
    ...lists('inquire_response', INQUIRE_RESPONSE, shownAnswers),
  }
  if (version === '2.0.1')
    return {
      ...common,
      [key('must_support_request_profiles')]: showing(submits, ...ORDERS),
      ...lists('submit_request', ['claim_update', ...SUBMIT_OTHERS], submits),
      ...lists('inquire_request', ['pas_inquiry_request_bundle', ...INQUIRE_OTHERS], inquiries),
      // The whole's certification type is of 2.2.1: our 2.0.1 has none to ask by (pas.md §13).
      [key('inquire_request_must_support_claim_inquiry')]: (play) =>
        expect(missing(version, inquiries(play), ['claim_inquiry'])).toEqual(['Claim.extension:certificationType']),
    }
  return {
    ...common,
    [key('request_bundle_validation_test (submit)')]: (play) => {
      for (const bundle of submits(play)) expect(check.requestFaults(version, bundle)).toEqual([])
    },
    [key('request_bundle_validation_test (inquire)')]: (play) => {
      for (const bundle of inquiries(play)) expect(check.inquiryFaults(version, bundle)).toEqual([])
    },
    [key('response_bundle_validation_test (submit)')]: ({ showcase }) =>
      expect(check.responseFaults(version, answerTo(showcase))).toEqual([]),
    [key('response_bundle_validation_test (inquire)')]: (play) => {
      expect(shownAnswers(play)).toHaveLength(1)
      expect(check.inquiryAnswerFaults(version, play.shownByInquiry.answer)).toEqual([])
    },
    [key('submit_request_profiles_must_support_with_attestation_option')]: showing(submits, ...ORDERS),
    [key('submit_request_must_support_claim_update')]: showing(submits, 'claim_update'),
    [key('submit_request_other_must_support_with_attestation_option')]: showing(submits, ...SUBMIT_OTHERS),
    [key('response_attest (submit)')]: ({ showcase }) =>
      isRead(answerTo(showcase), ['claimresponse', 'task', 'communication_request']),
    [key('inquire_request_must_support_claim_inquiry')]: showing(inquiries, 'claim_inquiry'),
    [key('inquire_request_other_must_support_with_attestation_option')]: showing(
      inquiries,
      'pas_inquiry_request_bundle',
      ...INQUIRE_OTHERS,
    ),
    [key('response_attest (inquire)')]: (play) => {
      const [answer] = shownAnswers(play)
      isRead(answer as Message, ['claiminquiryresponse', 'task'])
    },
  }
}

function failures(): Client {
  const failure = (name: string): string => keyOf('operation failure', `pas_client_v221_${name}`)
  const error = (name: string): string => keyOf('processing error', `pas_client_v221_${name}`)
  return {
    [failure('operation_failure_submit_test')]: (play) => {
      expect(play.failure.status).toBe(422)
      expect(check.requestFaults('2.2.1', play.failure.request)).toEqual([])
    },
    [failure('operation_outcome_validation_test')]: (play) => {
      if (play.failure.answer.resourceType !== 'OperationOutcome') throw new Error('no OperationOutcome came')
      expect(check.outcomeFaults('2.2.1', play.failure.answer)).toEqual([])
    },
    // The user learns that it failed, the staff get the payer's words, and its answer is kept as it came.
    [failure('response_attest')]: async ({ failure: { caseId, heard }, stage: { precert } }) => {
      const told = precert.told.filter((one) => one.caseId === caseId)
      expect(told.map(({ what }) => what)).toContain('refused')
      expect(heard.errors.map((one) => JSON.stringify(one)).join()).toContain('This payer takes nothing now.')
      const row = await precert.store.read((tx) => precert.store.exchanges.find(tx, 'clinic', heard.exchangeId ?? ''))
      expect(new TextDecoder().decode(row?.body)).toContain('This payer takes nothing now.')
    },
    [error('processing_error_submit_test')]: (play) => {
      expect(play.error.status).toBe(200)
      expect(check.responseIn(answerTo(play.error)).outcome).toBe('error')
    },
    [error('request_bundle_validation_test')]: validRequest('error'),
    [error('processing_error_response_validation_test')]: (play) => {
      expect(check.responseFaults('2.2.1', answerTo(play.error))).toEqual([])
      expect(isShown([check.responseIn(answerTo(play.error))], 'ClaimResponse.error.code')).toBe(true)
    },
    [error('response_attest')]: ({ error: sent }) => {
      const said = saidOf(sent.heard, sent)
      expect(said.state).toBe('rejected')
      expect(said.title).toMatch(/^Rejected/)
      expect(sent.heard.response?.errors[0]).toMatchObject({ code: '75' })
    },
  }
}

/** The table of a version: each name with its assertion. */
export function clientTable(version: PasVersion): Client {
  const prefix = version === '2.2.1' ? 'pas_client_v221_' : 'pas_client_v201_'
  return {
    ...registration(),
    ...subscription(version),
    ...workflow('approval', prefix, 'A1', attested('approval', 'approved', 'approved', /^Approved/)),
    ...workflow('denial', prefix, 'A3', attested('denial', 'denied', 'denied', /^Denied/)),
    ...pended(version),
    ...mustSupport(version),
    ...tokens(),
    ...(version === '2.2.1' ? { ...updates(), ...modification(), ...failures() } : {}),
  }
}
