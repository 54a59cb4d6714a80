/**
 * Brings notifications to other systems (pas.md §6.1, §6.2), from the outbox: kept, retried ever slower, and in the end the
 * Subscription is in error until its client asks anew. What did not arrive is sent again then. An event's bytes are written
 * once, so a repetition is the same to the byte and its number tells that it is one.
 */
import type { ClientSubscription } from '#domain/pas/client-subscription.ts'
import { writeBareNotification } from '#domain/pas/notification-bundle.ts'
import { addDuration, isEarlier } from '#domain/time.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubscriptionPatch, SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'
import { isRegistered, readStored, statusAbout, statusOf } from './subscription-row.ts'
import { enqueueWork, NOTIFY_CLIENT_JOB } from './work.ts'

export interface ClientNotification {
  readonly endpoint: URL
  readonly contentType: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  readonly timeoutMs: number
}

/** Posts it once. Gives false for any answer but 2xx, and for none. */
export type ClientNotifier = (notification: ClientNotification) => Promise<boolean>

type Delivery = { readonly what: 'handshake' | 'heartbeat' } | { readonly what: 'event'; readonly number: number }

const DEFAULT_TIMEOUT_SECONDS = 10
/** Below the job's lease. */
const LONGEST_TIMEOUT_SECONDS = 30

/** Puts a delivery into the outbox, for what the client asked for last. */
export async function enqueueDelivery(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  { tenant, id, generation }: Pick<SubscriptionRow, 'tenant' | 'id' | 'generation'>,
  delivery: Delivery,
  at: string,
  runAt = at,
): Promise<void> {
  const payload = { id, generation, ...delivery }
  const number = delivery.what === 'event' ? `:${delivery.number}` : ''
  const dedupe = `${id}:${generation}:${delivery.what}${number}`
  await enqueueWork(deps, tx, { tenant, kind: NOTIFY_CLIENT_JOB, payload, dedupe, runAt }, at)
}

interface Addressed {
  readonly row: SubscriptionRow
  readonly asked: ClientSubscription
}

/** The Subscription that a job is about; undefined where it is gone, changed, switched off, or its client is not registered. */
async function findAddressed(deps: IntermediaryDeps, job: LeasedJob): Promise<Addressed | undefined> {
  const { store } = deps
  const row = await store.read((tx) => store.subscriptions.find(tx, job.tenant, String(job.payload['id'])))
  if (row?.party !== 'client' || row.generation !== job.payload['generation']) return undefined
  const client = deps.config.pasClients.find(
    ({ clientId, tenant }) => clientId === row.partyId && tenant === row.tenant,
  )
  const asked = readStored(row)
  if (client === undefined || asked === undefined || !isRegistered(client, asked.endpoint)) return undefined
  const wanted = job.payload['what'] === 'handshake' ? 'requested' : 'active'
  return statusOf(row, deps.now()) === wanted ? { row, asked } : undefined
}

function send(deps: IntermediaryDeps, { asked }: Addressed, body: Uint8Array): Promise<boolean> {
  const seconds = Math.min(asked.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS)
  const { endpoint, payload: contentType, headers } = asked
  return deps.notifyClient({ endpoint, contentType, headers, body, timeoutMs: seconds * 1000 })
}

/** A handler's end: the Subscription as it is now, held, where it is still the one that was spoken to. */
async function settle(
  deps: IntermediaryDeps,
  { row }: Addressed,
  job: LeasedJob,
  write: (tx: Tx, now: SubscriptionRow, at: string) => Promise<'done' | string>,
): Promise<void> {
  const { store } = deps
  await store.transaction(async (tx) => {
    const at = deps.now()
    const now = await store.subscriptions.lock(tx, row.tenant, row.id)
    const next = now?.generation === row.generation ? await write(tx, now, at) : 'done'
    const held = next === 'done' ? await store.jobs.complete(tx, job, at) : await store.jobs.postpone(tx, job, next)
    if (!held) throw new Error('the lease was lost')
  })
}

const patch = (deps: IntermediaryDeps, tx: Tx, row: SubscriptionRow, change: SubscriptionPatch): Promise<void> =>
  deps.store.subscriptions.update(tx, row, change)

