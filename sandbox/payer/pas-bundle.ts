/** Finding things in a PAS Bundle, the payer's own way. */
import type { Bundle, BundleEntry, Claim, FhirResource } from 'fhir/r4'
import { listReferences } from '../../src/domain/fhir/reference.ts'

/** The absolute URL that a reference in a resource with this fullUrl means (R4 bundle §2.36.4.1). */
export function resolveFullUrl(reference: string, ownerUrl: string | undefined): string {
  if (/^(https?:|urn:)/.test(reference)) return reference.replace(/\/_history\/[A-Za-z0-9.-]+$/, '')
  const base = /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.exec(ownerUrl ?? '')?.[1]
  return base === undefined ? reference : `${base}/${reference}`
}

/** The entry that a reference leads to; `ownerUrl` is the fullUrl of the resource that holds the reference. */
export function findEntry(
  bundle: Bundle<FhirResource>,
  reference: string | undefined,
  ownerUrl: string | undefined,
): BundleEntry<FhirResource> | undefined {
  if (reference === undefined) return undefined
  const url = resolveFullUrl(reference, ownerUrl)
  return bundle.entry?.find((entry) => entry.fullUrl === url)
}

/** The Claim of a request: its first entry. */
export function readClaim(bundle: Bundle<FhirResource>): Claim | undefined {
  const first = bundle.entry?.[0]?.resource
  return first?.resourceType === 'Claim' ? first : undefined
}

/** The entries that these references lead to, and all that those refer to in turn, each once, as they were sent. */
export function closeOver(
  bundle: Bundle<FhirResource>,
  references: readonly (string | undefined)[],
): readonly BundleEntry<FhirResource>[] {
  const ownerUrl = bundle.entry?.[0]?.fullUrl
  const found: BundleEntry<FhirResource>[] = []
  const queue = references.map((reference) => findEntry(bundle, reference, ownerUrl))
  for (let entry = queue.shift(); queue.length > 0 || entry !== undefined; entry = queue.shift()) {
    if (entry === undefined || found.includes(entry)) continue
    found.push(entry)
    for (const { reference } of listReferences(entry.resource, ''))
      queue.push(findEntry(bundle, reference, entry.fullUrl))
  }
  return found
}
