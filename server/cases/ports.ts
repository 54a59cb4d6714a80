/** What this room needs of its neighbours; `server/dependencies.ts` gives them. */
import type { Bundle, FhirResource, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import type { CompletionSetting } from '#domain/dtr/completion.ts'
import type { ChartAccess } from '#domain/dtr/expression.ts'
import type { Failure, Message, Result } from '#domain/result.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseContext } from './case-record.ts'

/** A group of orders with everything that was read about it. */
export interface OrderGroupForCase extends CaseContext {
  readonly groupId: string
  readonly payerId: string
}

export interface CoveragePort {
  group(launch: LaunchContext, groupId: string): Promise<Result<OrderGroupForCase, Failure>>
}

/** A form as it stands, ready to be reviewed; the first of its case, with the others beside it. */
export interface FormForReview {
  readonly formId: string
  /** Its place in the payer's order. */
  readonly position: number
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
  readonly today: string
  /** What of the chart in-form expressions need. */
  readonly chart?: ChartAccess
  /** Snapshots of the resources that answers rest on. */
  readonly evidence: readonly FhirResource[]
  readonly adaptive: CompletionSetting['adaptive']
  readonly others: readonly Omit<FormForReview, 'others' | 'unread'>[]
  /** Further forms that cannot be read. */
  readonly unread: readonly UnreadForm[]
}

/** A form that is not filled, or not yet. */
export interface UnreadForm {
  readonly formId: string
  readonly position: number
  readonly title: string | null
  readonly status: 'populating' | 'failed'
  readonly failure: Message | null
}

/** A response as it was signed. */
export interface CompletedForm {
  readonly formId: string
  readonly response: QuestionnaireResponse
}

export interface FormsPort {
  /** Begins to fill the case's form in the background; a second call changes nothing. */
  start(launch: LaunchContext, caseId: string): void
  /** Marks the forms completed with the responses that were signed; no edit is taken after that. Their copies go to the EHR. */
  complete(
    tx: Tx,
    about: { tenant: string; caseId: string; launchId: string; at: string },
    responses: readonly CompletedForm[],
  ): Promise<void>
  /** Opens completed forms again, after a rejection. */
  reopen(tx: Tx, tenant: string, caseId: string, at: string): Promise<void>
  /** The forms, or why there is none yet: the first decides; another that cannot be read says so by itself. */
  read(
    tenant: string,
    caseId: string,
  ): Promise<Result<FormForReview, Failure<'form-populating' | 'form-failed' | 'form-missing'>>>
}

export type EhrPort = (launch: LaunchContext) => EhrClient

/** One door for everything that leaves (docs/decisions/0005). */
export interface IntermediaryPort {
  /**
   * Takes a request in: submission row, exchange and outbox job in the caller's transaction. Gives false where the same
   * submission was taken in before.
   */
  acceptSubmission(
    tx: Tx,
    input: {
      tenant: string
      caseId: string
      submissionId: string
      payerId: string
      bundle: Bundle<FhirResource>
      at: string
    },
  ): Promise<boolean>
  /** Asks the payer once, because a person asked (pas.md §4); what comes back arrives through `CaseUpdates`. */
  inquire(tx: Tx, about: { tenant: string; caseId: string; at: string }): Promise<void>
  /** Sends the same bytes again, to a payer that deduplicates. */
  resend(tx: Tx, about: { tenant: string; caseId: string; at: string }): Promise<void>
}
