/**
 * An inquiry about one of our own requests, by example (pas.md §4): the same member, payer, requester, codes and dates.
 * The Claim identifier is the inquiry's own and no search key, so the answer is accepted on a trace-number match alone
 * (design.md, After a time-out). Pure.
 */
import type { Bundle, BundleEntry, Claim, ClaimItem, FhirResource } from 'fhir/r4'
import { EXT, PROFILE } from '../fhir/canonical.ts'
import type { PasResponse } from './pas-response.ts'
import type { PasRequest } from './pas-request.ts'
import { nameOfClaim } from './claim-reference.ts'
import { closeOver } from './closure.ts'
import { exampleOf, type InquiryAsk } from './inquiry-ask.ts'
import { isJson as isNode } from '../profile/path/item.ts'

export interface InquiryIds {
  /** TRN of the inquiry itself. */
  readonly bundle: { readonly system: string; readonly value: string }
  readonly claimId: string
  readonly createdAt: string
  readonly uuidFor: (key: string) => string
}

/** What an inquiry about the outcome of a request says of its lines: enough to find it, nothing that narrows it down. */
const OUTCOME_EXTENSIONS: readonly string[] = [EXT.itemTraceNumber, EXT.requestType, EXT.certificationType]

function toPlainItem(item: ClaimItem): ClaimItem {
  const extension = item.extension?.filter(({ url }) => OUTCOME_EXTENSIONS.includes(url)) ?? []
  const {
    sequence,
    category,
    productOrService,
    modifier,
    servicedDate,
    servicedPeriod,
    locationCodeableConcept,
    quantity,
  } = item
  return {
    ...(extension.length > 0 ? { extension } : {}),
    sequence,
    ...(category === undefined ? {} : { category }),
    productOrService,
    ...(modifier === undefined ? {} : { modifier }),
    ...(servicedDate === undefined ? {} : { servicedDate }),
    ...(servicedPeriod === undefined ? {} : { servicedPeriod }),
    ...(locationCodeableConcept === undefined ? {} : { locationCodeableConcept }),
    ...(quantity === undefined ? {} : { quantity }),
  }
}

/** The same codes and dates: how an unknown outcome is asked for. */
function outcomeExample(claim: Claim): Partial<Claim> {
  const extension = claim.extension?.filter(({ url }) => url === EXT.transmissionIdentifiers) ?? []
  return {
    ...(extension.length > 0 ? { extension } : {}),
    ...(claim.item === undefined ? {} : { item: claim.item.map(toPlainItem) }),
  }
}

/** Builds the inquiry Bundle about a request that we sent: for its outcome, or for what a person asks. */
export function buildInquiryBundle(
  bundle: Bundle<FhirResource>,
  request: Pick<PasRequest, 'claim'>,
  ids: InquiryIds,
  ask?: InquiryAsk,
): Bundle<FhirResource> {
  const { claim } = request
  const example = ask === undefined ? outcomeExample(claim) : exampleOf(claim, ask)
  const system = claim.identifier?.[0]?.system ?? ids.bundle.system
  const inquiry: Claim = {
    resourceType: 'Claim',
    id: ids.claimId,
    meta: { profile: [PROFILE.pasClaimInquiry] },
    ...example,
    identifier: [{ ...claim.identifier?.[0], system, value: ids.bundle.value }],
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: claim.patient,
    created: ids.createdAt,
    ...(claim.insurer === undefined ? {} : { insurer: claim.insurer }),
    provider: claim.provider,
    priority: claim.priority,
    insurance: claim.insurance,
  }
  const pool = (bundle.entry ?? []).flatMap(({ fullUrl, resource }) =>
    fullUrl === undefined || resource === undefined || resource === claim ? [] : [{ fullUrl, resource }],
  )
  const root = { fullUrl: `urn:uuid:${ids.claimId}`, resource: inquiry }
  const { entries } = closeOver(root, pool, ids.bundle.system, ids.uuidFor)
  return {
    resourceType: 'Bundle',
    meta: { profile: [PROFILE.pasInquiryRequestBundle] },
    identifier: ids.bundle,
    type: 'collection',
    timestamp: ids.createdAt,
    entry: entries.map(({ fullUrl, resource }) => ({ fullUrl, resource })),
  }
}

