/** What this room needs of its neighbours; `server/dependencies.ts` gives them. */
import type { Bundle, FhirResource, Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import type { OrderStatements } from '#domain/dtr/adaptive/determination.ts'
import type { CompletionSetting } from '#domain/dtr/form/completion.ts'
import type { ChartAccess } from '#domain/dtr/expression/expression.ts'
import type { InquiryAsk } from '#domain/pas/inquiry-ask.ts'
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
  /** What the orders carry of the payer's decision on the form; null where it has decided nothing on it. */
  readonly statements: OrderStatements | null
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
  /** The id of a form that the payer asked for after the request was sent, the first, second… of its case. */
  askedFormId(number: number): string
  /** Such a form, with whatever came in the same package. */
  readAsked(
    tenant: string,
    caseId: string,
    formId: string,
  ): Promise<Result<FormForReview, Failure<'form-populating' | 'form-failed' | 'form-missing'>>>
  /** Marks forms that the payer asked for completed; the copies go to the EHR. */
  completeAsked(
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

/** The way out for everything that leaves (docs/decisions/0005). */
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
  /** Sends documents that the payer asked for; what becomes of them arrives through `CaseUpdates.attached`. */
  attach(
    tx: Tx,
    attachments: {
      tenant: string
      caseId: string
      requestId: string
      payerId: string
      calls: readonly Parameters[]
      at: string
    },
  ): Promise<void>
  /** Asks the payer once, because a person asked (pas.md §4); what comes back arrives through `CaseUpdates`. */
  inquire(tx: Tx, about: { tenant: string; caseId: string; at: string; ask?: InquiryAsk }): Promise<void>
  /** Sends the same bytes again, to a payer that deduplicates. */
  resend(tx: Tx, about: { tenant: string; caseId: string; at: string }): Promise<void>
}
