/** Puts the intermediary together: the door, its jobs, and what routes and cases ask of it. */
import type { Bundle, FhirResource } from 'fhir/r4'
import type { InquiryAsk } from '#domain/pas/inquiry-ask.ts'
import type { JobHandler } from '../store/job-worker.ts'
import type { Tx } from '../store/tx.ts'
import { acceptSubmission } from './accept-submission.ts'
import { createAttachHandler, enqueueAttachments, type Attachments } from './attach-worker.ts'
import { createAnswerWaiter } from './answer-waiter.ts'
import { createDeliveryHandler } from './client-deliveries.ts'
import { createClientSubscriptions, type Asking } from './client-subscriptions.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import { createSubscribeHandler, enqueueSubscriptions } from './payer-subscriptions.ts'
import { createNotificationHandler, receiveNotification, type IncomingNotification } from './receive-notification.ts'
import { readAnswer } from './read-answer.ts'
import { lockSubmission, recordUnknown } from './record-outcome.ts'
import { createInquireHandler } from './inquire-worker.ts'
import { createRecoverHandler } from './recover-worker.ts'
import { createResolveHandler } from './resolve-worker.ts'
import { inquireForClient, submitForClient, type ClientSubmission } from './submit-for-client.ts'
import { createSubmitHandler } from './submit-worker.ts'
import {
  enqueueWork,
  ATTACH_JOB,
  INQUIRE_JOB,
  NOTIFICATION_JOB,
  NOTIFY_CLIENT_JOB,
  RECOVER_JOB,
  RESOLVE_JOB,
  SUBMIT_JOB,
  SUBSCRIBE_JOB,
} from './work.ts'

interface OfCase {
  readonly tenant: string
  readonly caseId: string
  readonly at: string
}

export type Intermediary = ReturnType<typeof createIntermediary>

export function createIntermediary(deps: IntermediaryDeps) {
  const { store } = deps
  const pending = new Set<Promise<unknown>>()
  const background = (work: Promise<unknown>): void => {
    const kept = work
      .catch((error: unknown) => deps.onFailure('intermediary', error))
      .finally(() => pending.delete(kept))
    pending.add(kept)
  }
  const waiter = createAnswerWaiter(deps)
  let caring: ReturnType<typeof setInterval> | undefined
  const handlers: Readonly<Record<string, JobHandler>> = {
    [SUBMIT_JOB]: createSubmitHandler(deps, background),
    [RESOLVE_JOB]: createResolveHandler(deps),
    [INQUIRE_JOB]: createInquireHandler(deps),
    [ATTACH_JOB]: createAttachHandler(deps),
    [NOTIFICATION_JOB]: createNotificationHandler(deps),
    [SUBSCRIBE_JOB]: createSubscribeHandler(deps),
    [RECOVER_JOB]: createRecoverHandler(deps),
    [NOTIFY_CLIENT_JOB]: createDeliveryHandler(deps),
  }

  return {
    /** For the job worker (store/job-worker.ts). */
    handlers,

    /** Listens for answers and sees to our Subscriptions. */
    async start(): Promise<void> {
      await waiter.start()
      await enqueueSubscriptions(deps, 'all')
      caring = setInterval(() => background(enqueueSubscriptions(deps, 'due')), deps.settings.careEveryMs)
    },

    /** Waits for what is under way with payers; call it after the job worker has stopped. */
    async stop(): Promise<void> {
      clearInterval(caring)
      await waiter.stop()
      await Promise.all(pending)
    },

    /**
     * Takes the app's request in: submission row, exchange, event and job in the caller's transaction. Gives false where the
     * same submission was taken in before.
     */
    async acceptSubmission(
      tx: Tx,
      input: OfCase & { submissionId: string; payerId: string; bundle: Bundle<FhirResource> },
    ): Promise<boolean> {
      return (await acceptSubmission(deps, tx, input)) !== undefined
    },

    /** Asks the payer once about the case's latest request, because a person asked. */
    async inquire(tx: Tx, { tenant, caseId, at, ask }: OfCase & { ask?: InquiryAsk }): Promise<void> {
      const row = await store.submissions.latestByCase(tx, tenant, caseId)
      if (row === undefined) return
      const payload = { id: row.id, ...(ask === undefined ? {} : { ask }) }
      await enqueueWork(deps, tx, { tenant, kind: INQUIRE_JOB, payload }, at)
    },

    /** Sends documents that the payer asked for, from the outbox, in the caller's transaction. */
    attach: (tx: Tx, attachments: Attachments): Promise<void> => enqueueAttachments(deps, tx, attachments),

    /** Sends the same bytes again; only to a payer that deduplicates, and only while the outcome is unknown. */
    async resend(tx: Tx, { tenant, caseId, at }: OfCase): Promise<void> {
      const latest = await store.submissions.latestByCase(tx, tenant, caseId)
      const row = latest && (await lockSubmission(deps, tx, tenant, latest.id))
      if (row?.state !== 'unknown' || findPayer(deps, row.payerId)?.pas?.deduplicates !== true) return
      await recordUnknown(deps, tx, row, 'resending', 0)
      const payload = { id: row.id, attempt: row.attempts }
      await enqueueWork(deps, tx, { tenant, kind: RESOLVE_JOB, payload }, at)
    },

    /** Other systems' Subscriptions here. */
    subscriptions: createClientSubscriptions(deps),

    /** The answer that an id-only notification names, for the client whose request it answers. */
    readAnswer: (asking: Asking, id: string) => readAnswer(deps, asking, id),

    receiveNotification: (incoming: IncomingNotification) => receiveNotification(deps, incoming),

    /** Another system's `$submit`. */
    submitForClient: (submission: ClientSubmission) => submitForClient(deps, waiter, background, submission),

    /** Another system's `$inquire`. */
    inquireForClient: (submission: ClientSubmission) => inquireForClient(deps, submission),
  }
}
