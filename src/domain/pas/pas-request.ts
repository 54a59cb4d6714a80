/** What the intermediary needs to know of a request Bundle that passed the check. Pure. */
import type { Bundle, Claim, FhirResource, Identifier } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { listOf } from '../fhir/list.ts'
import { referenceTo, resolveInBundle } from '../fhir/reference.ts'
import { tracesOfClaim } from './claim-reference.ts'
import { readMember, readPriorClaim, readProviderNpis, readServicesEnd, type Member } from './claim-parties.ts'

export interface PasRequest {
  readonly claim: Claim
  readonly claimFullUrl: string
  readonly bundleIdentifier: string
  readonly claimIdentifier: string
  readonly sequences: readonly number[]
  /**
   * Everything by which a late answer may name this request: the trace numbers of its lines, and the Claim's fullUrl and
   * its id, as a payer may quote them in ClaimResponse.request. An update has none of those that the version before had: they
   * name that one.
   */
  readonly traces: readonly string[]
  readonly insurerIdentifiers: readonly Identifier[]
  readonly interchangeSenderId: string | null
  readonly member: Member
  /** Of the ordering and rendering providers. */
  readonly providerNpis: readonly string[]
  /** Identifier of the Claim that it updates. */
  readonly priorClaim: string | null
  /** Last planned day of service. */
  readonly servicesEnd: string | null
}

const tracesOf = (claim: Claim): string[] =>
  listOf(claim.item).flatMap((item) =>
    readExtensions(item, EXT.itemTraceNumber).flatMap(({ valueIdentifier }) => valueIdentifier?.value ?? []),
  )

/** `Claim/id`, where one who is told that name would not look for the fullUrl. */
function namesBeside(fullUrl: string, claim: Claim): string[] {
  const name = referenceTo(claim)
  return name === undefined || tracesOfClaim(name).includes(fullUrl) ? [] : [name]
}

/** Reads a checked request; undefined where it lacks what the check asks for. */
export function readPasRequest(bundle: Bundle<FhirResource>): PasRequest | undefined {
  const [first] = bundle.entry ?? []
  const claim = first?.resource
  const bundleIdentifier = bundle.identifier?.value
  if (claim?.resourceType !== 'Claim' || bundleIdentifier === undefined || first?.fullUrl === undefined)
    return undefined
  const insurer = resolveInBundle(bundle, claim.insurer)
  const prior = resolveInBundle(bundle, claim.related?.[0]?.claim)
  const before = prior?.resourceType === 'Claim' ? tracesOf(prior) : []
  const traces = tracesOf(claim).filter((trace) => !before.includes(trace))
  const transmission = readExtension(claim, EXT.transmissionIdentifiers)
  return {
    claim,
    claimFullUrl: first.fullUrl,
    bundleIdentifier,
    claimIdentifier: claim.identifier?.[0]?.value ?? '',
    sequences: claim.item?.map(({ sequence }) => sequence) ?? [],
    traces: [...new Set([...traces, first.fullUrl, ...namesBeside(first.fullUrl, claim)])],
    insurerIdentifiers: insurer?.resourceType === 'Organization' ? (insurer.identifier ?? []) : [],
    interchangeSenderId: readExtension(transmission, 'interchangeSenderID')?.valueString ?? null,
    member: readMember(bundle, claim),
    providerNpis: readProviderNpis(bundle, claim),
    priorClaim: readPriorClaim(bundle, claim),
    servicesEnd: readServicesEnd(claim),
  }
}
