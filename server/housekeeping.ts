/**
 * The work that nobody asks for: removes, now and then, what has expired; makes the access log's partitions ahead; anchors the
 * event chains by the hour and looks whether they still hold; writes metric records. Requests and their answers are not removed:
 * once a day it says how many may be (`domain/tracking/retention`), and from when on, for whoever decides that.
 */
import type { FastifyBaseLogger } from 'fastify'
import { mayDelete } from '#domain/tracking/retention.ts'
import { addDuration, dateIn } from '#domain/time.ts'
import type { Config } from './config.ts'
import { describeError } from './http/send-failure.ts'
import { recordPasMetrics } from './intermediary/record-metrics.ts'
import type { Store } from './store/store.ts'

/** Launches that follow a start at once come first. */
const FIRST_AFTER_MS = 5_000
const EVERY_MS = 15 * 60_000
const JOBS_KEPT_HOURS = 24 * 30
const SESSIONS_KEPT_HOURS = 24
const EVERY_DAY_MS = 24 * 60 * 60_000
/** How far back the hourly look goes; an audit verifies the whole. */
const VERIFIED_HOURS = 24

export interface HousekeepingDeps {
  readonly store: Store
  readonly tenants: ReadonlyMap<string, unknown>
  readonly config: Pick<Config, 'payers'>
  readonly now: () => string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>
}

/** Starts soon and goes on; gives the way to stop, which waits for what is under way. */
export function startHousekeeping(deps: HousekeepingDeps): () => Promise<void> {
  let sweeping = Promise.resolve()
  const start = (): void => {
    sweeping = sweeping.then(() => keepHouse(deps))
  }
  const tell = (): void => {
    sweeping = sweeping.then(() => tellWhatMayGo(deps))
  }
  const first = setTimeout(() => {
    start()
    tell()
  }, FIRST_AFTER_MS)
  const timer = setInterval(start, EVERY_MS)
  const daily = setInterval(tell, EVERY_DAY_MS)
  return () => {
    clearTimeout(first)
    clearInterval(timer)
    clearInterval(daily)
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
    ...[...tenants.keys()].flatMap((tenant) => [
      () => anchorEvents(deps, tenant, at),
      () => recordPasMetrics(deps, tenant),
    ]),
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

/** Says how many requests may be deleted; days are counted in the zones that make them latest, so that none is too early. */
export async function tellWhatMayGo(deps: HousekeepingDeps): Promise<void> {
  const today = dateIn(deps.now(), 'Etc/GMT+12')
  for (const tenant of deps.tenants.keys())
    await tellOf(deps, tenant, today).catch((error: unknown) =>
      deps.log.error({ bug: describeError(error) }, 'housekeeping failed'),
    )
}

async function tellOf({ store, log }: HousekeepingDeps, tenant: string, today: string): Promise<void> {
  const over = await store.read((tx) => store.submissions.listOver(tx, tenant, today))
  const requests = over.filter(({ servicesEnd, answeredAt }) =>
    mayDelete(
      { servicesEnd, answeredOn: answeredAt === null ? null : dateIn(answeredAt, 'Etc/GMT-14'), isClosed: true },
      today,
    ),
  ).length
  if (requests > 0) log.info({ tenant, requests, today }, 'requests past their retention')
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
