/** What this room needs of its neighbours; `server/dependencies.ts` gives them. */
import type { FhirResource, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import type { Failure, Result } from '#domain/result.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { CaseContext } from './case-record.ts'

/** A group of orders with everything that was read about it. */
export interface OrderGroupForCase extends CaseContext {
  readonly groupId: string
  readonly payerId: string
}

export interface CoveragePort {
  group(launch: LaunchContext, groupId: string): Promise<Result<OrderGroupForCase, Failure>>
}

/** A form as it stands, ready to be reviewed. */
export interface FormForReview {
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
  readonly today: string
  /** Snapshots of the resources that answers rest on. */
  readonly evidence: readonly FhirResource[]
}

export interface FormsPort {
  /** Begins to fill the case's form in the background; a second call changes nothing. */
  start(launch: LaunchContext, caseId: string): void
  /** The form, or why there is none yet. */
  read(
    tenant: string,
    caseId: string,
  ): Promise<Result<FormForReview, Failure<'form-populating' | 'form-failed' | 'form-missing'>>>
}

export type EhrPort = (launch: LaunchContext) => EhrClient
