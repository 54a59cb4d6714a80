import type { SQL } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findUp } from '../../server/find-up.ts'
import { migrate, readMigrations } from '../../server/store/migrate.ts'
import type { CaseRow } from '../../server/store/repositories/cases.ts'
import * as schema from '../../server/store/schema.ts'
import { createStore } from '../../server/store/store.ts'
import type { TestStore } from '../support/test-store.ts'
import { openTestStore, testStoreKeys } from '../support/test-store.ts'

const NOW = '2026-11-22T09:41:00.123Z'

let test1: TestStore
beforeAll(async () => {
  test1 = await openTestStore()
})
afterAll(() => test1.close())

/** What both drivers give for raw SQL, though drizzle's common type does not say so. */
const rowsOf = async <T>(query: SQL): Promise<T[]> => {
  const result: unknown = await test1.driver.db.execute(query)
  return (result as { rows: T[] }).rows
}

function caseRow(id: string, over: Partial<CaseRow> = {}): CaseRow {
  return {
    tenant: 't1',
    id,
    groupId: 'g1',
    patientId: 'p1',
    patientName: 'Maya Okafor',
    patientBirthDate: '1992-03-12',
    patientMrn: 'M1',
    coverageRef: 'Coverage/1',
    payerId: 'payer',
    state: 'draft',
    version: 1,
    title: { key: 'case.draft', params: { count: 1 } },
    context: { patient: { resourceType: 'Patient', note: 'Crohn’s disease' } },
    details: {},
    createdAt: NOW,
    updatedAt: NOW,
    ...over,
  }
}

describe('the schema', () => {
  test('is the same in drizzle as in the migrated database', async () => {
    const columns = await rowsOf<{ table_name: string; column_name: string; type: string; is_nullable: string }>(
      sql`select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type,
          case when a.attnotnull then 'NO' else 'YES' end as is_nullable
          from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'public' and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
          and not c.relispartition and c.relname <> 'migration'`,
    )
    const inDatabase = columns.map((each) => `${each.table_name}.${each.column_name} ${each.type} ${each.is_nullable}`)
    const inDrizzle = Object.values(schema)
      .filter((each) => each instanceof PgTable)
      .map((table) => getTableConfig(table))
      .flatMap((table) =>
        table.columns.map(
          (column) => `${table.name}.${column.name} ${column.getSQLType()} ${column.notNull ? 'NO' : 'YES'}`,
        ),
      )
    expect(inDrizzle.toSorted()).toEqual(inDatabase.toSorted())
  })

  test('migrates once: a second run changes nothing', async () => {
    await Promise.all([migrate(test1.driver), migrate(test1.driver)])
    expect(await rowsOf<{ n: number }>(sql`select count(*)::int as n from migration`)).toEqual([
      { n: readMigrations(findUp('server/store/migrations')).length },
    ])
  })
})

describe('a case', () => {
  test('comes back as it was written, instants with their milliseconds', async () => {
    const { store } = test1
    await store.transaction((tx) => store.cases.insert(tx, caseRow('c1')))
    expect(await store.read((tx) => store.cases.find(tx, 't1', 'c1'))).toEqual(caseRow('c1'))
    expect(await store.read((tx) => store.cases.find(tx, 't2', 'c1'))).toBeUndefined()
  })

  test('is not readable in the database', async () => {
    const [row] = await rowsOf<{ context_sealed: Uint8Array }>(sql`select context_sealed from "case" where id = 'c1'`)
    expect(Buffer.from(row!.context_sealed).toString('latin1')).not.toContain('Crohn')
  })

  test('changes only under the version that was seen', async () => {
    const { store } = test1
    const at = { tenant: 't1', id: 'c1', expectedVersion: 1 }
    expect(await store.transaction((tx) => store.cases.update(tx, at, { state: 'ready' }, NOW))).toBe(2)
    expect(await store.transaction((tx) => store.cases.update(tx, at, { state: 'sent' }, NOW))).toBeUndefined()
  })

  test('copied to another tenant does not open', async () => {
    const { store, driver } = test1
    await driver.db.execute(
      sql`insert into "case" select 't9', id, group_id, patient_id, patient_name, patient_birth_date, patient_mrn,
          coverage_ref, payer_id, state, version, title, context_sealed, details_sealed, created_at, updated_at
          from "case" where tenant = 't1' and id = 'c1'`,
    )
    await expect(store.read((tx) => store.cases.find(tx, 't9', 'c1'))).rejects.toThrow()
  })

  test('does not open under another key', async () => {
    const other = createStore(test1.driver, testStoreKeys())
    await expect(other.read((tx) => other.cases.find(tx, 't1', 'c1'))).rejects.toThrow()
  })
})

