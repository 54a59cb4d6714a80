import type { Bundle, ClaimResponse, FhirResource, OperationOutcome, Parameters } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { PayerOptions } from './options.ts'
import { loadRequest, startTestPayer, until, type TestPayer } from './test-support.ts'

const open: TestPayer[] = []
async function start(change: Partial<PayerOptions> = {}): Promise<TestPayer> {
  const payer = await startTestPayer(change)
  open.push(payer)
  return payer
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((payer) => payer.close()))
})

/** The fixture under another member number. */
async function requestOf(
  memberId: string,
  edit: (bundle: Bundle<FhirResource>) => void = () => undefined,
): Promise<string> {
  const bundle = JSON.parse(
    JSON.stringify(await loadRequest()).replaceAll('CSA100001', memberId),
  ) as Bundle<FhirResource>
  edit(bundle)
  return JSON.stringify(bundle)
}
const submit = (payer: TestPayer, body: string, operation = '$submit'): Promise<Response> =>
  payer.fhir(`Claim/${operation}`, body)
const read = (bundle: Bundle): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse
const actionsOf = (response: ClaimResponse): (string | undefined)[] =>
  (response.item ?? []).map(
    (item) =>
      item.adjudication[0]?.extension?.[0]?.extension?.find((one) => one.url.endsWith('reviewActionCode'))
        ?.valueCodeableConcept?.coding?.[0]?.code,
  )

interface Counts {
  readonly requests: { readonly id: string; readonly state: string; readonly received: number }[]
  readonly byClaimIdentifier: Record<string, { received: number; processed: number }>
  readonly subscriptions: { status: string; events: number }[]
}
/** Tries again where a connection kept open died with a restart. */
const counts = async (payer: TestPayer): Promise<Counts> =>
  (await (await until(() => payer.control('requests').catch(() => undefined))).json()) as Counts
const total = async (payer: TestPayer) => (await counts(payer)).byClaimIdentifier['urn:trnorg:9012345678|CLAIM-1']

