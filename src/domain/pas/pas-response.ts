/**
 * What a payer's answer says, in one shape for PAS 2.2.1 and 2.0.1. Types only; `read-pas-response.ts` makes the values.
 * Nothing here is derived from `ClaimResponse.outcome` or a disposition text, except the outcome `error` (pas.md §3.5).
 */
import type { AnswerSection } from '../contract/answer.ts'
import type { LineStatus } from '../contract/line-status.ts'
import type { Failure } from '../result.ts'

export type PasVersion = '2.2.1' | '2.0.1'

/** The whole request's state, first match wins (pas.md §3.5). `unknown`: no decision for any line, and no error. */
export type PasRollUp =
  'error' | 'pended' | 'action-needed' | 'cancelled' | 'approved' | 'denied' | 'modified' | 'partial' | 'unknown'

export interface PasCode {
  readonly system: string | null
  readonly code: string
  readonly text: string | null
}

/** A business identifier as the payer wrote it. */
export interface PasIdentifier {
  readonly system: string | null
  readonly value: string
}

export interface PasQuantity {
  /** Decimal string. */
  readonly value: string
  /** The unit's word, else its X12 673 code, else null. */
  readonly unit: string | null
}

/** FHIR dates with the precision that came; a date stands in both. */
export interface PasPeriod {
  readonly start: string | null
  readonly end: string | null
}

/** One `reviewAction` (HCR): the decision on a line or on the whole request. */
export interface ReviewAction {
  readonly status: LineStatus
  /** X12 306 code as received; null where the payer gave a number without a code. */
  readonly code: string | null
  /** The current authorization number (HCR02). */
  readonly authorizationNumber: string | null
  readonly reasons: readonly PasCode[]
  readonly secondSurgicalOpinion: boolean | null
}

/** What both a requested line and a line that the payer added can carry. */
interface PasLineFacts {
  readonly status: LineStatus
  readonly reviewActionCode: string | null
  readonly authorizationNumber: string | null
  /** REF*BB: a former number, never the current one. */
  readonly previousAuthorizationNumber: string | null
  /** REF*NT: the payer's tracking number, usual while pended. */
  readonly trackingNumber: string | null
  readonly traceNumbers: readonly PasIdentifier[]
  readonly reasons: readonly PasCode[]
  /** What the payer allows where it says so; null where the request stands as it was asked, or nothing is allowed. */
  readonly allowed: PasQuantity | null
  /** Item period, else the request's. */
  readonly validity: PasPeriod | null
  readonly issuedOn: string | null
}

/** The decision on one requested line; `sequence` is the Claim's own. */
export interface PasLine extends PasLineFacts {
  readonly sequence: number
  /** The payer's own words: the processNotes that this line names. */
  readonly notes: readonly string[]
  /** Code of the authorized service where it differs from or repeats the one asked for. */
  readonly allowedService: PasCode | null
  /** Dates of service that the payer authorizes (2.2.1 addItem). */
  readonly allowedServiced: PasPeriod | null
  /** Asked for by us, but absent from the answer: the status is `unknown`. */
  readonly missing: boolean
}

/** A line that nobody asked for: an addItem with a sequence that is not the request's. */
export interface PasAdditionalLine extends PasLineFacts {
  readonly sequence: number
  readonly service: PasCode | null
  readonly serviced: PasPeriod | null
}

/** The payer asks for one thing: by a CommunicationRequest, a ready-made Task, or both. */
export interface PasInformationRequest {
  /**
   * Business identifier (else resource id, else fullUrl), line and what is asked for: stable over repeated deliveries, and
   * another for whatever else is asked for under the same number.
   */
  readonly id: string
  /** What the payer tracks it by: its own identifier, else the answer's. An attachment names it (CDex TrackingId). */
  readonly tracking: PasIdentifier | null
  readonly kind: 'communication-request' | 'task'
  /** Null: about the whole request. */
  readonly lineSequence: number | null
  /** LOINC or X12 755 codes of what is asked for. */
  readonly codes: readonly PasCode[]
  /** All that it says, for the detail view. */
  readonly facts: AnswerSection['facts']
  /** LOINC modifiers such as a time window. */
  readonly modifiers: readonly PasCode[]
  /** The questionnaire is asked for (LOINC 102089-0, or a Task's questionnaire-context): the DTR context ids. */
  readonly questionnaireContexts: readonly string[]
  readonly dueAt: string | null
  /** Where a Task wants the attachment sent. Pre-registered addresses only: never called as given. */
  readonly payerUrl: string | null
}

/** A rejection: AAA03 code, what to do, and where. */
export interface PasError {
  readonly code: string
  readonly text: string | null
  /** AAA04, e.g. `C` correct and resubmit. */
  readonly followUp: string | null
  /** X12 element such as `2010A-NM103`. */
  readonly element: string | null
  /** FHIRPath as the payer wrote it. */
  readonly path: string | null
  readonly note: string | null
}

export interface PasResponse {
  readonly version: PasVersion
  readonly rollUp: PasRollUp
  /** It speaks of some lines on purpose (2.0.1): what it leaves out stays as it is known. */
  readonly partial: boolean
  readonly lines: readonly PasLine[]
  readonly additionalLines: readonly PasAdditionalLine[]
  /** The decision on the whole request (ClaimResponse.adjudication), where the payer gives one. */
  readonly decision: ReviewAction | null
  readonly validity: PasPeriod | null
  readonly requests: readonly PasInformationRequest[]
  readonly errors: readonly PasError[]
  /** Every element of the answer, for the record and the detail view. */
  readonly details: readonly AnswerSection[]
  readonly notes: readonly { readonly number: number | null; readonly text: string }[]
  /** Whether a person at the payer reviewed it; null where it does not say. */
  readonly humanReviewed: boolean | null
  /** When the payer made the answer. */
  readonly createdAt: string | null
  /** How the payer names the answer: `ClaimResponse/id`, else its fullUrl. A 2.0.1 notification may say no more than that. */
  readonly reference: string | null
  /** Identifiers of the ClaimResponse itself, usually the echoed trace number. */
  readonly identifiers: readonly PasIdentifier[]
  /** The patient's numbers: of type MB where one is, else all. */
  readonly memberIds: readonly string[]
  /** What it answers: literal reference and business identifier of ClaimResponse.request. */
  readonly answers: { readonly reference: string | null; readonly identifier: PasIdentifier | null }
}

export type PasResponseError = Failure<'not-a-response' | 'no-claim-response' | 'claim-response-malformed'>
