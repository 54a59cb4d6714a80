/**
 * An inquiry about one of our own requests, by example (pas.md §4): the same member, payer, requester, codes and dates.
 * The Claim identifier is the inquiry's own and no search key, so the answer is accepted on a trace-number match alone
 * (design.md, After a time-out). Pure.
 */
import type { Bundle, Claim, ClaimItem, FhirResource } from 'fhir/r4'
import { EXT, PROFILE } from '../fhir/canonical.ts'
import type { PasResponse } from './pas-response.ts'
import type { PasRequest } from './pas-request.ts'
import { closeOver } from './closure.ts'

export interface InquiryIds {
  /** TRN of the inquiry itself. */
  readonly bundle: { readonly system: string; readonly value: string }
  readonly claimId: string
  readonly createdAt: string
  readonly uuidFor: (key: string) => string
}

const ITEM_EXTENSIONS: readonly string[] = [EXT.itemTraceNumber, EXT.requestType, EXT.certificationType]

/** What the inquiry profile knows of a line. */
function toInquiryItem(item: ClaimItem): ClaimItem {
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
  const extension = item.extension?.filter(({ url }) => ITEM_EXTENSIONS.includes(url)) ?? []
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

/** Builds the inquiry Bundle for a request that we sent. */
export function buildInquiryBundle(
  bundle: Bundle<FhirResource>,
  request: PasRequest,
  ids: InquiryIds,
): Bundle<FhirResource> {
  const { claim } = request
  const extension = claim.extension?.filter(({ url }) => url === EXT.transmissionIdentifiers) ?? []
  const system = claim.identifier?.[0]?.system ?? ids.bundle.system
  const inquiry: Claim = {
    resourceType: 'Claim',
    id: ids.claimId,
    meta: { profile: [PROFILE.pasClaimInquiry] },
    ...(extension.length > 0 ? { extension } : {}),
    identifier: [{ system, value: ids.bundle.value }],
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: claim.patient,
    created: ids.createdAt,
    ...(claim.insurer === undefined ? {} : { insurer: claim.insurer }),
    provider: claim.provider,
    priority: claim.priority,
    insurance: claim.insurance,
    ...(claim.item === undefined ? {} : { item: claim.item.map(toInquiryItem) }),
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

/** Whether an answer names this request: by ClaimResponse.request, or by the trace number of one of its lines. */
export function answersRequest(response: PasResponse, claimIdentifier: string, traces: readonly string[]): boolean {
  const { reference, identifier } = response.answers
  if (identifier !== null && identifier.value === claimIdentifier) return true
  if (reference !== null && traces.includes(reference)) return true
  return response.lines.some(({ traceNumbers }) => traceNumbers.some(({ value }) => traces.includes(value)))
}
