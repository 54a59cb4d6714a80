/**
 * Whether a literal reference in a payer's answer names a Claim of ours (pas.md §6.2): as we wrote it, or by the id that it
 * ends with, relative or under whatever base the payer keeps it. Pure.
 */
import { normalizeReference } from '../fhir/reference.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const URN = 'urn:uuid:'
const CLAIM = 'Claim/'

/** The id at the end of `Claim/id`, of an address that ends so, or of a `urn:uuid:`. */
function idOf(reference: string): string | undefined {
  if (reference.startsWith(URN)) return reference.slice(URN.length).toLowerCase()
  const tail = normalizeReference(reference)
  if (!tail.startsWith(CLAIM)) return undefined
  const id = tail.slice(CLAIM.length)
  return UUID.test(id) ? id.toLowerCase() : id
}

export type ClaimName =
  /** No other Claim can be meant. */
  | 'certain'
  /** A short id, which the payer may have given to a Claim of its own: something else must say so, too. */
  | 'likely'
  | 'none'

/** How surely a reference names the request that has these traces (`PasRequest.traces`). */
export function nameOfClaim(reference: string | null, traces: readonly string[]): ClaimName {
  if (reference === null) return 'none'
  // `Claim/id` as we wrote it is no more than the id.
  if (traces.includes(reference) && !reference.startsWith(CLAIM)) return 'certain'
  const id = idOf(reference)
  if (id === undefined || !traces.some((trace) => idOf(trace) === id)) return 'none'
  return UUID.test(id) ? 'certain' : 'likely'
}

/** Every trace under which the request that a reference names may have been kept. */
export function tracesOfClaim(reference: string): string[] {
  const id = idOf(reference)
  if (id === undefined) return [reference]
  return [...new Set([reference, `${CLAIM}${id}`, ...(UUID.test(id) ? [`${URN}${id}`] : [])])]
}
