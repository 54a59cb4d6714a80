/** What a payer tells us later: authenticated, matched, applied once; late and repeated ones do no harm (pas.md §6.2). */
import { randomUUID } from 'node:crypto'
import type { Claim, ClaimResponse } from 'fhir/r4'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openFixture, PAYER, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let cases = 0
const newCase = (): string => `case-${++cases}`
const answers = (caseId: string): string[] =>
  at.told.filter((one) => one.caseId === caseId && one.what === 'answered').map(({ detail }) => detail)

const subscription = () => [...at.payer.subscriptions.values()][0]!

beforeAll(async () => {
  at = await openFixture()
  await at.until(async () => {
    const [row] = await at.store.read((tx) => at.store.subscriptions.listByParty(tx, TENANT, 'payer', PAYER))
    return row?.status === 'active'
  })
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'pend', deduplicates: false, knowsByInquiry: false, trackingNumber: null })
  at.unmatched.length = 0
})

describe('our Subscription at a payer', () => {
  it('asks for what our sender id sent, in full, by rest-hook, with a bearer of its own', () => {
    const { channel, criteria, _criteria, status } = subscription()
    expect(status).toBe('requested')
    expect(criteria).toContain('PASSubscriptionTopic')
    expect(_criteria?.extension?.[0]?.valueString).toBe('org-identifier=PRECERT01')
    expect(channel).toMatchObject({ type: 'rest-hook', endpoint: `${at.baseUrl}/pas/notify/${PAYER}` })
    expect(channel._payload?.extension?.[0]?.valueCode).toBe('full-resource')
    expect(channel.header?.[0]).toMatch(/^Authorization: Bearer .{40,}$/)
  })

  it('is kept over a restart, and made anew when the payer has lost it', async () => {
    await at.crash()
    await at.restart()
    await at.until(async () => (await dueSubscriptions()) === 0)
    expect(at.payer.subscriptions.size).toBe(1)
    at.payer.subscriptions.clear()
    await at.crash()
    await at.restart()
    await at.until(() => at.payer.subscriptions.size === 1)
    await at.until(async () => (await dueSubscriptions()) === 0)
  })

  async function dueSubscriptions(): Promise<number> {
    return (await at.store.read((tx) => at.store.jobs.nextRunAt(tx, ['pas-subscribe']))) === undefined ? 0 : 1
  }
})

describe('a notification about a pended request', () => {
  const NUMBER = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-administrationReferenceNumber'
  const number = (valueString: string) => ({ url: NUMBER, valueString })

  /** Pends a request, then has the payer tell its decision, changed. */
  async function decide(change: (response: ClaimResponse, claim: Claim) => void, settled: () => boolean | undefined) {
    const id = newCase()
    const identifier = await at.submit(id)
    await at.until(() => answers(id).length === 1)
    const claim = at.payer.lastRequest?.entry?.[0]?.resource as Claim
    const stripped = (response: ClaimResponse): void => {
      for (const item of response.item ?? []) delete item.extension
      change(response, claim)
    }
    expect(await at.payer.notify(identifier, 'A1', { change: stripped })).toEqual([200])
    await at.until(() => answers(id).length === 2 || settled() === true)
    return answers(id).slice(1)
  }
  const never = () => false
  it.each(['', 'https://payer.example/fhir/'])('that refers to our Claim by its id is taken: %s', async (base) => {
    const told = await decide((response, { id }) => {
      response.request = { reference: `${base}Claim/${id ?? ''}` }
    }, never)
    expect(told).toEqual(['payer approved'])
  })

  it('that refers so, and says what is wrong, is taken', async () => {
    const told = await decide((response, { id }) => {
      response.request = { reference: `Claim/${id ?? ''}` }
      response.outcome = 'error'
      delete response.item
      response.error = [{ code: { coding: [{ system: 'https://codesystem.x12.org/005010/901', code: '57' }] } }]
    }, never)
    expect(told).toEqual(['payer error'])
  })

  it('that names nothing is taken for the patient and the number that the payer tracks it under', async () => {
    at.payer.trackingNumber = 'NT-501'
    const told = await decide((response) => {
      response.request = { display: 'as asked' }
      response.patient = { identifier: { value: 'CSA100001' } }
      for (const item of response.item ?? []) item.extension = [number('NT-501')]
    }, never)
    expect(told).toEqual(['payer approved'])
  })

  it.each([
    ['names nothing and has no number of ours', 'none', {}, 'NT-unheard-of'],
    ['has a number of ours for another patient', 'none', { identifier: { value: 'somebody' } }, 'NT-502'],
    ['refers to a Claim that nobody sent', 'none', {}, null],
  ] as const)('that %s is nobody’s, and we are told without its content', async (_, reason, patient, said) => {
    at.payer.trackingNumber = 'NT-502'
    const told = await decide(
      (response) => {
        response.request = said === null ? { reference: `Claim/${randomUUID()}` } : { display: 'as asked' }
        response.patient = patient
        for (const item of response.item ?? []) if (said !== null) item.extension = [number(said)]
      },
      () => at.unmatched.length > 0,
    )
    expect(told).toEqual([])
    expect(at.unmatched).toEqual([{ payerId: PAYER, reason, ref: expect.any(String) }])
    const kept = await at.store.read((tx) => at.store.exchanges.find(tx, TENANT, at.unmatched[0]?.ref ?? ''))
    expect(kept?.kind).toBe('pas-notification')
  })

  it('is nobody’s where the payer tracks two of the patient’s requests under the number', async () => {
    at.payer.trackingNumber = 'NT-503'
    await at.submit(newCase())
    const told = await decide(
      (response) => {
        response.request = { display: 'as asked' }
        response.patient = { identifier: { value: 'CSA100001' } }
        for (const item of response.item ?? []) item.extension = [number('NT-503')]
      },
      () => at.unmatched.length > 0,
    )
    expect(told).toEqual([])
    expect(at.unmatched).toMatchObject([{ reason: 'several' }])
  })
})

