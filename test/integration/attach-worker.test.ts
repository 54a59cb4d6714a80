/** Documents on their way to a payer: where they go, and what becomes of them when it does not answer (pas.md §6.4). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../server/intermediary/settings.ts'
import { LEASE_SECONDS } from '../../server/store/job-worker.ts'
import { FAST, openFixture, PAYER, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let requests = 0

/** Sends a call for a new request; gives its case once the case was told. */
async function send(address: string | null): Promise<string> {
  const requestId = `r${++requests}`
  const caseId = `case-${requestId}`
  if (address !== null) at.addresses.set(requestId, address)
  const calls = [{ resourceType: 'Parameters' as const, parameter: [] }]
  const now = new Date().toISOString()
  await at.store.transaction((tx) =>
    at.intermediary.attach(tx, { tenant: TENANT, caseId, requestId, payerId: PAYER, calls, at: now }),
  )
  await at.until(() => at.told.some((one) => one.caseId === caseId), 30_000)
  return at.told
    .filter((one) => one.caseId === caseId)
    .map(({ what, detail }) => `${what} ${detail}`)
    .join()
}

beforeAll(async () => {
  at = await openFixture({ ...FAST, attachTries: 2 })
})
afterAll(() => at.close())
beforeEach(() => {
  at.payer.attachStatus = 200
  at.payer.attachments.length = 0
})

describe('documents that a payer asked for', () => {
  it('go to the address that it named, on a registered origin', async () => {
    const origin = new URL(at.payer.base).origin
    expect(await send(`${origin}/docs/$submit-attachment`)).toBe('attached received')
    expect(at.payer.attachments).toEqual(['/docs/$submit-attachment'])
  })

  it('go nowhere where it named another, or where it takes none', async () => {
    expect(await send('https://evil.example/docs')).toBe('attached unanswered')
    expect(await send(null)).toBe('attached unanswered')
    expect(at.payer.attachments).toEqual([])
  })

  it('are tried for as long as makes sense, and end with a plain state', async () => {
    at.payer.attachStatus = 503
    expect(await send(`${at.payer.base}/docs`)).toBe('attached unanswered')
    expect(at.payer.attachments).toHaveLength(2)
  })

  it('that are refused are not sent again', async () => {
    at.payer.attachStatus = 422
    expect(await send(`${at.payer.base}/docs`)).toBe('attached refused')
    expect(at.payer.attachments).toHaveLength(1)
  })
})

it('one call ends well before somebody else may begin it', () => {
  expect(DEFAULT_SETTINGS.attachMs).toBeLessThanOrEqual(LEASE_SECONDS * 750)
})
