/** What the request Bundle is built from. Types only. */
import type { Coverage, DocumentReference, FhirResource, Organization, Patient, QuestionnaireResponse } from 'fhir/r4'
import type { Failure } from '../result.ts'
import type { ClaimFacts } from './claim-facts.ts'
import type { RequestLine } from './request-lines.ts'

export interface PasRequestInput {
  /** Minted once when the case freezes, at most 50 characters each: they become trace numbers (design.md, Identifiers). */
  readonly identifiers: {
    /** Bundle.identifier; system is our own URI. */
    readonly bundle: { readonly system: string; readonly value: string }
    /** Claim.identifier; system `urn:trnorg:<TRN03>`, see `traceSystemOf`. Line n is traced by `<value>-<n>`. */
    readonly claim: { readonly system: string; readonly value: string }
    /** Lower-case UUID v4 of the Claim. */
    readonly claimId: string
  }
  /** Instant of making. */
  readonly createdAt: string
  /** FHIR base of the EHR, without a slash at the end: resources with an id get their REST address as fullUrl. */
  readonly ehrBase: string
  /** UUID v4 for a resource without an id, or made here; the same key must give the same value within one request. */
  readonly uuidFor: (key: string) => string
  /** ISA06/GS02 and ISA08/GS03. */
  readonly senderId: string
  readonly receiverId: string
  /** Where member ids of this payer live, for coverages that carry a bare subscriberId. */
  readonly memberIdSystem: string
  readonly patient: Patient
  readonly coverage: Coverage
  readonly insurer: Organization
  /** Who asks: becomes Claim.provider. NPI, name, and a telecom are needed. */
  readonly organization: Organization
  readonly orders: readonly FhirResource[]
  readonly lines: readonly RequestLine[]
  readonly questionnaireResponses: readonly QuestionnaireResponse[]
  /** With their bytes inline (attachment.data). */
  readonly documents: readonly DocumentReference[]
  /** Whatever the above may point to (practitioners, roles, locations, conditions, medications): taken only when pointed to. */
  readonly known: readonly FhirResource[]
  /** Which department of the organization asks (X12 TRN04); null where the organization has none. */
  readonly department: string | null
  /** What the forms state about the whole request. */
  readonly facts: ClaimFacts
  /** CMS place of service, two digits, for lines whose order names none. */
  readonly placeOfService: string
  readonly urgency: { readonly level: 'standard' | 'expedited'; readonly reason: string | null }
  /** What a person tells the payer beside the data (X12 MSG01); null where there is nothing to say. */
  readonly message: string | null
}

/** A literal reference whose target was not given: it stands in the Bundle as a logical reference instead. */
export interface UnresolvedReference {
  readonly path: string
  readonly reference: string
}

export type PasRequestError = Failure<
  | 'no-lines'
  | 'line-incomplete'
  | 'identifier-too-long'
  | 'order-missing'
  | 'order-type-unsupported'
  | 'requester-missing'
  | 'member-id-missing'
  | 'relationship-missing'
  | 'document-without-bytes'
>
