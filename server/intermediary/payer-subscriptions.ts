/**
 * Our Subscription at each payer (pas.md §6.1): one per sending system. It is looked at at every start and by the hour, sooner
 * where a promised heartbeat does not come; re-activated where it is in error, replaced only where the payer has lost it. What
 * may have been missed meanwhile is asked about once. The payer replays our bearer on each notification; only its hash finds
 * the row.
 */
import { createHash } from 'node:crypto'
import { careOf, isLookDue, readHeartbeat } from '#domain/pas/subscription-care.ts'
import { buildSubscription } from '#domain/pas/subscription.ts'
import { encodeJson } from '../clients/http-exchange.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import type { ChannelAnswer, PayerChannel } from './payer-channel.ts'
import { countAnew, enqueueRecovery } from './recover-worker.ts'
import { enqueueWork, SUBSCRIBE_JOB } from './work.ts'

const TIMEOUT_MS = 10_000

interface Content {
  readonly remoteId: string | null
  readonly endpoint: string
  readonly bearer: string
  /** When the payer was last asked for it; absent in rows of before. */
  readonly checkedAt?: string
  readonly heartbeatSeconds?: number | null
  /** A re-activation is under way, whose answer may be lost. */
  readonly isReactivating?: boolean
}

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const contentOf = (row: SubscriptionRow): Content => row.content as Content

const isDue = (row: SubscriptionRow, now: string): boolean => {
  const { checkedAt = null, heartbeatSeconds = null } = contentOf(row)
  return isLookDue({ checkedAt, heardAt: row.sentAt, heartbeatSeconds }, now)
}

/**
 * Enqueues the care of each Subscription: of all at start, later of those that need a look. A payer that is down is tried again
 * by the outbox; several nodes look once.
 */
export async function enqueueSubscriptions(deps: IntermediaryDeps, which: 'all' | 'due'): Promise<void> {
  const { store } = deps
  const at = deps.now()
  await store.transaction(async (tx) => {
    for (const tenant of deps.config.tenants)
      for (const payer of deps.config.payers.filter(({ pas }) => pas !== null)) {
        const work = { tenant: tenant.id, kind: SUBSCRIBE_JOB, payload: { payerId: payer.id } }
        if (which === 'all') {
          await enqueueWork(deps, tx, work, at)
          continue
        }
        // One that was never made, or whose care is under way, has its job already.
        const [row] = await store.subscriptions.listByParty(tx, tenant.id, 'payer', payer.id)
        if (row === undefined || !isDue(row, at)) continue
        const dedupe = `${row.id}:${contentOf(row).checkedAt ?? ''}`
        await enqueueWork(deps, tx, { ...work, dedupe }, at)
      }
  })
}

/** What the payer has under that id; null where it has nothing. Throws where it does not say. */
async function readRemote(channel: PayerChannel, remoteId: string | null): Promise<unknown> {
  if (remoteId === null) return null
  const read = await channel.readSubscription(remoteId, TIMEOUT_MS)
  if (read.kind === 'answered') return read.json
  if (read.kind === 'refused' && GONE.has(read.status)) return null
  throw new Error('the payer did not say whether it has our Subscription')
}
const GONE: ReadonlySet<number> = new Set([404, 410])
/** It is not to be written so: there is no way but a new one. */
const NOT_WRITABLE: ReadonlySet<number> = new Set([...GONE, 400, 405, 409, 412, 422])

interface Caring {
  readonly deps: IntermediaryDeps
  readonly job: LeasedJob
  readonly tenant: TenantConfig
  readonly payer: PayerConfig
  readonly channel: PayerChannel
  readonly endpoint: string
}

const wanted = ({ tenant, payer, endpoint }: Caring, bearer: string) =>
  buildSubscription(tenant.senderId, endpoint, bearer, payer.pas?.version)

/** It is as it should be. */
async function keep({ deps, job }: Caring, row: SubscriptionRow, found: unknown): Promise<void> {
  const { store } = deps
  const { isReactivating = false, ...known } = contentOf(row)
  const at = deps.now()
  const content: Content = { ...known, checkedAt: at, heartbeatSeconds: readHeartbeat(found) }
  await store.transaction(async (tx) => {
    await store.subscriptions.update(tx, { tenant: row.tenant, id: row.id }, { content })
    if (isReactivating) await enqueueRecovery(deps, tx, { tenant: row.tenant, payerId: row.partyId, at })
    await store.jobs.complete(tx, job, at)
  })
}

