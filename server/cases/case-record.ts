/**
 * What a case keeps sealed beside its columns: `context` is what was known when it was opened (it is what will be sent),
 * `details` is what changes as it goes on.
 */
import type { Coverage, FhirResource, Organization, Patient } from 'fhir/r4'
import type { Order } from '#domain/context/order.ts'
import type { CaseView, ReviewView } from '#domain/contract/case.ts'
import type { LineOfBusiness } from '#domain/tracking/clock-rules.ts'

export interface CaseContext {
  readonly service: string
  readonly patient: Patient
  readonly coverage: Coverage
  readonly insurer: Organization
  /** With the payer's coverage-information on them, as CRD asks to keep it (resp-46). */
  readonly orders: readonly Order[]
  /** Requester, organization, location, medication, conditions: whatever the orders point to, as read. */
  readonly known: readonly FhirResource[]
  readonly lineOfBusiness: LineOfBusiness | null
  readonly assertionIds: readonly string[]
}

/** Who attested, and when. */
export interface Signature {
  readonly by: string
  readonly npi: string | null
  readonly fhirUser: string
  readonly at: string
}

export interface CaseDetails {
  readonly urgency: ReviewView['urgency']
  /** References of the documents that go along; null until a person chose: then the default applies. */
  readonly documents: readonly string[] | null
  readonly signed: Signature | null
  readonly traceNumber: string | null
  readonly sentAt: string | null
  readonly decidedAt: string | null
  readonly decisionSource: CaseView['decisionSource']
  readonly requests: CaseView['requests']
  readonly errors: CaseView['errors']
  readonly unknown: CaseView['unknown']
  /** When the payer made the last answer that was applied: an older one is stale. */
  readonly answerCreatedAt: string | null
  /** What a person wrote when they recorded a decision. */
  readonly note: string | null
}

export const NEW_DETAILS: CaseDetails = {
  urgency: { level: 'standard', reason: null },
  documents: null,
  signed: null,
  traceNumber: null,
  sentAt: null,
  decidedAt: null,
  decisionSource: null,
  requests: [],
  errors: [],
  unknown: null,
  answerCreatedAt: null,
  note: null,
}