/** It answered: it is active, and what it has not got yet goes out. */
async function activate(deps: IntermediaryDeps, to: Addressed, job: LeasedJob): Promise<void> {
  await settle(deps, to, job, async (tx, row, at) => {
    await patch(deps, tx, row, { status: 'active', failures: 0, sentAt: at })
    for (const number of await deps.store.subscriptions.listUndelivered(tx, row))
      await enqueueDelivery(deps, tx, row, { what: 'event', number }, at)
    const { heartbeatSeconds } = to.asked
    if (heartbeatSeconds !== null)
      await enqueueDelivery(deps, tx, row, { what: 'heartbeat' }, at, addDuration(at, { seconds: heartbeatSeconds }))
    return 'done'
  })
}

/** Throws, so that the outbox tries again; after the last try the Subscription is in error, and its client must ask anew. */
async function recordFailure(deps: IntermediaryDeps, to: Addressed, job: LeasedJob): Promise<void> {
  const { handshakeTries, notifyTries } = deps.settings
  const tries = job.payload['what'] === 'handshake' ? handshakeTries : notifyTries
  const count = job.payload['what'] === 'heartbeat' ? to.row.failures + 1 : job.attempts
  if (count >= tries)
    return settle(deps, to, job, async (tx, row) => {
      await patch(deps, tx, row, { status: 'error', failures: row.failures + 1 })
      return 'done'
    })
  await deps.store.transaction(async (tx) => {
    const now = await deps.store.subscriptions.lock(tx, to.row.tenant, to.row.id)
    if (now?.generation === to.row.generation) await patch(deps, tx, now, { failures: now.failures + 1 })
  })
  throw new NotDelivered()
}

/** The client did not take a notification. */
class NotDelivered extends Error {
  override readonly name = 'NotDelivered'
}

/** Handler of `pas-notify-client`. */
export function createDeliveryHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps

  const sendBare = (to: Addressed, type: 'handshake' | 'heartbeat'): Promise<boolean> => {
    const status = type === 'handshake' ? 'requested' : 'active'
    const text = writeBareNotification(statusAbout(deps, to.row, status), type, deps.now())
    return send(deps, to, new TextEncoder().encode(text))
  }

  const shake = async (to: Addressed, job: LeasedJob): Promise<void> =>
    (await sendBare(to, 'handshake')) ? activate(deps, to, job) : recordFailure(deps, to, job)

  const beat = async (to: Addressed, job: LeasedJob): Promise<void> => {
    const seconds = to.asked.heartbeatSeconds
    const due = addDuration(to.row.sentAt ?? deps.now(), { seconds: seconds ?? 0 })
    // Anything else that was sent meanwhile is a sign of life, too.
    if (isEarlier(deps.now(), due)) return settle(deps, to, job, async () => due)
    if (!(await sendBare(to, 'heartbeat'))) return recordFailure(deps, to, job)
    await settle(deps, to, job, async (tx, row, at) => {
      await patch(deps, tx, row, { failures: 0, sentAt: at })
      return addDuration(at, { seconds: seconds ?? 0 })
    })
  }

  const tell = async (to: Addressed, job: LeasedJob): Promise<void> => {
    const number = Number(job.payload['number'])
    const event = await store.read((tx) => store.subscriptions.findEvent(tx, to.row, number))
    const exchange = event && (await store.read((tx) => store.exchanges.find(tx, to.row.tenant, event.exchangeId)))
    if (exchange === undefined) throw new Error('an event has lost its bytes')
    if (!(await send(deps, to, exchange.body))) return recordFailure(deps, to, job)
    await settle(deps, to, job, async (tx, row, at) => {
      await store.subscriptions.markDelivered(tx, row, number, at)
      await patch(deps, tx, row, { failures: 0, sentAt: at })
      return 'done'
    })
  }

  return async (job) => {
    const to = await findAddressed(deps, job)
    if (to === undefined) {
      await store.transaction((tx) => store.jobs.complete(tx, job, deps.now()))
      return
    }
    switch (job.payload['what'] as Delivery['what']) {
      case 'handshake':
        return shake(to, job)
      case 'heartbeat':
        return beat(to, job)
      case 'event':
        return tell(to, job)
    }
  }
}
