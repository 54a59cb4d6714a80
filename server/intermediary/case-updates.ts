/**
 * What the intermediary tells the cases, inside the transaction that holds the fact itself. Only requests of the app have
 * a case; those of other systems do not reach this interface. Implemented by server/cases.
 */
import type { InquiryAsk } from '#domain/pas/inquiry-ask.ts'
import type { PasError, PasResponse } from '#domain/pas/pas-response.ts'
import type { Tx } from '../store/tx.ts'

interface About {
  readonly tenant: string
  readonly caseId: string
  /** `submission.id`: which of the case's requests this is about. */
  readonly submissionRowId: string
  readonly at: string
}

/** What became of documents that answer a request of the payer. */
export interface Attached {
  readonly tenant: string
  readonly caseId: string
  /** Id of the payer's request on the case. */
  readonly requestId: string
  /** `unanswered`: it was not brought to the payer, or nobody knows; nothing more is tried. */
  readonly status: 'received' | 'refused' | 'unanswered'
  /** The payer's own words. */
  readonly reason: string | null
  readonly at: string
}

/** What a payer said to a person's question. */
export interface InquiryOutcome {
  readonly tenant: string
  readonly caseId: string
  readonly at: string
  readonly by: InquiryAsk['by'] | 'outcome'
  /** False where the payer could not be asked, or did not answer. */
  readonly reached: boolean
  /** The case's own request was among what it has: its answer was applied. */
  readonly own: boolean
  /** Whatever else it has. */
  readonly others: readonly PasResponse[]
}

export type UnknownStep = 'waiting' | 'resending' | 'inquiring' | 'person'

export interface CaseUpdates {
  inquired(tx: Tx, outcome: InquiryOutcome): Promise<void>

  attached(tx: Tx, about: Attached): Promise<void>

  /** Where the payer wants the answer to its request, in its own words; null where it does not say. */
  addressFor(tx: Tx, about: Pick<Attached, 'tenant' | 'caseId' | 'requestId'>): Promise<string | null>

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