/**
 * The response Bundles of an inquiry's answer: parts of any name (the guide's example does not use `return`), or the bare
 * Bundle of 2.0.1 (pas.md §4). Parts that are none are left out. A Bundle of several ClaimResponses, which both versions
 * allow, is given once for each of them, with all that it holds besides.
 */
export function listInquiryBundles(body: unknown): Bundle<FhirResource>[] {
  if (!isNode(body)) return []
  if (body['resourceType'] === 'Bundle') return onePerResponse(body as unknown as Bundle<FhirResource>)
  const parts = body['resourceType'] === 'Parameters' ? body['parameter'] : undefined
  const resources = Array.isArray(parts) ? parts.map((one: unknown) => (isNode(one) ? one['resource'] : undefined)) : []
  const bundles = resources.filter((one) => isNode(one) && one['resourceType'] === 'Bundle') as Bundle<FhirResource>[]
  return bundles.flatMap(onePerResponse)
}

function onePerResponse(bundle: Bundle<FhirResource>): Bundle<FhirResource>[] {
  const entries: unknown = bundle.entry
  if (!Array.isArray(entries)) return [bundle]
  const isResponse = (entry: unknown): boolean =>
    isNode(entry) && isNode(entry['resource']) && entry['resource']['resourceType'] === 'ClaimResponse'
  const responses = (entries as BundleEntry<FhirResource>[]).filter(isResponse)
  if (responses.length < 2) return [bundle]
  const others = (entries as BundleEntry<FhirResource>[]).filter((entry) => !isResponse(entry))
  return responses.map((response) => ({ ...bundle, entry: [response, ...others] }))
}

/** A request of ours, by all that an answer may know it by. */
export interface AskedAbout extends Pick<PasRequest, 'claimIdentifier' | 'traces'> {
  /** Under which the payer tracks it (REF*NT), where it has said so. */
  readonly trackingNumbers: readonly string[]
}

/**
 * The answer to this very request among what an inquiry about its patient found: the one that names it comes first, since the
 * answers to its later versions carry its trace numbers, too. A tracking number counts where one answer alone has it.
 */
export function findOwnAnswer<T extends { readonly response: PasResponse }>(
  found: readonly T[],
  { claimIdentifier, traces, trackingNumbers }: AskedAbout,
): T | undefined {
  const named =
    found.find(({ response }) => response.answers.identifier?.value === claimIdentifier) ??
    found.find(({ response }) => nameOfClaim(response.answers.reference, traces) === 'certain') ??
    found.find(({ response }) => answersRequest(response, claimIdentifier, traces))
  if (named !== undefined) return named
  const tracked = found.filter(({ response }) =>
    trackingNumbersOf(response).some((number) => trackingNumbers.includes(number)),
  )
  return tracked.length === 1 ? tracked[0] : undefined
}

/** Under which numbers the payer tracks what it answers (REF*NT). */
export const trackingNumbersOf = ({ lines, additionalLines }: PasResponse): string[] => [
  ...new Set([...lines, ...additionalLines].flatMap(({ trackingNumber }) => trackingNumber ?? [])),
]

/**
 * Whether an answer names this request: by ClaimResponse.request, or by the trace number of one of its lines. A short id that
 * the payer may have given to a Claim of its own names nothing here.
 */
export function answersRequest(response: PasResponse, claimIdentifier: string, traces: readonly string[]): boolean {
  const { reference, identifier } = response.answers
  if (identifier !== null && identifier.value === claimIdentifier) return true
  if (nameOfClaim(reference, traces) === 'certain') return true
  return hasTraceOf(response, traces)
}

/** Whether a line of the answer has one of these trace numbers. */
export const hasTraceOf = ({ lines }: PasResponse, traces: readonly string[]): boolean =>
  lines.some(({ traceNumbers }) => traceNumbers.some(({ value }) => traces.includes(value)))
