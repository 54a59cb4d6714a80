/**
 * What the intermediary tells the cases, inside the transaction that holds the fact itself. Only requests of the app have
 * a case; those of other systems do not reach this interface. Implemented by server/cases.
 */
import type { PasError, PasResponse } from '#domain/pas/pas-response.ts'
import type { Tx } from '../store/tx.ts'

interface About {
  readonly tenant: string
  readonly caseId: string
  /** `submission.id`: which of the case's requests this is about. */
  readonly submissionRowId: string
  readonly at: string
}

export type UnknownStep = 'waiting' | 'resending' | 'inquiring' | 'person'

export interface CaseUpdates {
  /** The request is on its way and no answer came at once: `sent, no answer yet`. */
  sent(tx: Tx, about: About): Promise<void>

  /**
   * The payer answered (by the answer itself, a notification or an inquiry), or we pend it ourselves
   * (`intermediary`, never shown as the payer's). May come again: a later answer replaces an earlier one.
   * Stale answers are sorted out before.
   */
  answered(
    tx: Tx,
    about: About & {
      readonly response: PasResponse
      readonly decisionSource: 'payer' | 'intermediary'
      /** The stored bytes of the answer. */
      readonly exchangeId: string
    },
  ): Promise<void>

  /**
   * The payer refused to process it (4xx), or it could not be reached at all: nothing was decided, nothing is under way.
   * `not-sent` may be sent again unchanged, `refused` must be corrected first.
   */
  refused(
    tx: Tx,
    about: About & {
      readonly reason: 'refused' | 'not-sent'
      readonly errors: readonly PasError[]
      readonly exchangeId: string | null
    },
  ): Promise<void>

  /** Nobody knows whether the payer has it. `nextAt`: when the next step will be taken; null when a person must decide. */
  unknown(
    tx: Tx,
    about: About & { readonly since: string; readonly step: UnknownStep; readonly nextAt: string | null },
  ): Promise<void>
}
