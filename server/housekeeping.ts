/**
 * The work that nobody asks for: removes, now and then, what has expired; makes the access log's partitions ahead; anchors the
 * event chains by the hour and looks whether they still hold.
 */
import type { FastifyBaseLogger } from 'fastify'
import { addDuration } from '#domain/time.ts'
import { describeError } from './http/send-failure.ts'
import type { Store } from './store/store.ts'

/** Launches that follow a start at once come first. */
const FIRST_AFTER_MS = 5_000
const EVERY_MS = 15 * 60_000
const JOBS_KEPT_HOURS = 24 * 30
const SESSIONS_KEPT_HOURS = 24
/** How far back the hourly look goes; an audit verifies the whole. */
const VERIFIED_HOURS = 24

export interface HousekeepingDeps {
  readonly store: Store
  readonly tenants: ReadonlyMap<string, unknown>
  readonly now: () => string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>
}

/** Starts soon and goes on; gives the way to stop, which waits for what is under way. */
export function startHousekeeping(deps: HousekeepingDeps): () => Promise<void> {
  let sweeping = Promise.resolve()
  const start = (): void => {
    sweeping = sweeping.then(() => keepHouse(deps))
  }
  const first = setTimeout(start, FIRST_AFTER_MS)
  const timer = setInterval(start, EVERY_MS)
  return () => {
    clearTimeout(first)
    clearInterval(timer)
    return sweeping
  }
}

/** One round. What fails is logged and does not hold up the rest. */
export async function keepHouse(deps: HousekeepingDeps): Promise<void> {
  const { store, now, log, tenants } = deps
  const at = now()
  const tasks = [
    () => store.transaction((tx) => store.accessLog.makeMonths(tx, at)),
    () => removeExpired(store, at),
    ...[...tenants.keys()].map((tenant) => () => anchorEvents(deps, tenant, at)),
  ]
  for (const task of tasks)
    await task().catch((error: unknown) => log.error({ bug: describeError(error) }, 'housekeeping failed'))
}

function removeExpired(store: Store, at: string): Promise<void> {
  return store.transaction(async (tx) => {
    await store.logins.prune(tx, at)
    await store.jtis.prune(tx, at)
    await store.hookContexts.prune(tx, at)
    await store.facadeGrants.prune(tx, at)
    await store.jobs.prune(tx, addDuration(at, { hours: -JOBS_KEPT_HOURS }))
    await store.sessions.prune(tx, addDuration(at, { hours: -SESSIONS_KEPT_HOURS }))
  })
}

/** The log, which leaves this machine, is the witness of an anchor: whoever cuts events off cannot cut it there. */
async function anchorEvents({ store, log }: HousekeepingDeps, tenant: string, at: string): Promise<void> {
  const anchor = await store.transaction((tx) => store.anchors.make(tx, tenant, at))
  if (anchor === undefined) return
  log.info({ tenant, ...anchor }, 'event chains anchored')
  const since = addDuration(anchor.hour, { hours: -VERIFIED_HOURS })
  for (const fault of await store.read((tx) => store.anchors.verify(tx, tenant, since)))
    log.error({ tenant, ...fault }, 'event history does not hold')
}
