/**
 * The ClaimResponse that an id-only notification names, as its client reads it (R4 subscriptions backport, payloads: the focus
 * is an address that the subscriber can read; PAS 2.0.1 asks for id-only). Pure.
 */
import type { Bundle, BundleEntry, ClaimResponse, FhirResource } from 'fhir/r4'

/** Where `Type/id` without a base lies, for whoever wrote the entry: in its own address; undefined under an urn. */
function baseOf({ fullUrl, resource }: BundleEntry<FhirResource>): string | undefined {
  const tail = `/${resource?.resourceType ?? ''}/`
  const at = fullUrl?.startsWith('http') === true ? fullUrl.lastIndexOf(tail) : -1
  return at < 0 ? undefined : fullUrl?.slice(0, at)
}

/** A relative reference would lead to another resource here than where it was written: it is made absolute. */
function makeAbsolute(node: unknown, base: string): unknown {
  if (Array.isArray(node)) return node.map((child) => makeAbsolute(child, base))
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [
      name,
      name === 'reference' && typeof value === 'string' && /^[A-Z][A-Za-z]+\//.test(value)
        ? `${base}/${value}`
        : makeAbsolute(value, base),
    ]),
  )
}

/**
 * The answer's own ClaimResponse under our id for it. What it refers to is not here: an inquiry brings all of it.
 * Undefined where the answer is none.
 */
export function readNamedAnswer(answer: Bundle<FhirResource>, id: string): ClaimResponse | undefined {
  const entry = answer.entry?.find(({ resource }) => resource?.resourceType === 'ClaimResponse')
  if (entry?.resource === undefined) return undefined
  const base = baseOf(entry)
  const response = base === undefined ? entry.resource : makeAbsolute(entry.resource, base)
  return { ...(response as ClaimResponse), id }
}