describe('a notification', () => {
  it('brings the decision on a pended request', async () => {
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => answers(id).length === 1)
    expect(await at.payer.notify(claim, 'A1')).toEqual([200])
    await at.until(() => answers(id).length === 2)
    expect(answers(id)).toEqual(['payer pended', 'payer approved'])
  })

  it('is applied once however often it comes', async () => {
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => answers(id).length === 1)
    expect(await at.payer.notify(claim, 'A1', { number: 501, times: 4 })).toEqual([200, 200, 200, 200])
    await at.payer.notify(claim, 'A1', { number: 501 })
    await at.until(() => answers(id).length === 2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(answers(id)).toEqual(['payer pended', 'payer approved'])
    const exchanges = await at.store.read((tx) => at.store.exchanges.listByCase(tx, TENANT, id))
    expect(exchanges.filter(({ kind }) => kind === 'pas-notification')).toHaveLength(1)
  })

  it('settles a request that is unknown, before anything else is tried', async () => {
    at.payer.behavior = 'drop-after-processing'
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => at.told.some((one) => one.caseId === id && one.detail === 'waiting'))
    await at.payer.notify(claim, 'A3')
    await at.until(() => answers(id).length === 1)
    expect(answers(id)).toEqual(['payer denied'])
    const inquiries = at.payer.inquiries.length
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(at.payer.inquiries.length).toBe(inquiries)
    expect(at.told.filter((one) => one.caseId === id).at(-1)?.what).toBe('answered')
  })

  it('is taken even when it comes before the answer to the request itself', async () => {
    Object.assign(at.payer, { behavior: 'silent-after-processing', silenceMs: 700 })
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => at.payer.processed.get(claim) === 1)
    await at.payer.notify(claim, 'A1')
    await at.until(() => answers(id).length > 0)
    expect(answers(id)[0]).toBe('payer approved')
  })

  it('about a request that is not ours is taken and kept apart', async () => {
    const told = at.told.length
    const [, header = ''] = subscription().channel.header?.[0]?.split(': ') ?? []
    const foreign = await at.submit(newCase())
    await at.until(() => at.payer.processed.get(foreign) === 1)
    const body = JSON.stringify({
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
                  { name: 'event-number', valueString: '900' },
                  { name: 'focus', valueReference: { reference: 'urn:uuid:x' } },
                ],
              },
            ],
          },
        },
        { fullUrl: 'urn:uuid:x', resource: { resourceType: 'Bundle', type: 'collection', entry: [] } },
      ],
    })
    const sent = await fetch(`${at.baseUrl}/pas/notify/${PAYER}`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', authorization: header },
      body,
    })
    expect(sent.status).toBe(200)
    await at.until(() => at.unmatched.length > 0)
    expect(at.unmatched).toMatchObject([{ payerId: PAYER, reason: 'unreadable' }])
    expect(at.told.slice(told).filter(({ what }) => what !== 'answered' && what !== 'sent')).toEqual([])
  })

  it('without our bearer, or not a notification at all, is refused', async () => {
    const [, header = ''] = subscription().channel.header?.[0]?.split(': ') ?? []
    const send = async (payerId: string, authorization: string, body: unknown): Promise<number> =>
      (
        await fetch(`${at.baseUrl}/pas/notify/${payerId}`, {
          method: 'POST',
          headers: { 'content-type': 'application/fhir+json', authorization },
          body: JSON.stringify(body),
        })
      ).status
    const bundle = { resourceType: 'Bundle', type: 'history' }
    expect(await send(PAYER, 'Bearer guessed', bundle)).toBe(401)
    expect(await send('another-payer', header, bundle)).toBe(401)
    expect(await send(PAYER, header, bundle)).toBe(400)
    expect(await send(PAYER, header, { resourceType: 'Patient' })).toBe(400)
  })
})