describe('a transaction', () => {
  test('keeps nothing when it throws', async () => {
    const { store } = test1
    const failing = store.transaction(async (tx) => {
      await store.cases.insert(tx, caseRow('gone'))
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await store.read((tx) => store.cases.find(tx, 't1', 'gone'))).toBeUndefined()
  })

  test('refuses another transaction inside it instead of waiting for ever', async () => {
    const { store } = test1
    const nested = store.transaction(() => store.read(() => Promise.resolve(1)))
    // A shared database has connections enough, and is not asked to watch over each promise.
    if (store.isShared) await expect(nested).resolves.toBe(1)
    else await expect(nested).rejects.toThrow('only its own tx')
  })

  test('tells listeners when it commits, not before', async () => {
    const { store } = test1
    const heard: string[] = []
    const stop = await store.listen('precert_test', (payload) => heard.push(payload))
    await store
      .transaction(async (tx) => {
        await store.notify(tx, 'precert_test', 'rolled back')
        throw new Error('stop')
      })
      .catch(() => undefined)
    await store.transaction((tx) => store.notify(tx, 'precert_test', 'committed'))
    await expect.poll(() => heard).toEqual(['committed'])
    await stop()
  })
})

describe('the event chain', () => {
  const add = (caseId: string, kind: string) =>
    test1.store.transaction((tx) =>
      test1.store.events.append(tx, { tenant: 't1', caseId, at: NOW, kind, actor: 'u1', payload: { kind } }),
    )
  const check = (caseId: string) => test1.store.read((tx) => test1.store.events.verifyChain(tx, 't1', caseId))

  test('numbers what is written at the same time without a gap', async () => {
    const numbers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((kind) => add('chain', kind)))
    expect(numbers.toSorted()).toEqual([1, 2, 3, 4, 5])
    expect(await check('chain')).toEqual({ intact: true, length: 5 })
  })

  test.each([
    ['an altered field', 'altered', 2, sql`update event set kind = 'x' where case_id = 'altered' and seq = 2`],
    ['a removed row', 'removed', 2, sql`delete from event where case_id = 'removed' and seq = 2`],
    ['another actor', 'actor', 3, sql`update event set actor = 'u2' where case_id = 'actor' and seq = 3`],
    [
      'a payload moved from another row',
      'moved',
      3,
      sql`update event set payload_sealed = (select payload_sealed from event where case_id = 'moved' and seq = 1)
          where case_id = 'moved' and seq = 3`,
    ],
  ])('shows %s', async (_what, caseId, seq, tampering) => {
    for (const kind of ['a', 'b', 'c']) await add(caseId, kind)
    expect(await check(caseId)).toEqual({ intact: true, length: 3 })
    await test1.driver.db.execute(tampering)
    expect(await check(caseId)).toEqual({ intact: false, seq })
  })

  test('rewritten whole under another key does not hold', async () => {
    await add('forged', 'a')
    const forger = createStore(test1.driver, { ...test1.keys, chainKey: Buffer.alloc(32) })
    expect(await forger.read((tx) => forger.events.verifyChain(tx, 't1', 'forged'))).toEqual({ intact: false, seq: 1 })
  })
})

