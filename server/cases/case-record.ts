/**
 * What a case keeps sealed beside its columns: `context` is what was known when it was opened (it is what will be sent),
 * `details` is what changes as it goes on.
 */
import type { Coverage, FhirResource, Organization, Patient } from 'fhir/r4'
import type { Order } from '#domain/context/order.ts'
import type { CaseView, InformationRequest, ReviewView } from '#domain/contract/case.ts'
import type { EarlierApproval } from '#domain/pas/line-particulars.ts'
import type { LineOfBusiness } from '#domain/tracking/clock-rules.ts'
import type { ClockRow } from '../store/repositories/clocks.ts'
import type { LineRow } from '../store/repositories/lines.ts'

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
  /** What earlier requests of these orders' predecessors were authorized under; absent in cases of before. */
  readonly earlier?: readonly EarlierApproval[]
}

/** Who attested, and when. */
export interface Signature {
  readonly by: string
  readonly npi: string | null
  readonly fhirUser: string
  readonly at: string
}

/** A change of the request that is with the payer, and how the case stood before: it stands so again if the payer refuses. */
export interface PendingChange {
  readonly kind: 'change' | 'cancel'
  readonly at: string
  readonly by: string
  readonly before: {
    readonly state: string
    readonly context: CaseContext
    readonly details: CaseDetails
    readonly lines: readonly LineRow[]
    readonly clocks: readonly ClockRow[]
  }
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
  readonly requests: readonly InformationRequest[]
  readonly errors: CaseView['errors']
  /** The payer's last answer, element by element. */
  readonly answer: CaseView['answer']
  readonly unknown: CaseView['unknown']
  /** When the payer made the last answer that was applied: an older one is stale. */
  readonly answerCreatedAt: string | null
  /** What a person wrote when they recorded a decision. */
  readonly note: string | null
  /** The last question of a person; null where nobody asked. */
  readonly inquiry: CaseView['inquiry']
  /** Null where none is under way. */
  readonly change: PendingChange | null
  /** Why the last change was not taken. */
  readonly changeErrors: CaseView['changeErrors']
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
  answer: [],
  unknown: null,
  answerCreatedAt: null,
  note: null,
  inquiry: null,
  change: null,
  changeErrors: [],
}

const NEW_REQUEST: Pick<InformationRequest, 'facts' | 'contexts' | 'formId' | 'payerUrl'> = {
  facts: [],
  payerUrl: null,
  contexts: [],
  formId: null,
}

/** The details as stored, and what cases stored before did not know yet. */
export function readDetails(stored: unknown): CaseDetails {
  const details = { ...NEW_DETAILS, ...(stored as CaseDetails) }
  return { ...details, requests: details.requests.map((request) => ({ ...NEW_REQUEST, ...request })) }
}
