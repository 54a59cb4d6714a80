/** What becomes of a request whose fate nobody knows: never lost, never decided twice (design.md, After a time-out). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openFixture, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let cases = 0
const newCase = (): string => `case-${++cases}`
const steps = (caseId: string): string[] =>
  at.told.filter((one) => one.caseId === caseId).map(({ what, detail }) => `${what} ${detail}`.trim())
const last = (caseId: string): string | undefined => steps(caseId).at(-1)

beforeAll(async () => {
  at = await openFixture()
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'answer', deduplicates: false, knowsByInquiry: true, silenceMs: 60_000 })
})

describe('a request to a payer', () => {
  it('is answered at once, and processed once', async () => {
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => last(id) === 'answered payer approved')
    expect(at.payer.processed.get(claim)).toBe(1)
  })

  it('says sent when the payer takes its time, then what it decided', async () => {
    Object.assign(at.payer, { behavior: 'silent-after-processing', silenceMs: 250 })
    const id = newCase()
    await at.submit(id)
    await at.until(() => last(id) === 'answered payer approved')
    expect(steps(id)).toEqual(['sent', 'answered payer approved'])
  })

  it('takes a late answer on the same connection', async () => {
    Object.assign(at.payer, { behavior: 'silent-after-processing', silenceMs: 1_800 })
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => last(id) === 'answered payer approved')
    expect(steps(id)).toContain('unknown waiting')
    expect(at.payer.processed.get(claim)).toBe(1)
  })

  it.each(['silent-after-processing', 'drop-after-processing', 'error', 'nonsense'] as const)(
    'is never sent again to a payer that does not deduplicate, and found by one inquiry: %s',
    async (behavior) => {
      at.payer.behavior = behavior
      const id = newCase()
      const claim = await at.submit(id)
      const before = at.payer.inquiries.length
      await at.until(() => last(id) === 'answered payer approved')
      expect(steps(id)).toContain('unknown inquiring')
      expect(at.payer.inquiries.length - before).toBe(1)
      expect(at.payer.processed.get(claim)).toBe(1)
    },
  )

  it('goes to a person when the inquiry names no trace number of ours', async () => {
    Object.assign(at.payer, { behavior: 'drop-after-processing', knowsByInquiry: false })
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => last(id) === 'unknown person')
    expect(steps(id).filter((step) => step !== 'sent')).toEqual([
      'unknown waiting',
      'unknown inquiring',
      'unknown person',
    ])
    expect(at.payer.processed.get(claim)).toBe(1)

    // A person asks again, and now the payer knows.
    at.payer.knowsByInquiry = true
    await at.store.transaction((tx) =>
      at.intermediary.inquire(tx, { tenant: TENANT, caseId: id, at: new Date().toISOString() }),
    )
    await at.until(() => last(id) === 'inquired outcome own')
    expect(steps(id)).toContain('answered payer approved')
  })

  it('says to whoever asks that the payer has nothing', async () => {
    at.payer.knowsByInquiry = false
    const id = newCase()
    await at.submit(id)
    await at.until(() => last(id) === 'answered payer approved')
    await at.store.transaction((tx) =>
      at.intermediary.inquire(tx, {
        tenant: TENANT,
        caseId: id,
        at: new Date().toISOString(),
        ask: { by: 'number', authorization: 'NOBODY-HAS-IT', tracking: null },
      }),
    )
    await at.until(() => last(id) === 'inquired number 0')
  })

  it('is sent again with the same bytes to a payer that deduplicates', async () => {
    Object.assign(at.payer, { behavior: 'drop-after-processing', deduplicates: true })
    const id = newCase()
    const claim = await at.submit(id)
    await at.until(() => steps(id).includes('unknown resending'))
    at.payer.behavior = 'answer'
    await at.until(() => last(id) === 'answered payer approved')
    expect(at.payer.processed.get(claim)).toBe(1)
  })

  it('is refused, with the path of the fault, and not retried', async () => {
    at.payer.behavior = 'refuse'
    const id = newCase()
    const before = at.payer.received.length
    await at.submit(id)
    await at.until(() => last(id) === 'refused refused Bundle.entry[0]')
    expect(at.payer.received.length - before).toBe(1)
  })

  it('is tried again while the payer cannot be reached, and plainly not sent in the end', async () => {
    const port = Number(new URL(at.payer.base).port)
    await at.payer.close()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const id = newCase()
    await at.submit(id)
    await at.until(() => last(id) === 'refused not-sent')
    const later = newCase()
    await at.submit(later)
    await at.payer.listen(port)
    await at.until(() => ['answered payer approved', 'refused not-sent'].includes(last(later) ?? ''))
  })
})

describe('a server that is killed', () => {
  it.each(['deduplicates', 'does not deduplicate'])(
    'has its request processed once by a payer that %s',
    async (kind) => {
      Object.assign(at.payer, { behavior: 'silent-after-processing', deduplicates: kind === 'deduplicates' })
      const id = newCase()
      const claim = await at.submit(id)
      await at.until(() => at.payer.processed.get(claim) === 1)
      await at.crash()
      at.payer.behavior = 'answer'
      await at.restart()
      await at.until(() => last(id) === 'answered payer approved')
      expect(at.payer.processed.get(claim)).toBe(1)
    },
  )

  it('sends what was accepted but not sent, once', async () => {
    await at.crash()
    const id = newCase()
    const claim = await at.submit(id)
    expect(at.payer.processed.get(claim)).toBeUndefined()
    await at.restart()
    await at.until(() => last(id) === 'answered payer approved')
    expect(at.payer.processed.get(claim)).toBe(1)
  })
})
