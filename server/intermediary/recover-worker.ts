/**
 * What a payer may have told us in vain (pas.md §6.2): after a gap in the event numbers that nothing fills, and after our
 * Subscription was re-activated or replaced, the payer is asked once about each request that it has not decided.
 */
import { COUNT_UNKNOWN, type EventSpan } from '#domain/pas/subscription-care.ts'
import { addDuration } from '#domain/time.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'
import { inquireOnce } from './inquire-worker.ts'
import { enqueueWork, NOTIFICATION_JOB, RECOVER_JOB } from './work.ts'

/** A payer may count anything; beyond these nothing is looked up one by one. */
const MOST_LOOKED_UP = 1_000

type Counted = Pick<SubscriptionRow, 'id' | 'generation'>

/** Under which key an event is taken in once; a re-activated Subscription may count anew. */
export const dedupeOf = ({ id, generation }: Counted, event: number | string): string =>
  generation === 0 ? `${id}:${event}` : `${id}:${generation}:${event}`

/** Looks for missing events after a while: they may only be late. */
export async function enqueueGap(
  deps: Pick<IntermediaryDeps, 'store' | 'newId' | 'settings'>,
  tx: Tx,
  { tenant, id, generation, partyId }: SubscriptionRow,
  { from, to }: EventSpan,
  at: string,
): Promise<void> {
  const payload = { payerId: partyId, subscription: { id, generation }, from, to }
  const runAt = addDuration(at, { seconds: deps.settings.gapSeconds })
  const dedupe = `${dedupeOf({ id, generation }, from)}-${to}`
  await enqueueWork(deps, tx, { tenant, kind: RECOVER_JOB, payload, dedupe, runAt }, at)
}

/** Asks about everything undecided, whatever was told. */
export async function enqueueRecovery(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  { tenant, payerId, at }: { tenant: string; payerId: string; at: string },
): Promise<void> {
  await enqueueWork(deps, tx, { tenant, kind: RECOVER_JOB, payload: { payerId } }, at)
}

/** Whether one of the events that were missing still is. */
async function isStillMissing(deps: IntermediaryDeps, tx: Tx, { tenant, payload }: LeasedJob): Promise<boolean> {
  const [from, to] = [Number(payload['from']), Number(payload['to'])]
  if (!(to - from < MOST_LOOKED_UP)) return true
  const subscription = payload['subscription'] as Counted
  for (let number = from; number <= to; number++)
    if (!(await deps.store.jobs.wasEnqueued(tx, tenant, NOTIFICATION_JOB, dedupeOf(subscription, number)))) return true
  return false
}

/** One job for each request, so that a payer that fails on one is asked about the others. */
async function askAboutAll(deps: IntermediaryDeps, job: LeasedJob): Promise<void> {
  const { store } = deps
  await store.transaction(async (tx) => {
    const at = deps.now()
    await store.jobs.complete(tx, job, at)
    if ('from' in job.payload && !(await isStillMissing(deps, tx, job))) return
    const rows = await store.submissions.listUndecided(tx, {
      tenant: job.tenant,
      payerId: String(job.payload['payerId']),
    })
    for (const { id, caseId } of rows) {
      // A version that was changed since waits for nothing.
      const latest = caseId === null ? undefined : await store.submissions.latestByCase(tx, job.tenant, caseId)
      if (latest !== undefined && latest.id !== id) continue
      const work = { tenant: job.tenant, kind: RECOVER_JOB, payload: { id }, dedupe: `${job.id}:${id}` }
      await enqueueWork(deps, tx, work, at)
    }
  })
}

/** Handler of `pas-recover`. Throws where the payer does not answer: the outbox asks again until it was asked once. */
export function createRecoverHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { id } = job.payload
    if (typeof id !== 'string') return askAboutAll(deps, job)
    const row = await store.read((tx) => store.submissions.find(tx, job.tenant, id))
    const isOpen = row !== undefined && (row.pended || row.state === 'unknown')
    if (isOpen && (await inquireOnce(deps, row)) === 'not-reached') throw new Error('the payer did not answer')
    await store.transaction((tx) => store.jobs.complete(tx, job, deps.now()))
  }
}

/** What is known of a Subscription's events from now on: nothing. */
export const countAnew = ({ generation }: Pick<SubscriptionRow, 'generation'>) => ({
  eventCount: COUNT_UNKNOWN,
  generation: generation + 1,
})
