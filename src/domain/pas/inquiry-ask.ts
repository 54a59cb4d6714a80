/**
 * What a person asks a payer about: a request of ours by its lines, by a number, or everything of the patient (pas.md §4).
 * The inquiry is an example: the more it says, the less it finds. Pure.
 */
import type { Claim, ClaimItem, ClaimSupportingInfo, Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { isCancelled, isTemporary } from './claim-marks.ts'
import { omit } from './profile-parts.ts'

/** A certification as far as it is known: what an inquiry may name of it. */
export interface KnownCertification {
  readonly sequence: number
  readonly authorization: string | null
  readonly tracking: string | null
  /** X12 306. */
  readonly reviewAction: string | null
  /** Full dates. */
  readonly issuedOn: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
}

export type InquiryAsk =
  /** By these lines: codes, dates, and what is known of their certification. */
  | { readonly by: 'item'; readonly sequences: readonly number[]; readonly known: readonly KnownCertification[] }
  /** By an authorization or tracking number. */
  | { readonly by: 'number'; readonly authorization: string | null; readonly tracking: string | null }
  /** Everything of the patient, within a span where it is given. */
  | { readonly by: 'patient'; readonly period: { readonly start: string; readonly end: string } | null }

const CLAIM_EXTENSIONS: readonly string[] = [
  EXT.transmissionIdentifiers,
  EXT.levelOfService,
  EXT.conditionCode,
  EXT.homeHealthCareInformation,
  EXT.authorizationNumber,
  EXT.administrationReferenceNumber,
  EXT.certificationType,
]
const ITEM_EXTENSIONS: readonly string[] = [
  EXT.itemTraceNumber,
  EXT.requestType,
  EXT.certificationType,
  EXT.authorizationNumber,
  EXT.administrationReferenceNumber,
  EXT.productOrServiceCodeEnd,
]
const DATED = ['patientEvent', 'admissionDates', 'dischargeDates']

const keep = (extension: readonly Extension[] | undefined, urls: readonly string[]): Extension[] =>
  (extension ?? []).filter(({ url }) => urls.includes(url))

const numbers = (authorization: string | null, tracking: string | null): Extension[] => [
  ...(authorization === null ? [] : [{ url: EXT.authorizationNumber, valueString: authorization }]),
  ...(tracking === null ? [] : [{ url: EXT.administrationReferenceNumber, valueString: tracking }]),
]

function certificationOf(known: KnownCertification | undefined): Extension[] {
  if (known === undefined) return []
  const day = (url: string, valueDate: string | null): Extension[] => (valueDate === null ? [] : [{ url, valueDate }])
  const action = { coding: [{ system: SYSTEM.x12ReviewAction, code: known.reviewAction ?? '' }] }
  return [
    ...numbers(known.authorization, known.tracking),
    ...day(EXT.itemCertificationIssueDate, known.issuedOn),
    ...day(EXT.itemCertificationExpirationDate, known.validTo),
    ...day(EXT.itemCertificationEffectiveDate, known.validFrom),
    ...(known.reviewAction === null ? [] : [{ url: EXT.reviewActionCode, valueCodeableConcept: action }]),
  ]
}

/** An item with what the inquiry profile knows of it: no price, no order, no marks; the request's dates hold for each. */
function toInquiryItem(item: ClaimItem, known: KnownCertification | undefined, informed: readonly number[]): ClaimItem {
  const said = certificationOf(known)
  const own = keep(item.extension, ITEM_EXTENSIONS).filter((one) => !said.some(({ url }) => url === one.url))
  const rest = omit(item, 'extension', 'modifierExtension', 'unitPrice', 'informationSequence')
  return {
    ...(own.length + said.length > 0 ? { extension: [...own, ...said] } : {}),
    ...rest,
    ...(informed.length > 0 ? { informationSequence: [...informed] } : {}),
  }
}

/** The dates of the request, which is all that an inquiry takes of its supporting information. */
function datesOf(claim: Claim): ClaimSupportingInfo[] {
  return (claim.supportingInfo ?? [])
    .filter((info) => !isCancelled(info) && DATED.some((code) => isTemporary(info.category, code)))
    .map((info) => omit(info, 'extension', 'modifierExtension'))
}

/** Members and diagnoses that the items name, and those of the whole. */
function byItem(claim: Claim, ask: Extract<InquiryAsk, { by: 'item' }>): Partial<Claim> {
  const supportingInfo = datesOf(claim)
  const informed = supportingInfo.map(({ sequence }) => sequence)
  const item = (claim.item ?? [])
    .filter(({ sequence }) => ask.sequences.includes(sequence))
    .map((one) =>
      toInquiryItem(
        one,
        ask.known.find(({ sequence }) => sequence === one.sequence),
        informed,
      ),
    )
  const diagnosis = claim.diagnosis?.map((one) => omit(one, 'extension'))
  const extension = keep(claim.extension, CLAIM_EXTENSIONS)
  return {
    ...(extension.length > 0 ? { extension } : {}),
    ...(claim.careTeam === undefined ? {} : { careTeam: claim.careTeam }),
    ...(supportingInfo.length > 0 ? { supportingInfo } : {}),
    ...(diagnosis === undefined ? {} : { diagnosis }),
    ...(claim.accident === undefined ? {} : { accident: claim.accident }),
    ...(item.length > 0 ? { item } : {}),
  }
}

/** What of a request of ours says what is asked; who asks, of whom and for whom is the inquiry's own business. */
export function exampleOf(claim: Claim, ask: InquiryAsk): Partial<Claim> {
  const transmission = keep(claim.extension, [EXT.transmissionIdentifiers])
  switch (ask.by) {
    case 'item':
      return byItem(claim, ask)
    case 'number':
      return { extension: [...transmission, ...numbers(ask.authorization, ask.tracking)] }
    case 'patient':
      return {
        ...(transmission.length > 0 ? { extension: transmission } : {}),
        ...(ask.period === null ? {} : { billablePeriod: ask.period }),
      }
  }
}
