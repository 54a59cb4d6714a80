/** The answer to an inquiry: one `return` a current authorization (pas.md §4). Pure; the stored answers stay as they are. */
import type { Bundle, BundleEntry, ClaimResponse, FhirResource, Parameters } from 'fhir/r4'
import { PROFILE } from '../fhir/canonical.ts'
import { omit } from './profile-parts.ts'

/** An answer to `$submit` as the answer to an inquiry, which asks for nothing: without CommunicationRequests. */
export function toInquiryResponse(answer: Bundle<FhirResource>): Bundle<FhirResource> {
  const toInquired = (response: ClaimResponse): ClaimResponse => ({
    ...omit(response, 'communicationRequest'),
    meta: { ...response.meta, profile: [PROFILE.pasClaimInquiryResponse] },
  })
  return {
    ...answer,
    meta: { ...answer.meta, profile: [PROFILE.pasInquiryResponseBundle] },
    entry: (answer.entry ?? [])
      .filter(({ resource }) => resource?.resourceType !== 'CommunicationRequest')
      .map((entry) =>
        entry.resource?.resourceType === 'ClaimResponse' ? { ...entry, resource: toInquired(entry.resource) } : entry,
      ),
  }
}

/** Nothing found is an answer without a `return`, not an error. */
export function buildInquiryAnswer(found: readonly Bundle<FhirResource>[]): Parameters {
  const parameter = found.map((resource) => ({ name: 'return', resource }))
  return { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) }
}

/**
 * The one Bundle of 2.0.1: every ClaimResponse first, each other resource once by its fullUrl. Where nothing was found it is
 * empty and claims no profile: that of 2.0.1 asks for an entry.
 */
export function joinInquiryAnswers(found: readonly Bundle<FhirResource>[], at: string): Bundle<FhirResource> {
  const [only, ...more] = found
  if (only !== undefined && more.length === 0) return only
  const entries = found.flatMap(({ entry }) => entry ?? [])
  const isResponse = (entry: BundleEntry<FhirResource>): boolean => entry.resource?.resourceType === 'ClaimResponse'
  const others = entries.filter((entry) => !isResponse(entry))
  const byUrl = new Map(others.map((entry, at) => [entry.fullUrl ?? String(at), entry]))
  const all = [...entries.filter(isResponse), ...byUrl.values()]
  const joined: Bundle<FhirResource> = { resourceType: 'Bundle', type: 'collection', timestamp: at }
  return all.length === 0 ? joined : { ...joined, meta: { profile: [PROFILE.pasInquiryResponseBundle] }, entry: all }
}
