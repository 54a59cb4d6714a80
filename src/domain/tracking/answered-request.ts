/**
 * Which request an answer is about, among those that its payer got (pas.md §6.2): by what ClaimResponse.request names, else by
 * the trace number of a line, else by patient and tracking number. An earlier way is stronger: a later one is not asked where
 * it found something. Two requests that answer to the same name are nobody's. Pure.
 */
import { nameOfClaim } from '../pas/claim-reference.ts'
import { hasTraceOf, trackingNumbersOf } from '../pas/inquiry-bundle.ts'
import type { PasResponse } from '../pas/pas-response.ts'
import { withoutEarlierVersions, type RequestVersion } from './request-versions.ts'

export interface SentRequest extends RequestVersion {
  readonly id: string
  readonly traceNumbers: readonly string[]
  readonly memberId: string | null
  readonly subscriberId: string | null
}

export type Answered<T> =
  { readonly kind: 'found'; readonly request: T } | { readonly kind: 'none' } | { readonly kind: 'several' }

const isOfPatient = ({ memberIds }: PasResponse, { memberId, subscriberId }: SentRequest): boolean =>
  [memberId, subscriberId].some((id) => id !== null && memberIds.includes(id))

function onlyOne<T extends SentRequest>(requests: readonly T[]): Answered<T> {
  const byId = new Map(requests.map((request) => [request.id, request]))
  const [first] = byId.values()
  if (first === undefined) return { kind: 'none' }
  return byId.size === 1 ? { kind: 'found', request: first } : { kind: 'several' }
}

/** The request that an answer names; a short id counts with the patient alone. */
export function findNamedRequest<T extends SentRequest>(response: PasResponse, requests: readonly T[]): Answered<T> {
  const { identifier, reference } = response.answers
  const withIdentifier = onlyOne(requests.filter(({ claimIdentifier }) => claimIdentifier === identifier?.value))
  if (withIdentifier.kind !== 'none') return withIdentifier
  const referred = requests.filter((request) => {
    const name = nameOfClaim(reference, request.traceNumbers)
    return name === 'certain' || (name === 'likely' && isOfPatient(response, request))
  })
  if (referred.length > 0) return onlyOne(referred)
  return onlyOne(withoutEarlierVersions(requests.filter(({ traceNumbers }) => hasTraceOf(response, traceNumbers))))
}

/**
 * The request of the answer's patient that the payer tracks under the same number, for an answer that names none.
 * @param tracked what the last answer to each request says
 */
export function findTrackedRequest<T extends SentRequest>(
  response: PasResponse,
  tracked: readonly { readonly request: T; readonly response: PasResponse }[],
): Answered<T> {
  const numbers = trackingNumbersOf(response)
  const matching = tracked.filter(
    (one) =>
      isOfPatient(response, one.request) && trackingNumbersOf(one.response).some((number) => numbers.includes(number)),
  )
  return onlyOne(withoutEarlierVersions(matching.map(({ request }) => request)))
}
