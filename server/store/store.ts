/**
 * The one way to the database. Repositories take the transaction; ciphertext is made and opened inside them. No SQL stands
 * outside this folder.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'drizzle-orm'
import type { Driver } from './driver.ts'
import type { Keyring } from './keyring.ts'
import { createAccessLog } from './repositories/access-log.ts'
import { createAnchors } from './repositories/anchors.ts'
import { createAssertions } from './repositories/assertions.ts'
import { createCases } from './repositories/cases.ts'
import { createClocks } from './repositories/clocks.ts'
import { createDirectSubmissions } from './repositories/direct-submissions.ts'
import { createDocuments } from './repositories/documents.ts'
import { createDtrMetrics } from './repositories/dtr-metrics.ts'
import { createEvents } from './repositories/events.ts'
import { createEvidence } from './repositories/evidence.ts'
import { createExchanges } from './repositories/exchanges.ts'
import { createFacadeGrants } from './repositories/facade-grants.ts'
import { createFormChanges } from './repositories/form-changes.ts'
import { createFormTeam } from './repositories/form-team.ts'
import { createForms } from './repositories/forms.ts'
import { createHookContexts } from './repositories/hook-contexts.ts'
import { createIdempotency } from './repositories/idempotency.ts'
import { createJobs } from './repositories/jobs.ts'
import { createJtis } from './repositories/jtis.ts'
import { createLaunches } from './repositories/launches.ts'
import { createLines } from './repositories/lines.ts'
import { createLogins } from './repositories/logins.ts'
import { createPasMetrics } from './repositories/pas-metrics.ts'
import { createSessions } from './repositories/sessions.ts'
import { createSubmissions } from './repositories/submissions.ts'
import { createSubscriptions } from './repositories/subscriptions.ts'
import type { Tx } from './tx.ts'

export type Store = ReturnType<typeof createStore>

export interface StoreKeys {
  readonly keyring: Keyring
  /** HMAC key of the event chains and their anchors: kept outside the database. */
  readonly chainKey: Uint8Array
}

/** Builds the store over a driver whose schema is migrated. */
export function createStore(driver: Driver, { keyring, chainKey }: StoreKeys) {
  const events = createEvents(keyring, chainKey)
  const exchanges = createExchanges(keyring)
  const idempotency = createIdempotency(keyring, exchanges)
  const pasMetrics = createPasMetrics(keyring)
  const inside = new AsyncLocalStorage<{ open: boolean }>()
  const refuseNesting = (): void => {
    // On PGlite this would wait for ever for the one connection that the caller itself holds.
    if (inside.getStore()?.open === true) throw new Error('Inside a transaction only its own tx is used')
  }
  const guarded = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    refuseNesting()
    const scope = { open: true }
    return driver
      .transaction((tx) => inside.run(scope, () => work(tx)))
      .finally(() => {
        scope.open = false
      })
  }

  return {
    /** Whether other nodes work on this database. */
    isShared: driver.isShared,

    /**
     * Runs `work` in one transaction: all of it is kept, or nothing when it throws. Nothing but repository calls with this
     * `tx` is awaited inside: no HTTP, no other transaction. Only the embedded database watches for that: it has one connection,
     * and following each promise costs a request a tenth of its time. The tests run the same code on it.
     */
    transaction: <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
      driver.isShared ? driver.transaction(work) : guarded(work),

    /** Runs reads that need no transaction around them. */
    async read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      refuseNesting()
      return work(driver.db)
    },

    /** Whether the database answers. */
    ping: (): Promise<boolean> =>
      driver.db.execute(sql`select 1`).then(
        () => true,
        () => false,
      ),

    /** Runs one writing statement, which is atomic by itself: no transaction around it, so no two round trips more. */
    async statement<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      refuseNesting()
      return work(driver.db)
    },

    /** Tells every node that listens on `channel`, when the transaction commits. */
    async notify(tx: Tx, channel: string, payload: string): Promise<void> {
      await tx.execute(sql`select pg_notify(${channel}, ${payload})`)
    },

    /** Calls `onMessage` for what `notify` told; gives the way to stop. Messages may be lost: poll too. */
    listen: (channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>> =>
      driver.listen(channel, onMessage),

    close: (): Promise<void> => driver.close(),

    accessLog: createAccessLog(),
    anchors: createAnchors(chainKey),
    assertions: createAssertions(keyring),
    cases: createCases(keyring),
    clocks: createClocks(),
    directSubmissions: createDirectSubmissions(events, exchanges, pasMetrics),
    documents: createDocuments(keyring),
    dtrMetrics: createDtrMetrics(keyring),
    events,
    evidence: createEvidence(keyring),
    exchanges,
    facadeGrants: createFacadeGrants(keyring),
    formChanges: createFormChanges(keyring),
    forms: createForms(keyring),
    formTeam: createFormTeam(),
    hookContexts: createHookContexts(),
    idempotency,
    jobs: createJobs(),
    jtis: createJtis(),
    launches: createLaunches(keyring),
    lines: createLines(),
    logins: createLogins(keyring),
    pasMetrics,
    sessions: createSessions(),
    submissions: createSubmissions(),
    subscriptions: createSubscriptions(keyring),
  }
}
