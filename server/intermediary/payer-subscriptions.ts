/**
 * Our Subscription at each payer (pas.md §6.1): one per sending system, made once, looked after at every start. The payer
 * replays our bearer on each notification; only its hash finds the row.
 */
import { createHash } from 'node:crypto'
import { buildSubscription } from '#domain/pas/subscription.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import type { PayerChannel } from './payer-channel.ts'
import { enqueueWork, SUBSCRIBE_JOB } from './work.ts'

const TIMEOUT_MS = 10_000

interface Content {
  readonly remoteId: string | null
  readonly endpoint: string
  readonly bearer: string
}

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Enqueues the care of each Subscription; called at start. A payer that is down is tried again by the outbox. */
export async function enqueueSubscriptions(deps: IntermediaryDeps): Promise<void> {
  await deps.store.transaction(async (tx) => {
    for (const tenant of deps.config.tenants)
      for (const payer of deps.config.payers.filter(({ pas }) => pas !== null)) {
        const payload = { payerId: payer.id }
        await enqueueWork(deps, tx, { tenant: tenant.id, kind: SUBSCRIBE_JOB, payload }, deps.now())
      }
  })
}

/** Whether the payer still has it, as we want it. */
async function isAlive(channel: PayerChannel, row: SubscriptionRow, endpoint: string): Promise<boolean> {
  const { remoteId, endpoint: known } = row.content as Content
  if (remoteId === null || known !== endpoint) return false
  const read = await channel.readSubscription(remoteId, TIMEOUT_MS)
  if (read.kind === 'not-sent' || read.kind === 'lost') throw new Error('the payer did not answer')
  const status = read.kind === 'answered' ? (read.json as { status?: unknown }).status : undefined
  return status === 'active' || status === 'requested'
}

/** Handler of `pas-subscribe`. Throws where the payer does not answer: the outbox tries again. */
export function createSubscribeHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const payer = findPayer(deps, String(job.payload['payerId']))
    const tenant = deps.config.tenants.find(({ id }) => id === job.tenant)
    const finish = async (): Promise<void> => {
      await store.transaction((tx) => store.jobs.complete(tx, job, deps.now()))
    }
    if (payer === undefined || tenant === undefined) return finish()
    const endpoint = `${deps.config.baseUrl}/pas/notify/${payer.id}`
    const channel = deps.channelOf(payer)
    const rows = await store.read((tx) => store.subscriptions.listByParty(tx, tenant.id, 'payer', payer.id))
    for (const row of rows) {
      if (await isAlive(channel, row, endpoint)) return finish()
      await store.transaction((tx) => store.subscriptions.remove(tx, tenant.id, row.id))
    }

    const bearer = deps.newSecret()
    const id = deps.newId()
    const content: Content = { remoteId: null, endpoint, bearer }
    const at = deps.now()
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
    const resource = buildSubscription(tenant.senderId, endpoint, bearer, payer.pas?.version)
    const answer = await channel.subscribe(new TextEncoder().encode(JSON.stringify(resource)), TIMEOUT_MS)
    const remoteId = answer.kind === 'answered' ? (answer.json as { id?: unknown }).id : undefined
    if (typeof remoteId !== 'string') {
      await store.transaction((tx) => store.subscriptions.remove(tx, tenant.id, id))
      throw new Error('the payer did not take the Subscription')
    }
    await store.transaction(async (tx) => {
      const patch = { content: { ...content, remoteId }, updatedAt: deps.now() }
      await store.subscriptions.update(tx, { tenant: tenant.id, id }, patch)
      await store.jobs.complete(tx, job, deps.now())
    })
  }
}
