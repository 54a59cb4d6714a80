/** Notifications, Subscriptions and inquiry answers, where PAS 2.0.1 and 2.2.1 part (pas.md §6.2, §13). */
import type { Bundle, ClaimResponse, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasLine, pasResponse } from '../../../test/support/pas-answer.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { validateMessage } from '../profile/validate.ts'
import { joinInquiryAnswers } from './inquiry-answer.ts'
import { findOwnAnswer, listInquiryBundles } from './inquiry-bundle.ts'
import { readNotification } from './notification.ts'
import { readPasResponse } from './read-pas-response.ts'
import { buildSubscription } from './subscription.ts'

const event = (focus: string | null) => ({
  resourceType: 'Bundle',
  type: 'history',
  entry: [
    {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'type', valueCode: 'event-notification' },
          {
            name: 'notification-event',
            part: [
              { name: 'event-number', valueString: '4' },
              ...(focus === null ? [] : [{ name: 'focus', valueReference: { reference: focus } }]),
            ],
          },
        ],
      },
    },
  ],
})

describe('a notification that only names the answer', () => {
  it('is one in 2.0.1, and none in 2.2.1', () => {
    const named = event('https://payer.example/fhir/ClaimResponse/r1')
    expect(readNotification(named, '2.0.1')).toMatchObject({
      ok: true,
      value: { events: [{ number: 4, response: null, focus: 'ClaimResponse/r1' }] },
    })
    expect(readNotification(named, '2.2.1')).toMatchObject({ ok: false, error: { reason: 'event-without-response' } })
  })

  it('is none where it names nothing', () => {
    expect(readNotification(event(null), '2.0.1')).toMatchObject({ ok: false })
  })
})

it('a Subscription asks for what every payer of the version must give', () => {
  const contentOf = (version: '2.0.1' | '2.2.1') =>
    JSON.stringify(buildSubscription('S1', 'https://us.example/notify', 'secret', version))
  expect(contentOf('2.2.1')).toContain('full-resource')
  expect(contentOf('2.2.1')).toContain('org-identifier=S1')
  expect(contentOf('2.0.1')).toContain('id-only')
  expect(contentOf('2.0.1')).toContain('"identifier=S1')
})

const response = (id: string): ClaimResponse =>
  ({
    resourceType: 'ClaimResponse',
    id,
    status: 'active',
    use: 'preauthorization',
    outcome: 'complete',
  }) as ClaimResponse
const several: Bundle<FhirResource> = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { fullUrl: 'https://payer.example/fhir/ClaimResponse/a', resource: response('a') },
    { fullUrl: 'urn:uuid:1', resource: response('b') },
    { fullUrl: 'https://payer.example/fhir/Patient/p', resource: { resourceType: 'Patient', id: 'p' } },
  ],
}

describe('the one Bundle of an inquiry in 2.0.1', () => {
  const now = '2026-11-29T10:00:00Z'
  const faultsIn = (bundle: unknown) =>
    validateMessage(profileSet('pas-2.0.1'), bundle).filter(
      ({ severity, path }) => severity === 'error' && !path.startsWith('Bundle.entry'),
    )

  it('holds every answer first, each other instance once, and when it was written', () => {
    const joined = joinInquiryAnswers(listInquiryBundles(several), now)
    const types = joined.entry?.map(({ resource }) => resource?.resourceType)
    expect(types).toEqual(['ClaimResponse', 'ClaimResponse', 'Patient'])
    expect(faultsIn(joined)).toEqual([])
  })

  it('claims no profile where nothing was found', () => {
    const empty = joinInquiryAnswers([], now)
    expect(empty).toEqual({ resourceType: 'Bundle', type: 'collection', timestamp: now })
    expect(faultsIn(empty)).toEqual([])
  })
})

describe('the answer to an inquiry', () => {
  it('is given once for each ClaimResponse of a Bundle, with all that it holds besides', () => {
    const bundles = listInquiryBundles(several)
    expect(bundles.map(({ entry }) => entry?.map(({ resource }) => resource?.id))).toEqual([
      ['a', 'p'],
      ['b', 'p'],
    ])
    expect(listInquiryBundles({ resourceType: 'Bundle', type: 'collection' })).toHaveLength(1)
  })

  it('keeps the name that the payer gives it', () => {
    const names = listInquiryBundles(several).map((one) => {
      const read = readPasResponse(one, { version: '2.0.1' })
      return read.ok ? read.value.reference : read.error
    })
    expect(names).toEqual(['ClaimResponse/a', 'ClaimResponse/b'])
  })

  it('to this request comes before one that only carries its trace numbers', () => {
    const named = (value: string) =>
      pasResponse({ answers: { reference: 'urn:uuid:trace', identifier: { system: null, value } } })
    const [later, own] = [{ response: named('LATER') }, { response: named('OWN') }]
    const request = { claimIdentifier: 'OWN', traces: ['urn:uuid:trace'], trackingNumbers: [] }
    expect(findOwnAnswer([later, own], request)).toBe(own)
    expect(findOwnAnswer([later], request)).toBe(later)
  })

  it('that names nothing is found by the number that the payer tracks it under, where one alone has it', () => {
    const tracked = (trackingNumber: string) => ({
      response: pasResponse({ lines: [pasLine(1, 'approved', { trackingNumber })] }),
    })
    const [other, own] = [tracked('NT2'), tracked('NT1')]
    const request = { claimIdentifier: 'OWN', traces: [], trackingNumbers: ['NT1'] }
    expect(findOwnAnswer([other, own], request)).toBe(own)
    expect(findOwnAnswer([other], request)).toBeUndefined()
    expect(findOwnAnswer([own, tracked('NT1')], request)).toBeUndefined()
  })

  it('knows its patient by the member number, else by every number', () => {
    const memberIdsOf = (identifier: object[]) => {
      const patient = { fullUrl: 'urn:uuid:p', resource: { resourceType: 'Patient', identifier } }
      const answer = { ...response('a'), patient: { reference: 'urn:uuid:p' } }
      const read = readPasResponse(
        { resourceType: 'Bundle', type: 'collection', entry: [{ resource: answer }, patient] },
        { version: '2.2.1' },
      )
      return read.ok ? read.value.memberIds : read.error
    }
    const system = 'http://terminology.hl7.org/CodeSystem/v2-0203'
    const member = { type: { coding: [{ system, code: 'MB' }] }, value: 'M1' }
    expect(memberIdsOf([{ value: 'MRN' }, member])).toEqual(['M1'])
    expect(memberIdsOf([{ value: 'MRN' }, { system: 'urn:x' }])).toEqual(['MRN'])
  })
})
