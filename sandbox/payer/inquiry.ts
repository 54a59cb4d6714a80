/**
 * Answers a query by example (spec pas.md §4): the member's identifier and the provider's NPI must match; codes, dates and
 * numbers narrow it down. The Claim's own identifier is no search key.
 */
import type { Bundle, BundleEntry, Claim, ClaimItem, ClaimResponse, FhirResource, Parameters } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../src/domain/fhir/extension.ts'
import type { Ledger, PayerRequest } from './ledger.ts'
import { findEntry, readClaim } from './pas-bundle.ts'
import type { PasRequest } from './pas-request.ts'
import { isReplaced } from './updates.ts'

/**
 * The answered requests that match: one taken in silence is not there for anybody who asks, nor is one sent back, nor one that
 * a later version has taken the place of (spec-46). Each version of PAS knows what came by it.
 */
export function findMatches(inquiry: PasRequest, ledger: Ledger): readonly PayerRequest[] {
  const requests = ledger.requests().filter((one) => one.version === inquiry.version && !isReplaced(one, ledger))
  const npis = readProviderNpis(inquiry.bundle, inquiry.claim)
  return requests.filter((request) => {
    const claim = readClaim(request.bundle)
    return (
      request.answer !== null &&
      request.state !== 'rejected' &&
      claim !== undefined &&
      request.memberId === inquiry.memberId.value &&
      [...readProviderNpis(request.bundle, claim)].some((npi) => npis.has(npi)) &&
      matchesItems(inquiry.claim, claim) &&
      matchesNumbers(inquiry.claim, request)
    )
  })
}

/** Ordering and rendering NPIs of a Claim: of the provider and the care team, and of what their roles refer to. */
function readProviderNpis(bundle: Bundle<FhirResource>, claim: Claim): ReadonlySet<string> {
  const owner = bundle.entry?.[0]?.fullUrl
  const references = [claim.provider, ...(claim.careTeam ?? []).map((member) => member.provider)]
  const direct = references.map((reference) => findEntry(bundle, reference.reference, owner))
  const behind = direct.flatMap((entry) =>
    entry?.resource?.resourceType === 'PractitionerRole'
      ? [entry.resource.practitioner, entry.resource.organization].map((one) =>
          findEntry(bundle, one?.reference, entry.fullUrl),
        )
      : [],
  )
  const npis = [...direct, ...behind].flatMap((entry) => {
    const resource = entry?.resource
    return resource?.resourceType === 'Organization' || resource?.resourceType === 'Practitioner'
      ? (resource.identifier ?? [])
      : []
  })
  return new Set(npis.filter((one) => one.system === SYSTEM.npi).map((one) => one.value ?? ''))
}

/** Every code asked for is among the lines, at a date that overlaps; `not-applicable` asks for no code. */
function matchesItems(asked: Claim, known: Claim): boolean {
  return (asked.item ?? []).every((item) => {
    const codes = readCodes(item)
    return (known.item ?? []).some(
      (line) => (codes.length === 0 || codes.some((code) => readCodes(line).includes(code))) && overlaps(item, line),
    )
  })
}

function readCodes(item: ClaimItem): string[] {
  return (item.productOrService.coding ?? [])
    .filter((coding) => coding.system !== SYSTEM.dataAbsentReason)
    .map((coding) => `${coding.system ?? ''}|${coding.code ?? ''}`)
}

function overlaps(a: ClaimItem, b: ClaimItem): boolean {
  const [fromA, toA] = readSpan(a)
  const [fromB, toB] = readSpan(b)
  return (fromA ?? '') <= (toB ?? '9999') && (fromB ?? '') <= (toA ?? '9999')
}

function readSpan(item: ClaimItem): readonly [string | undefined, string | undefined] {
  return [item.servicedPeriod?.start ?? item.servicedDate, item.servicedPeriod?.end ?? item.servicedDate]
}

/** A former or present number, where the query names one. */
function matchesNumbers(asked: Claim, request: PayerRequest): boolean {
  const wanted = [asked, ...(asked.item ?? [])].flatMap((element) =>
    [EXT.authorizationNumber, EXT.administrationReferenceNumber].flatMap(
      (url) => readExtension(element, url)?.valueString ?? [],
    ),
  )
  const text = JSON.stringify(request.answer)
  return wanted.every((number) => text.includes(JSON.stringify(number)))
}

/** One `return` part for each match: its current answer as an inquiry response Bundle. */
export function buildInquiryAnswer(matches: readonly Pick<PayerRequest, 'answer'>[], id: string): Parameters {
  const parts = matches.flatMap(({ answer }) =>
    answer === null ? [] : [{ name: 'return', resource: toInquiryResponse(answer) }],
  )
  return { resourceType: 'Parameters', id, ...(parts.length === 0 ? {} : { parameter: parts }) }
}

/** The one Bundle of 2.0.1: every ClaimResponse first, each other resource once. */
export function buildOlderInquiryAnswer(
  matches: readonly Pick<PayerRequest, 'answer'>[],
  { now, id }: { readonly now: string; readonly id: string },
): Bundle<FhirResource> {
  const entries = matches.flatMap(({ answer }) => (answer === null ? [] : (toInquiryResponse(answer).entry ?? [])))
  const isResponse = (entry: BundleEntry<FhirResource>): boolean => entry.resource?.resourceType === 'ClaimResponse'
  const others = new Map(entries.filter((entry) => !isResponse(entry)).map((entry) => [entry.fullUrl, entry]))
  const entry = [...entries.filter(isResponse), ...others.values()]
  return {
    resourceType: 'Bundle',
    id,
    meta: { profile: [PROFILE.pasInquiryResponseBundle] },
    type: 'collection',
    timestamp: now,
    ...(entry.length === 0 ? {} : { entry }),
  }
}

/** An inquiry answer asks for nothing: no CommunicationRequest, neither referenced nor included. */
function toInquiryResponse(answer: Bundle<FhirResource>): Bundle<FhirResource> {
  const entry = (answer.entry ?? [])
    .filter((one) => one.resource?.resourceType !== 'CommunicationRequest')
    .map((one) =>
      one.resource?.resourceType === 'ClaimResponse' ? { ...one, resource: toInquired(one.resource) } : one,
    )
  return { ...answer, meta: { profile: [PROFILE.pasInquiryResponseBundle] }, entry }
}

function toInquired(response: ClaimResponse): ClaimResponse {
  const inquired = { ...response, meta: { profile: [PROFILE.pasClaimInquiryResponse] } }
  delete inquired.communicationRequest
  return inquired
}
