/** When the intermediary does what; injected, so that tests need not wait. */
export interface IntermediarySettings {
  /** Our `$submit` answers within this; the guide asks for 15 s to the screen (pas.md §6.3). */
  readonly answerWithinMs: number
  /** The payer's share: after it the request is *unknown*. */
  readonly payerLegMs: number
  /** A late answer on the same connection is still taken until then. */
  readonly listenMs: number
  /** From then on the screen says *sent, no answer yet*. */
  readonly sentAfterMs: number
  /** How long an unknown request waits for its answer or a notification before the next step. */
  readonly waitSeconds: number
  /** Pauses before each resending to a payer that deduplicates. */
  readonly resendSeconds: readonly number[]
  /** Pauses before each new attempt when the payer could not be reached at all. */
  readonly retrySeconds: readonly number[]
  /** One call with documents: clearly below the lease of its job, or two workers send them at once. */
  readonly attachMs: number
  /** Tries of such a call before a person is asked: some two hours. */
  readonly attachTries: number
  /** How often is looked whether one of our Subscriptions needs care (domain/pas/subscription-care.ts). */
  readonly careEveryMs: number
  /** How long an event that is missing may still come by itself. */
  readonly gapSeconds: number
  /** Tries of a handshake before a client's Subscription is in error; each pause is twice the last (store/job-worker.ts). */
  readonly handshakeTries: number
  /** Tries of any other notification: some two hours. */
  readonly notifyTries: number
}

export const DEFAULT_SETTINGS: IntermediarySettings = {
  answerWithinMs: 13_000,
  payerLegMs: 10_000,
  listenMs: 45_000,
  sentAfterMs: 3_000,
  waitSeconds: 20,
  resendSeconds: [0, 15, 60],
  retrySeconds: [2, 5, 15, 60, 300],
  attachMs: 40_000,
  attachTries: 13,
  careEveryMs: 60_000,
  gapSeconds: 60,
  handshakeTries: 6,
  notifyTries: 12,
}
