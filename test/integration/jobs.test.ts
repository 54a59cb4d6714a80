import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startJobWorker } from '../../server/store/job-worker.ts'
import { freeLeasesOfTheDead, isGone, nameOwner } from '../../server/store/lease-owner.ts'
import type { LeasedJob } from '../../server/store/repositories/jobs.ts'
import type { TestStore } from '../support/test-store.ts'
import { openTestStore } from '../support/test-store.ts'

const NOW = '2026-11-22T09:00:00.000Z'
const LATER = '2026-11-22T09:01:00.000Z'
const MUCH_LATER = '2026-11-22T10:00:00.000Z'

let db: TestStore
beforeAll(async () => {
  db = await openTestStore()
})
afterAll(() => db.close())

/** The name of a process that was killed, and whom nobody has buried yet. */
async function nameDeadOwner(): Promise<string> {
  const module = new URL('../../server/store/lease-owner.ts', import.meta.url).href
  const script = `const { nameOwner } = await import('${module}'); process.stdout.write(nameOwner('x')); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script])
  const name = await new Promise<string>((resolve) => child.stdout.once('data', (line) => resolve(String(line).trim())))
  expect(isGone(name)).toBe(false)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  return name
}

let count = 0
const enqueue = (kind: string, more: { dedupe?: string; runAt?: string; maxAttempts?: number } = {}) =>
  db.store.transaction((tx) =>
    db.store.jobs.enqueue(tx, { tenant: 't', id: `${kind}-${++count}`, kind, payload: { kind }, ...more }, NOW),
  )
const claim = (kind: string, owner: string, now = NOW, limit = 10) =>
  db.store.transaction((tx) => db.store.jobs.claim(tx, { owner, kinds: [kind], limit, leaseUntil: LATER, now }))
const complete = (job: LeasedJob) => db.store.transaction((tx) => db.store.jobs.complete(tx, job, NOW))

describe('the outbox', () => {
  test('leases a job to one worker, and to another when the lease has run out', async () => {
    await enqueue('lease')
    const [first] = await claim('lease', 'a')
    expect(first).toMatchObject({ kind: 'lease', payload: { kind: 'lease' }, attempts: 1, owner: 'a' })
    expect(await claim('lease', 'b')).toEqual([])
    const [second] = await claim('lease', 'b', LATER)
    expect(second).toMatchObject({ attempts: 2, owner: 'b' })
    expect(await complete(first!)).toBe(false)
    expect(await complete(second!)).toBe(true)
    expect(await claim('lease', 'c', MUCH_LATER)).toEqual([])
  })

  // Only Linux tells that a process is gone.
  test.skipIf(process.platform !== 'linux')(
    'frees what a dead process held, and gives it to the next at once',
    async () => {
      await enqueue('dead')
      const [held] = await claim('dead', await nameDeadOwner())
      await freeLeasesOfTheDead(db.store)
      expect(await claim('dead', 'the next')).toMatchObject([{ id: held?.id, attempts: 2 }])
      expect(await complete(held!)).toBe(false)
    },
  )

  test('leaves to the others of a shared database what they hold', async () => {
    for (const owner of [nameOwner('this process'), 'elsewhere|boot|pid:[1] 1 1 one', 'a']) {
      await enqueue(`held by ${owner}`)
      await claim(`held by ${owner}`, owner)
      await freeLeasesOfTheDead({ ...db.store, isShared: true })
      expect(await claim(`held by ${owner}`, 'the next')).toEqual([])
    }
  })

  test('gives each of many jobs to exactly one of many workers', async () => {
    for (let index = 0; index < 20; index++) await enqueue('many')
    const claims = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => claim('many', owner, NOW, 7)))
    const ids = claims.flat().map((job) => job.id)
    expect(new Set(ids).size).toBe(ids.length)
    const rest = await claim('many', 'e', NOW, 100)
    expect(ids.length + rest.length).toBe(20)
  })

  test('keeps a job only when the transaction does', async () => {
    await db.store
      .transaction(async (tx) => {
        await db.store.jobs.enqueue(tx, { tenant: 't', id: 'gone', kind: 'rollback', payload: {} }, NOW)
        throw new Error('stop')
      })
      .catch(() => undefined)
    expect(await claim('rollback', 'a')).toEqual([])
  })

  test('holds a job until it is due, takes one key once', async () => {
    expect(await enqueue('due', { runAt: LATER, dedupe: 'k' })).toBe(true)
    expect(await enqueue('due', { dedupe: 'k' })).toBe(false)
    expect(await claim('due', 'a')).toEqual([])
    expect(await db.store.read((tx) => db.store.jobs.nextRunAt(tx, ['due']))).toBe(LATER)
    expect(await claim('due', 'a', LATER)).toHaveLength(1)
  })

  test('puts a failed job back, and buries it when its attempts are used up', async () => {
    await enqueue('fail', { maxAttempts: 2 })
    const failure = { error: 'TypeError', retryAt: LATER, now: NOW }
    const [first] = await claim('fail', 'a')
    expect(await db.store.transaction((tx) => db.store.jobs.fail(tx, first!, failure))).toBe('retry')
    expect(await claim('fail', 'a')).toEqual([])
    const [second] = await claim('fail', 'a', LATER)
    expect(await db.store.transaction((tx) => db.store.jobs.fail(tx, second!, failure))).toBe('dead')
    expect(await db.store.transaction((tx) => db.store.jobs.fail(tx, second!, failure))).toBe('lost')
    expect(await claim('fail', 'a', MUCH_LATER)).toEqual([])
  })

  test('postponing counts no attempt', async () => {
    await enqueue('wait')
    const [first] = await claim('wait', 'a')
    expect(await db.store.transaction((tx) => db.store.jobs.postpone(tx, first!, LATER))).toBe(true)
    const [second] = await claim('wait', 'a', LATER)
    expect(second?.attempts).toBe(1)
  })
})

test('a worker is woken by what was committed, retries what threw, and stops when told', async () => {
  const done: string[] = []
  const failures: unknown[] = []
  let now = NOW
  const worker = await startJobWorker({
    store: db.store,
    owner: 'worker',
    now: () => now,
    onFailure: (_job, error) => failures.push(error),
    pollMs: 60_000,
    handlers: {
      work: async (job) => {
        if (failures.length === 0) throw new TypeError('the first time')
        await db.store.transaction((tx) => db.store.jobs.complete(tx, job, now))
        done.push(job.id)
      },
    },
  })
  await enqueue('work')
  await expect.poll(() => failures.length).toBe(1)
  now = MUCH_LATER
  worker.wake()
  await expect.poll(() => done.length, { timeout: 5_000 }).toBe(1)
  await enqueue('work')
  await expect.poll(() => done.length, { timeout: 5_000 }).toBe(2)
  await worker.stop()
  await enqueue('work')
  expect(done).toHaveLength(2)
})
