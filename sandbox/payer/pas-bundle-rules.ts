/** Rules of the PAS request and inquiry Bundles (spec pas.md §2.1): order, identity, closure, uniqueness. */
import type { Bundle, FhirResource } from 'fhir/r4'
import { listReferences } from '../../src/domain/fhir/reference.ts'
import { isInstant, type Faults } from './faults.ts'
import { resolveFullUrl } from './pas-bundle.ts'
import type { PasVersion } from './pas-version.ts'

/** The conformance suite takes urn:uuid of version 4 only (spec pas.md §11.1). */
const FULL_URL =
  /^(https?:\/\/\S+\/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}|urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/

/** Checks the frame of a Bundle whose first entry must be a Claim. */
export function checkBundle(bundle: Bundle<FhirResource>, version: PasVersion, faults: Faults): void {
  const { need } = faults
  const { entry: entries = [], identifier } = bundle
  need(
    Boolean(identifier?.value),
    'Bundle.identifier',
    'The submitter’s transaction identifier is required.',
    'required',
  )
  need(bundle.type === 'collection', 'Bundle.type', 'Must be collection.', 'value')
  need(isInstant(bundle.timestamp), 'Bundle.timestamp', 'An instant is required.', 'required')
  if (!need(entries.length > 0, 'Bundle.entry', 'The Bundle is empty.', 'required')) return
  need(entries[0]?.resource?.resourceType === 'Claim', 'Bundle.entry[0].resource', 'The first entry must be the Claim.')
  const claims = entries.filter((entry) => entry.resource?.resourceType === 'Claim').length
  if (version === '2.0.1') need(claims === 1, 'Bundle.entry', 'Exactly one Claim.')
  else need(claims <= 2, 'Bundle.entry', 'At most two Claims: the request and the prior one.')
  entries.forEach((entry, index) => {
    const path = `Bundle.entry[${index}]`
    need(entry.resource !== undefined, `${path}.resource`, 'A resource is required.', 'required')
    need(
      FULL_URL.test(entry.fullUrl ?? ''),
      `${path}.fullUrl`,
      'Must be the RESTful URL of the resource or urn:uuid.',
      'value',
    )
    need(
      (entry.search ?? entry.request ?? entry.response) === undefined,
      path,
      'search, request and response are not allowed.',
      'structure',
    )
  })
  checkIdentity(bundle, faults)
  checkClosure(bundle, faults)
}

/** Each instance once (spec-14): by fullUrl, and by type and id. */
function checkIdentity(bundle: Bundle<FhirResource>, { need }: Faults): void {
  const seen = new Set<string>()
  bundle.entry?.forEach((entry, index) => {
    const { resource, fullUrl } = entry
    const names = [fullUrl, resource?.id === undefined ? undefined : `${resource.resourceType}/${resource.id}`]
    for (const name of names) {
      if (name === undefined) continue
      need(!seen.has(name), `Bundle.entry[${index}]`, `${name} is in the Bundle more than once.`, 'duplicate')
      seen.add(name)
    }
  })
}

/**
 * Every literal reference leads to an entry, and every entry is reached from the Claim (spec-13, spec-20). A relative
 * reference is good only in a resource whose own fullUrl is RESTful. The prior Claim's own `related` is exempt (§5).
 */
function checkClosure(bundle: Bundle<FhirResource>, { need }: Faults): void {
  const entries = bundle.entry ?? []
  const indexOf = new Map(entries.map((entry, index) => [entry.fullUrl, index]))
  const reached = new Set<number>([0])
  const queue = [0]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const entry = entries[at]
    for (const { path, reference } of listReferences(entry?.resource, `Bundle.entry[${at}].resource`)) {
      if (at > 0 && entry?.resource?.resourceType === 'Claim' && path.includes('.related[')) continue
      if (reference.startsWith('#')) {
        need(hasContained(entry?.resource, reference), path, `${reference} is not contained.`, 'not-found')
        continue
      }
      const target = indexOf.get(resolveFullUrl(reference, entry?.fullUrl))
      if (!need(target !== undefined, path, `${reference} is not in the Bundle.`, 'not-found') || target === undefined)
        continue
      if (!reached.has(target)) queue.push(target)
      reached.add(target)
    }
  }
  entries.forEach((_entry, index) =>
    need(reached.has(index), `Bundle.entry[${index}]`, 'Nothing in the request refers to this entry.', 'business-rule'),
  )
}

function hasContained(resource: FhirResource | undefined, reference: string): boolean {
  const contained = resource !== undefined && 'contained' in resource ? (resource.contained ?? []) : []
  return contained.some((inner) => `#${inner.id ?? ''}` === reference)
}
