import type { Bundle, Reference, Resource } from 'fhir/r4'

/** `Type/id` of a resource with an id. */
export function referenceTo(resource: { resourceType: string; id?: string | undefined }): string | undefined {
  return resource.id === undefined ? undefined : `${resource.resourceType}/${resource.id}`
}

/**
 * Brings a literal reference to `Type/id`: drops a base URL and a version. `urn:uuid:` and `#contained` stay as they are.
 * R4 references §2.3.0.1.
 */
export function normalizeReference(reference: string): string {
  const match = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(reference)
  return match?.[1] ?? reference
}

/** Whether two literal references name the same resource, whatever base URL or version they carry. */
export function isSameReference(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && normalizeReference(a) === normalizeReference(b)
}

/**
 * Finds the target of a literal reference among the entries of a Bundle: by fullUrl first, then by `Type/id`.
 * Gives undefined for a display-only, identifier-only or contained reference, and where the Bundle does not hold it.
 */
export function resolveInBundle<T extends Resource>(
  bundle: Bundle<T>,
  reference: Reference | string | undefined,
): T | undefined {
  const literal = typeof reference === 'string' ? reference : reference?.reference
  if (literal === undefined || literal.startsWith('#')) return undefined
  const entries = bundle.entry ?? []
  const exact = entries.find((entry) => entry.fullUrl === literal)
  if (exact) return exact.resource
  return entries.find((entry) => entry.resource !== undefined && isSameReference(referenceTo(entry.resource), literal))
    ?.resource
}

/** Every literal reference in a resource, depth first, with the FHIRPath of the Reference that carries it. */
export function listReferences(resource: unknown, path: string): { path: string; reference: string }[] {
  const found: { path: string; reference: string }[] = []
  const walk = (node: unknown, at: string): void => {
    if (Array.isArray(node)) node.forEach((child, index) => walk(child, `${at}[${index}]`))
    else if (node !== null && typeof node === 'object') {
      for (const [name, value] of Object.entries(node)) {
        if (name === 'reference' && typeof value === 'string') found.push({ path: at, reference: value })
        else walk(value, `${at}.${name}`)
      }
    }
  }
  walk(resource, path)
  return found
}
