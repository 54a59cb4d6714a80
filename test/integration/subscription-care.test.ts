/** Our Subscription at a payer while it is in use: looked at, re-activated, and what it missed asked about once (pas.md §6). */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { FAST, openFixture, PAYER, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

const LONG_AGO = '2026-01-01T'
let at: Fixture
let cases = 0
const newCase = (): string => `case-${++cases}`
const answers = (caseId: string): string[] =>
  at.told.filter((one) => one.caseId === caseId && one.what === 'answered').map(({ detail }) => detail)
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const readRows = () => at.store.read((tx) => at.store.subscriptions.listByParty(tx, TENANT, 'payer', PAYER))
const readRow = async () => {
  const [row] = await readRows()
  if (row === undefined) throw new Error('there is no Subscription')
  return row
}

/** As if it had been looked at long ago. */
async function growOld(): Promise<void> {
  const row = await readRow()
  const content = { ...(row.content as object), checkedAt: `${LONG_AGO}0${String(cases)}:00:00Z` }
  await at.store.transaction((tx) => at.store.subscriptions.update(tx, { tenant: TENANT, id: row.id }, { content }))
}

/** Pends a request; gives its case and Claim identifier. */
async function pend(): Promise<{ id: string; claim: string }> {
  const id = newCase()
  const claim = await at.submit(id)
  await at.until(() => answers(id).length === 1)
  return { id, claim }
}

beforeAll(async () => {
  at = await openFixture({ ...FAST, careEveryMs: 50, gapSeconds: 1 })
  await at.until(async () => (await readRows())[0]?.status === 'active')
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'pend', knowsByInquiry: true, subscriptionStatus: 'active' })
})

it('that is well is only looked at', async () => {
  await growOld()
  await at.until(
    async () => (await readRow()).content !== null && !JSON.stringify((await readRow()).content).includes('2026-01-01'),
  )
  expect([at.payer.subscriptions.size, at.payer.rewritten.length]).toEqual([1, 0])
})

it('asks once about what is pended, after an event that never came', async () => {
  const [told, missed] = [await pend(), await pend()]
  await at.payer.notify(told.claim, 'A1', { number: 1 })
  await at.payer.notify(told.claim, 'A3', { number: 3 })
  await at.until(() => answers(missed.id).length === 2)
  expect(answers(missed.id)).toEqual(['payer pended', 'payer approved'])
  const asked = at.payer.inquiries.length
  await at.payer.notify(told.claim, 'A1', { number: 4 })
  await wait(1_500)
  expect(at.payer.inquiries.length).toBe(asked)
})

it('asks nothing where the event was only late', async () => {
  const { id, claim } = await pend()
  const asked = at.payer.inquiries.length
  await at.payer.notify(claim, 'A4', { number: 6 })
  await at.payer.notify(claim, 'A4', { number: 5 })
  await wait(1_800)
  expect(at.payer.inquiries.length).toBe(asked)
  await at.payer.notify(claim, 'A1', { number: 7 })
  await at.until(() => answers(id).at(-1) === 'payer approved')
})

it('that is in error is written anew as requested, under its id and bearer, and what it missed is asked about', async () => {
  const { id } = await pend()
  const [[remoteId, before] = []] = at.payer.subscriptions
  at.payer.subscriptionStatus = 'error'
  await growOld()
  await at.until(() => answers(id).at(-1) === 'payer approved')
  expect(at.payer.subscriptions.size).toBe(1)
  expect(at.payer.rewritten).toMatchObject([{ id: remoteId, status: 'requested', channel: before?.channel }])
  await at.until(async () => (await readRow()).status === 'active')
})

it('takes events under numbers that the payer counts anew since', async () => {
  const { id, claim } = await pend()
  await at.payer.notify(claim, 'A1', { number: 1 })
  await at.until(() => answers(id).at(-1) === 'payer approved')
})

it('that is gone is made anew, and what it missed is asked about', async () => {
  const { id } = await pend()
  at.payer.subscriptions.clear()
  await growOld()
  await at.until(() => answers(id).at(-1) === 'payer approved')
  expect(at.payer.subscriptions.size).toBe(1)
  expect(await readRows()).toHaveLength(1)
})