/** Writes it anew as `requested`; false where the payer takes that for none of its own. */
async function reactivate(caring: Caring, row: SubscriptionRow): Promise<boolean> {
  const { deps, job, channel, endpoint } = caring
  const { store } = deps
  const { remoteId, bearer } = contentOf(row)
  if (remoteId === null) return false
  const where = { tenant: row.tenant, id: row.id }
  // Before the payer is asked: its handshake, or an event, may come while we still wait for the answer.
  const pending = { ...countAnew(row), status: 'requested', content: { ...contentOf(row), isReactivating: true } }
  await store.transaction((tx) => store.subscriptions.update(tx, where, pending))
  const resource = { ...wanted(caring, bearer), id: remoteId }
  const answer = await channel.updateSubscription(remoteId, encodeJson(resource), TIMEOUT_MS)
  if (answer.kind === 'refused' && NOT_WRITABLE.has(answer.status)) return false
  if (answer.kind !== 'answered') throw new Error('the payer did not take the Subscription anew')
  const content: Content = {
    remoteId,
    bearer,
    endpoint,
    checkedAt: deps.now(),
    heartbeatSeconds: readHeartbeat(answer.json),
  }
  await store.transaction(async (tx) => {
    const at = deps.now()
    await store.subscriptions.update(tx, where, { content, updatedAt: at })
    await enqueueRecovery(deps, tx, { tenant: row.tenant, payerId: row.partyId, at })
    await store.jobs.complete(tx, job, at)
  })
  return true
}

/** Makes one, in place of those that the payer has no more: what they may have missed is asked about. */
async function subscribe(caring: Caring, lost: readonly SubscriptionRow[]): Promise<void> {
  const { deps, job, tenant, payer, channel, endpoint } = caring
  const { store } = deps
  const bearer = deps.newSecret()
  const id = deps.newId()
  const at = deps.now()
  const content: Content = { remoteId: null, endpoint, bearer, checkedAt: at }
  // Before the payer is asked: its handshake may come while we still wait for the answer.
  await store.transaction((tx) =>
    store.subscriptions.insert(tx, {
      tenant: tenant.id,
      id,
      party: 'payer',
      partyId: payer.id,
      status: 'requested',
      secretHash: hashSecret(bearer),
      content,
      eventCount: 0,
      expiresAt: null,
      createdAt: at,
      updatedAt: at,
      pasVersion: payer.pas?.version ?? null,
      generation: 0,
      failures: 0,
      sentAt: null,
    }),
  )
  const answer = await channel.subscribe(encodeJson(wanted(caring, bearer)), TIMEOUT_MS)
  const remoteId = idOf(answer)
  if (remoteId === undefined) {
    await store.transaction((tx) => store.subscriptions.remove(tx, tenant.id, id))
    throw new Error('the payer did not take the Subscription')
  }
  const heartbeatSeconds = answer.kind === 'answered' ? readHeartbeat(answer.json) : null
  await store.transaction(async (tx) => {
    const now = deps.now()
    const patch = { content: { ...content, remoteId, heartbeatSeconds }, updatedAt: now }
    await store.subscriptions.update(tx, { tenant: tenant.id, id }, patch)
    for (const row of lost) await store.subscriptions.remove(tx, row.tenant, row.id)
    if (lost.length > 0) await enqueueRecovery(deps, tx, { tenant: tenant.id, payerId: payer.id, at: now })
    await store.jobs.complete(tx, job, now)
  })
}

function idOf(answer: ChannelAnswer): string | undefined {
  const id = answer.kind === 'answered' ? (answer.json as { id?: unknown }).id : undefined
  return typeof id === 'string' ? id : undefined
}

/** Handler of `pas-subscribe`. Throws where the payer does not answer: the outbox tries again. */
export function createSubscribeHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const payer = findPayer(deps, String(job.payload['payerId']))
    const tenant = deps.config.tenants.find(({ id }) => id === job.tenant)
    if (payer === undefined || tenant === undefined) {
      await store.transaction((tx) => store.jobs.complete(tx, job, deps.now()))
      return
    }
    const endpoint = `${deps.config.baseUrl}/pas/notify/${payer.id}`
    const caring: Caring = { deps, job, tenant, payer, channel: deps.channelOf(payer), endpoint }
    const rows = await store.read((tx) => store.subscriptions.listByParty(tx, tenant.id, 'payer', payer.id))
    for (const row of rows) {
      const found = await readRemote(caring.channel, contentOf(row).remoteId)
      const care = careOf(found, endpoint)
      if (care === 'keep') return keep(caring, row, found)
      if (care === 'reactivate' && (await reactivate(caring, row))) return
    }
    await subscribe(caring, rows)
  }
}