describe('what is kept once', () => {
  test('a request is new, then in progress, then replayed; another body conflicts', async () => {
    const { store } = test1
    const { request, key } = directRequest('kept')
    const find = (hash: string) => store.read((tx) => store.idempotency.find(tx, key, hash))
    expect(await store.statement((db) => store.directSubmissions.accept(db, request))).toMatchObject({ seq: 1 })
    expect(await store.statement((db) => store.directSubmissions.accept(db, request))).toBeUndefined()
    expect(await find('h1')).toEqual({ outcome: 'in-progress' })
    expect(await find('h2')).toEqual({ outcome: 'conflict' })
    await store.transaction((tx) =>
      store.idempotency.finish(tx, key, { httpStatus: 200, body: Buffer.from('{"a":1.10}') }),
    )
    const replay = await find('h1')
    expect(replay).toMatchObject({ outcome: 'replay', httpStatus: 200 })
    expect('answer' in replay && Buffer.from(replay.answer).toString()).toBe('{"a":1.10}')
  })

  test('an answer is written down whole, once, and only to a request that is as it was sent', async () => {
    const { store } = test1
    const { request, key, answer } = directRequest('answered')
    const end = await store.statement((db) => store.directSubmissions.accept(db, request))
    if (end === undefined) throw new Error('not accepted')
    const write = (given: object = {}) =>
      store.statement((db) => store.directSubmissions.answer(db, { ...answer, end, ...given }))
    expect(await write({ submission: { ...request.submission, attempts: 2 } })).toBe(false)
    expect(await write()).toBe(true)
    expect(await write()).toBe(false)
    const { tenant, id } = request.submission
    expect(await store.read((tx) => store.submissions.find(tx, tenant, id))).toMatchObject({
      state: 'answered',
      pended: true,
    })
    expect(await store.read((tx) => store.exchanges.find(tx, tenant, 'in-answered'))).toMatchObject({
      requestId: 'out-answered',
      httpStatus: 200,
    })
    expect(await store.read((tx) => store.idempotency.find(tx, key, 'h1'))).toMatchObject({ outcome: 'replay' })
    expect(await store.read((tx) => store.pasMetrics.find(tx, tenant, id))).toMatchObject({ record: answer.metric })
    expect(await store.read((tx) => store.submissions.listUnmeasured(tx, tenant, 9))).toEqual([])
    expect(await store.read((tx) => store.events.verifyChain(tx, tenant, id))).toEqual({ intact: true, length: 2 })
    const claim = {
      owner: 'w',
      kinds: ['resolve'],
      limit: 9,
      leaseUntil: '2027-01-02T00:00:00Z',
      now: '2027-01-01T00:00:00Z',
    }
    const due = await store.transaction((tx) => store.jobs.claim(tx, claim))
    expect(due.map(({ payload }) => payload['id'])).not.toContain(id)
  })

  test('a token id is used once', async () => {
    const { store } = test1
    const use = () => store.transaction((tx) => store.jtis.use(tx, { issuer: 'i', jti: 'j', expiresAt: NOW }))
    expect([await use(), await use()]).toEqual([true, false])
  })

  test('an exchange keeps its bytes, whatever they are', async () => {
    const { store } = test1
    const body = Buffer.from([0, 255, 123, 10, 0])
    const row = {
      tenant: 't1',
      id: 'x1',
      caseId: 'c1',
      requestId: null,
      direction: 'out',
      kind: 'pas-submit',
      partner: 'p',
      contentType: null,
      httpStatus: null,
      at: NOW,
    } as const
    await store.transaction((tx) => store.exchanges.insert(tx, { ...row, body }))
    const kept = await store.read((tx) => store.exchanges.find(tx, 't1', 'x1'))
    expect(Buffer.from(kept!.body).equals(body)).toBe(true)
    expect(kept!.bodySha256).toMatch(/^[0-9a-f]{64}$/)
  })
})

/** Another system's request as it is taken in, and the payer's answer to it. */
function directRequest(id: string) {
  const key = { tenant: 't1', clientId: 'c', bundleIdentifier: id }
  const submission = {
    tenant: 't1',
    id,
    caseId: null,
    submissionId: null,
    source: 'c',
    payerId: 'p',
    bundleIdentifier: id,
    claimIdentifier: id,
    traceNumbers: ['1'],
    bundleExchangeId: `out-${id}`,
    state: 'sending',
    attempts: 1,
    unknownSince: null,
    unknownStep: null,
    nextAt: null,
    createdAt: NOW,
    sentAt: NOW,
    answeredAt: null,
    pasVersion: '2.2.1' as const,
    memberId: 'M1',
    subscriberId: null,
    providerNpis: ['1234567893'],
    priorClaim: null,
    answerExchangeId: null,
    answerReference: null,
    servicesEnd: '2026-12-10',
    metricAt: null,
    pended: false,
  }
  const said = { tenant: 't1', caseId: null, partner: 'p', contentType: null, at: NOW, body: Buffer.from('{}') }
  const job = { kind: 'resolve', dedupe: `${id}:1` }
  const event = { tenant: 't1', caseId: id, at: NOW, kind: 'k', actor: null, payload: null }
  return {
    key,
    request: {
      key,
      bodySha256: 'h1',
      submission,
      exchange: { ...said, id: `out-${id}`, requestId: null, direction: 'in' as const, kind: 'q', httpStatus: null },
      event,
      job: { ...job, tenant: 't1', id: `job-${id}`, payload: { id }, runAt: NOW, maxAttempts: 9 },
    },
    answer: {
      key,
      submission,
      exchange: {
        ...said,
        id: `in-${id}`,
        requestId: `out-${id}`,
        direction: 'in' as const,
        kind: 'a',
        httpStatus: 200,
      },
      pended: true,
      reference: 'ClaimResponse/1',
      event,
      job,
      metric: { source: 'intermediary-src' },
      at: NOW,
    },
  }
}
