import type { SQL } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepHouse, tellWhatMayGo, type HousekeepingDeps } from '../../server/housekeeping.ts'
import { createStore } from '../../server/store/store.ts'
import type { TestStore } from '../support/test-store.ts'
import { openTestStore } from '../support/test-store.ts'

let opened: TestStore
let logged: Record<string, unknown>[]
beforeEach(async () => {
  opened = await openTestStore()
  logged = []
})
afterEach(() => opened.close())

const note = (details: object, text?: string): void => void logged.push({ ...details, text })
const depsAt = (now: string): HousekeepingDeps => ({
  store: opened.store,
  tenants: new Map([['t1', {}]]),
  config: { payers: [] },
  now: () => now,
  log: { info: note, error: note } as HousekeepingDeps['log'],
})
const keepHouseAt = (now: string): Promise<void> => keepHouse(depsAt(now))
const run = (query: SQL) => opened.driver.db.execute(query)
const rowsOf = async <T>(query: SQL): Promise<T[]> => ((await run(query)) as { rows: T[] }).rows

describe('anchors of the event chains', () => {
  const add = (caseId: string, at: string) =>
    opened.store.transaction((tx) =>
      opened.store.events.append(tx, { tenant: 't1', caseId, at, kind: 'sent', actor: null, payload: { caseId } }),
    )
  const verify = (since?: string) => opened.store.read((tx) => opened.store.anchors.verify(tx, 't1', since))
  const checkChain = (caseId: string) => opened.store.read((tx) => opened.store.events.verifyChain(tx, 't1', caseId))

  beforeEach(async () => {
    for (const caseId of ['a', 'a', 'b', 'a']) await add(caseId, '2026-11-22T09:10:00Z')
    await keepHouseAt('2026-11-22T09:41:00.123Z')
    await add('b', '2026-11-22T10:05:00Z')
    await keepHouseAt('2026-11-22T10:11:00Z')
  })

  test('are made once an hour, each with the heads that are new, and written to the log', async () => {
    await keepHouseAt('2026-11-22T10:26:00Z')
    const anchors = await rowsOf<{ hash: string }>(sql`select hash from anchor order by hour`)
    expect(logged).toEqual([
      { tenant: 't1', hour: '2026-11-22T09:00:00.000Z', hash: anchors[0]?.hash, text: 'event chains anchored' },
      { tenant: 't1', hour: '2026-11-22T10:00:00.000Z', hash: anchors[1]?.hash, text: 'event chains anchored' },
    ])
    expect(await rowsOf(sql`select case_id, seq from anchor_head order by hour, case_id`)).toEqual([
      { case_id: 'a', seq: 3 },
      { case_id: 'b', seq: 1 },
      { case_id: 'b', seq: 2 },
    ])
    expect(await verify()).toEqual([])
  })

  test('hold while cases go on', async () => {
    await add('a', '2026-11-22T10:30:00Z')
    expect(await verify()).toEqual([])
    await keepHouseAt('2026-11-22T13:00:00Z')
    expect([await verify(), await verify('2026-11-22T10:00:00Z')]).toEqual([[], []])
  })

  test('name the case whose last events were cut off, which its own chain does not show', async () => {
    await run(sql`delete from event where case_id = 'a' and seq > 1`)
    expect(await checkChain('a')).toEqual({ intact: true, length: 1 })
    expect(await verify()).toEqual([{ reason: 'events-missing', caseId: 'a', seq: 3 }])
    await keepHouseAt('2026-11-22T11:00:00Z')
    expect(logged.at(-1)).toMatchObject({ caseId: 'a', seq: 3, text: 'event history does not hold' })
  })

  test('name the case that was removed whole, and the one that went on another way', async () => {
    await run(sql`delete from event where case_id = 'a'`)
    await run(sql`delete from event where case_id = 'b' and seq = 2`)
    await add('b', '2026-11-22T10:20:00Z')
    expect(await verify()).toEqual([
      { reason: 'events-missing', caseId: 'a', seq: 3 },
      { reason: 'events-missing', caseId: 'b', seq: 2 },
    ])
  })

  test.each([
    ['a head was removed', sql`delete from anchor_head where case_id = 'a'`, '2026-11-22T09:00:00.000Z'],
    ['a head was moved', sql`update anchor_head set seq = 2 where case_id = 'a'`, '2026-11-22T09:00:00.000Z'],
    ['a hash was altered', sql`update anchor set hash = repeat('0', 64)`, '2026-11-22T09:00:00.000Z'],
    [
      'the first was removed',
      sql`with head as (delete from anchor_head where hour < '2026-11-22T10:00Z')
          delete from anchor where hour < '2026-11-22T10:00Z'`,
      '2026-11-22T10:00:00.000Z',
    ],
  ])('do not hold where %s', async (_what, tampering, hour) => {
    await run(tampering)
    expect(await verify()).toContainEqual({ reason: 'anchor-broken', hour })
  })

  test('made under another key do not hold', async () => {
    const forger = createStore(opened.driver, { ...opened.keys, chainKey: Buffer.alloc(32) })
    expect(await forger.read((tx) => forger.anchors.verify(tx, 't1'))).toEqual([
      { reason: 'anchor-broken', hour: '2026-11-22T09:00:00.000Z' },
    ])
  })
})