describe('$submit', () => {
  it('approves at once, under both spellings of the operation', async () => {
    const payer = await start()
    for (const operation of ['$submit', '%24submit']) {
      const answer = await submit(payer, await requestOf('CSA100001'), operation)
      expect(answer.status).toBe(200)
      const response = read((await answer.json()) as Bundle)
      expect(actionsOf(response)).toEqual(['A1', 'A1', 'A1'])
      expect(response.request?.identifier?.value).toBe('CLAIM-1')
    }
  })
  it('holds in its answer every resource that it refers to', async () => {
    const payer = await start()
    const bundle = (await (await submit(payer, await requestOf('CSA100001'))).json()) as Bundle
    const urls = new Set(bundle.entry?.map((entry) => entry.fullUrl))
    const { patient, insurer, requestor } = read(bundle)
    for (const party of [patient, insurer, requestor]) expect(urls).toContain(party?.reference)
    expect(bundle.entry?.map((entry) => entry.resource?.resourceType).sort()).toEqual([
      'ClaimResponse',
      'Organization',
      'Organization',
      'Patient',
      'Practitioner',
      'PractitionerRole',
    ])
  })
  it('sends back a member it does not find, and a birth date that is not on file, as bad data', async () => {
    const payer = await start()
    const unknown = read((await (await submit(payer, await requestOf('CSX300001'))).json()) as Bundle)
    expect(unknown).toMatchObject({ outcome: 'error', error: [{ code: { coding: [{ code: '75' }] } }] })
    expect(unknown.item).toBeUndefined()
    const wrong = await requestOf('CSA100001', (bundle) => {
      Object.assign(bundle, { identifier: { system: 's', value: 'SUB-2' } })
      Object.assign(bundle.entry![1]!.resource!, { birthDate: '1990-01-01' })
    })
    expect(read((await (await submit(payer, wrong)).json()) as Bundle).error?.[0]?.code.coding?.[0]?.code).toBe('71')
  })
  it('answers an empty Bundle and a broken rule with one OperationOutcome', async () => {
    const payer = await start()
    for (const body of [
      '{"resourceType":"Bundle","type":"collection","entry":[]}',
      await requestOf('CSA100001', (b) => delete b.timestamp),
    ]) {
      const answer = await submit(payer, body)
      expect(answer.status).toBe(400)
      const outcome = (await answer.json()) as OperationOutcome
      expect(outcome.resourceType).toBe('OperationOutcome')
      expect(outcome.issue[0]?.expression?.[0]).toMatch(/^Bundle/)
    }
    expect((await counts(payer)).requests).toEqual([])
  })
  it('refuses a body that is no JSON type', async () => {
    const payer = await start()
    const answer = await payer.fhir('Claim/$submit', 'x', {
      headers: { 'content-type': 'text/plain', authorization: `Bearer ${await payer.token()}` },
    })
    expect(answer.status).toBe(415)
    expect(await answer.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })
})

describe('a member whose lines get one code after the other', () => {
  const CODES = ['A1', 'A2', 'A3', 'A4', 'A6', 'C', 'CT', 'NA']
  it.each(CODES.map((code, index) => [code, index] as const))('begins with %s', async (code, index) => {
    const payer = await start()
    const answer = await submit(payer, await requestOf(`CSC00000${index + 1}`))
    const response = read((await answer.json()) as Bundle)
    expect(actionsOf(response)).toEqual([0, 1, 2].map((more) => CODES[(index + more) % CODES.length]))
    const changed = [1, 2, 3].filter((_, at) => ['A2', 'A6'].includes(actionsOf(response)[at] ?? ''))
    expect((response.addItem ?? []).map(({ itemSequence }) => itemSequence?.[0])).toEqual(changed)
    expect(actionsOf(response)[0]).toBe(code)
  })
})

describe('a request that comes twice', () => {
  it('is processed once where the payer deduplicates, with the same answer', async () => {
    const payer = await start()
    const body = await requestOf('CSA100001')
    const [first, second] = [await (await submit(payer, body)).text(), await (await submit(payer, body)).text()]
    expect(second).toBe(first)
    expect(await total(payer)).toEqual({ received: 2, processed: 1 })
  })
  it('is a conflict with another body under the same identifiers', async () => {
    const payer = await start()
    await submit(payer, await requestOf('CSA100001'))
    const other = await requestOf('CSA100001', (bundle) => void (bundle.timestamp = '2026-11-22T12:00:00Z'))
    expect((await submit(payer, other)).status).toBe(409)
  })
  it('is processed twice where the payer does not, and counted', async () => {
    const payer = await start({ deduplicates: false })
    const body = await requestOf('CSA100001')
    const [first, second] = [await (await submit(payer, body)).text(), await (await submit(payer, body)).text()]
    expect(second).not.toBe(first)
    expect(await total(payer)).toEqual({ received: 2, processed: 2 })
  })
})

describe('a pended request', () => {
  it('is decided later, and the subscriber told with its own header', async () => {
    const payer = await start()
    await payer.subscribe()
    await until(async () => (await counts(payer)).subscriptions[0]?.status === 'active')
    const response = read((await (await submit(payer, await requestOf('CSP200009'))).json()) as Bundle)
    expect(response.outcome).toBe('complete')
    expect(actionsOf(response)).toEqual(['A4', 'A4', 'A4'])
    const told = await until(() => payer.notifications[1])
    expect(told.authorization).toBe('Bearer notify-secret')
    expect(told.contentType).toBe('application/fhir+json')
    expect(told.body.type).toBe('history')
    expect(actionsOf(read(told.body.entry?.[1]?.resource as Bundle))).toEqual(['A1', 'A1', 'A1'])
  })
  it('is decided after a restart, too', async () => {
    const payer = await start({ pendMs: 400 })
    await payer.subscribe()
    await until(async () => (await counts(payer)).subscriptions[0]?.status === 'active')
    await submit(payer, await requestOf('CSP200009'))
    await payer.restart()
    expect((await counts(payer)).requests[0]?.state).toBe('pended')
    await until(() => payer.notifications[1])
    expect((await counts(payer)).requests[0]?.state).toBe('decided')
  })
  it('waits for a person where information is missing, and tells as often as it was set to', async () => {
    const payer = await start()
    await payer.subscribe()
    await until(async () => (await counts(payer)).subscriptions[0]?.status === 'active')
    const body = JSON.parse(await requestOf('CSA100009')) as Bundle<FhirResource>
    const text = JSON.stringify(body).replace('"linkId":"tb.result"', '"linkId":"unanswered"')
    const bundle = (await (await submit(payer, text)).json()) as Bundle
    expect(read(bundle).communicationRequest).toHaveLength(1)
    await payer.control('behavior', { notificationCopies: 2 })
    const decided = await payer.control('decide', { claimIdentifier: 'CLAIM-1', ruling: 'approve' })
    expect(await decided.json()).toMatchObject({ state: 'decided', lines: [{ reviewAction: 'A1' }, {}, {}] })
    expect(payer.notifications).toHaveLength(3)
    expect(payer.notifications[2]?.body.id).toBe(payer.notifications[1]?.body.id)
  })
})

describe('silence', () => {
  it('takes the request in, says nothing, finds nothing for an inquiry, and answers once a person decides', async () => {
    const payer = await start({ deduplicates: false })
    await payer.subscribe()
    await until(async () => (await counts(payer)).subscriptions[0]?.status === 'active')
    const body = await requestOf('CSS400009')
    const asking = payer.fhir('Claim/$submit', body, {
      headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${await payer.token()}` },
      signal: AbortSignal.timeout(600),
    })
    await expect(asking).rejects.toThrow()
    expect(await total(payer)).toEqual({ received: 1, processed: 1 })
    expect(payer.recorded().some((message) => message.url.endsWith('$submit') && message.direction === 'request')).toBe(
      true,
    )
    const inquire = async (): Promise<Parameters> =>
      (await (await submit(payer, body, '$inquire')).json()) as Parameters
    expect((await inquire()).parameter).toBeUndefined()
    await payer.control('decide', { claimIdentifier: 'CLAIM-1' })
    expect(payer.notifications).toHaveLength(2)
    expect((await inquire()).parameter?.map((part) => part.name)).toEqual(['return'])
  })
})

describe('$inquire', () => {
  it('matches member and provider, and never the Claim’s own identifier', async () => {
    const payer = await start()
    await submit(payer, await requestOf('CSA100001'))
    const found = async (edit: (bundle: Bundle<FhirResource>) => void): Promise<number> => {
      const answer = await submit(payer, await requestOf('CSA100001', edit), '$inquire')
      return ((await answer.json()) as Parameters).parameter?.length ?? 0
    }
    const another = { system: 'urn:trnorg:9012345678', value: 'INQUIRY-1' }
    expect(await found((bundle) => void Object.assign(bundle.entry![0]!.resource!, { identifier: [another] }))).toBe(1)
    expect(
      await found((bundle) => {
        for (const index of [5, 6])
          Object.assign(bundle.entry![index]!.resource!, {
            identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1679576722' }],
          })
      }),
    ).toBe(0)
    expect(
      ((await (await submit(payer, await requestOf('CSA100002'), '$inquire')).json()) as Parameters).parameter,
    ).toBeUndefined()
  })
})

describe('faults on demand', () => {
  it('drops the connection after processing, once', async () => {
    const payer = await start()
    await payer.control('behavior', { mode: 'drop-after-processing', services: ['pas'], times: 1 })
    await expect(submit(payer, await requestOf('CSA100001'))).rejects.toThrow()
    expect(await total(payer)).toEqual({ received: 1, processed: 1 })
    expect((await submit(payer, await requestOf('CSA100001'))).status).toBe(200)
  })
  it('answers 500 without processing, broken JSON, and nonsense', async () => {
    const payer = await start()
    await payer.control('behavior', { mode: 'error-500' })
    expect((await submit(payer, await requestOf('CSA100001'))).status).toBe(500)
    expect((await counts(payer)).requests).toEqual([])
    await payer.control('behavior', { mode: 'malformed-json' })
    await expect((await submit(payer, await requestOf('CSA100001'))).json()).rejects.toThrow()
    await payer.control('behavior', { mode: 'nonsense' })
    expect(await (await submit(payer, await requestOf('CSA100001'))).json()).toEqual({ status: 'ok' })
  })
  it('waits as long as it is told', async () => {
    const payer = await start()
    await payer.control('behavior', { delayMs: 300 })
    const before = performance.now()
    await submit(payer, await requestOf('CSA100001'))
    expect(performance.now() - before).toBeGreaterThan(290)
  })
})

describe('the page', () => {
  it('says that it is a simulation, and lists what was received with its buttons', async () => {
    const payer = await start()
    await submit(payer, await requestOf('CSA100001'))
    const page = await (await fetch(`${payer.url}/`)).text()
    expect(page).toContain('A simulated payer')
    expect(page).toContain('CSA100001')
    expect(page).toContain('Approve')
  })
})
