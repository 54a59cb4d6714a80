/** The intermediary's jobs in the outbox. A request must never be given up silently: they are tried for ever, ever slower. */
import type { NewJob } from '../store/repositories/jobs.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'

/** Send a request for the first time (or again, when it certainly never arrived). */
export const SUBMIT_JOB = 'pas-submit'
/** Find out what became of a request that was sent. */
export const RESOLVE_JOB = 'pas-resolve'
/** Ask the payer because a person asked. */
export const INQUIRE_JOB = 'pas-inquire'
/** Apply what a payer notified. */
export const NOTIFICATION_JOB = 'pas-notification'
/** Send documents that a payer asked for. */
export const ATTACH_JOB = 'pas-attach'
/** See to our Subscription at a payer. */
export const SUBSCRIBE_JOB = 'pas-subscribe'
/** Ask a payer once about what it has not decided: its notifications may have been missed. */
export const RECOVER_JOB = 'pas-recover'
/** Send a client's Subscription its handshake, a heartbeat or an event. */
export const NOTIFY_CLIENT_JOB = 'pas-notify-client'

export const FOR_EVER = 1_000_000

/** Enqueues work in the caller's transaction; gives false where its dedupe key is taken. */
export function enqueueWork(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  work: Omit<NewJob, 'id' | 'maxAttempts'>,
  at: string,
): Promise<boolean> {
  return deps.store.jobs.enqueue(tx, { ...work, id: deps.newId(), maxAttempts: FOR_EVER }, at)
}