describe('requests past their retention', () => {
  const add = (id: string, state: string, servicesEnd: string | null, answeredAt: string | null) =>
    run(sql`
      insert into submission (tenant, id, source, payer_id, bundle_identifier, claim_identifier, trace_numbers,
        bundle_exchange_id, state, attempts, created_at, pas_version, provider_npis, services_end, answered_at)
      values ('t1', ${id}, 'vendor', 'payer', ${id}, ${id}, '[]', ${id}, ${state}, 1, '2026-01-01T00:00:00Z', '2.2.1',
        '[]', ${servicesEnd}, ${answeredAt})`)

  test('are told six months after their service, and no day before; open ones never', async () => {
    await add('over', 'answered', '2026-03-31', '2026-01-02T10:00:00Z')
    await add('answered-late', 'answered', '2026-03-31', '2026-06-02T10:00:00Z')
    await add('open', 'unknown', '2026-03-31', null)
    await add('no-end', 'answered', null, '2026-01-02T10:00:00Z')
    await tellWhatMayGo(depsAt('2026-10-01T11:59:00Z'))
    expect(logged).toEqual([])
    await tellWhatMayGo(depsAt('2026-10-01T12:01:00Z'))
    expect(logged).toEqual([{ tenant: 't1', requests: 1, today: '2026-10-01', text: 'requests past their retention' }])
  })
})

describe('the access log', () => {
  const read = (at: string) =>
    opened.store.transaction((tx) =>
      opened.store.accessLog.insert(tx, [
        {
          tenant: 't1',
          id: at,
          at,
          userId: 'u1',
          launchId: null,
          caseId: null,
          patientId: 'p1',
          action: 'read',
          resourceType: 'Observation',
          reference: 'Observation/1',
          neededBy: 'item:1',
          outcome: 'ok',
          count: 1,
        },
      ]),
    )
  const places = async (): Promise<string[]> => {
    const rows = await rowsOf<{ place: string }>(
      sql`select tableoid::regclass::text as place from access_log order by at`,
    )
    return rows.map(({ place }) => place)
  }

  test('has a partition for this month and the next; what came before them moves in', async () => {
    await read('2026-12-31T23:59:59.999Z')
    await read('2027-02-01T00:00:00.000Z')
    expect(await places()).toEqual(['access_log_default', 'access_log_default'])
    await keepHouseAt('2026-12-15T00:00:00Z')
    await keepHouseAt('2026-12-15T00:15:00Z')
    await read('2026-12-01T00:00:00.000Z')
    await read('2027-01-01T00:00:00.000Z')
    expect(await places()).toEqual([
      'access_log_2026_12',
      'access_log_2026_12',
      'access_log_2027_01',
      'access_log_default',
    ])
    await keepHouseAt('2027-01-01T00:00:00Z')
    expect((await places()).at(-1)).toBe('access_log_2027_02')
    expect(logged.filter(({ text }) => text === 'housekeeping failed')).toEqual([])
    expect(await opened.store.read((tx) => opened.store.accessLog.listByPatient(tx, 't1', 'p1', 9))).toHaveLength(4)
  })
})
