/**
 * The transitive closure of a resource's references over a pool: each instance once, every literal reference rewritten to
 * the exact fullUrl of its target, no cycle, nothing dangling (pas.md §2.1, spec-13…18). Pure.
 * A reference whose target is not in the pool, or would close a cycle, becomes a logical one: type and identifier stay.
 */
import type { FhirResource, Reference } from 'fhir/r4'
import { normalizeReference, referenceTo } from '../fhir/reference.ts'
import { omit } from './profile-parts.ts'
import type { UnresolvedReference } from './request-input.ts'

export interface PoolEntry {
  readonly fullUrl: string
  readonly resource: FhirResource
}

export interface Closure {
  readonly entries: readonly PoolEntry[]
  readonly unresolved: readonly UnresolvedReference[]
}

/** Address of a resource: its REST address, or an urn:uuid where the EHR gave it no id. */
export function fullUrlOf(resource: FhirResource, base: string, uuidFor: (key: string) => string, key: string): string {
  const reference = referenceTo(resource)
  return reference === undefined ? `urn:uuid:${uuidFor(key)}` : `${base}/${reference}`
}

const isLiteral = (node: object): node is Reference & { reference: string } =>
  'reference' in node && typeof node.reference === 'string'

/** The key under which a literal reference is looked up; an address of another server stays itself. */
function toLocal(reference: string, base: string): string {
  if (reference.startsWith('urn:') || reference.startsWith('#')) return reference
  const isElsewhere = /^https?:/.test(reference) && !reference.startsWith(`${base}/`)
  return isElsewhere ? reference : normalizeReference(reference)
}

/** Contained resources that are pointed to by Reference come out as entries of their own: receivers do not look inside. */
function hoist(entry: PoolEntry, uuidFor: (key: string) => string): { entry: PoolEntry; hoisted: PoolEntry[] } {
  const resource = entry.resource as FhirResource & { contained?: FhirResource[] }
  const contained = resource.contained ?? []
  const pointedTo = contained.filter(({ id }) => JSON.stringify(resource).includes(`"reference":"#${id ?? ''}"`))
  if (pointedTo.length === 0) return { entry, hoisted: [] }
  const addresses = new Map(
    pointedTo.map(({ id }) => [`#${id ?? ''}`, `urn:uuid:${uuidFor(`${entry.fullUrl}#${id ?? ''}`)}`]),
  )
  const left = contained.filter((inner) => !pointedTo.includes(inner))
  const outer = { ...omit(resource, 'contained'), ...(left.length > 0 ? { contained: left } : {}) } as FhirResource
  const readdress = (inner: FhirResource): FhirResource =>
    mapReferences(inner, (reference) => ({
      ...reference,
      reference: addresses.get(reference.reference) ?? reference.reference,
    }))
  return {
    entry: { fullUrl: entry.fullUrl, resource: readdress(outer) },
    hoisted: pointedTo.map((inner) => {
      const fullUrl = addresses.get(`#${inner.id ?? ''}`) ?? ''
      return { fullUrl, resource: readdress(omit(inner, 'id') as FhirResource) }
    }),
  }
}

/** Copies a resource with each literal reference replaced; `path` is the FHIRPath of the Reference. */
function mapReferences<T>(
  node: T,
  replace: (reference: Reference & { reference: string }, path: string) => Reference,
  path = '',
): T {
  if (Array.isArray(node))
    return node.map((child: unknown, index) => mapReferences(child, replace, `${path}[${index}]`)) as T
  if (typeof node !== 'object' || node === null) return node
  const copied = Object.fromEntries(
    Object.entries(node).map(([name, child]: [string, unknown]) => [
      name,
      mapReferences(child, replace, path === '' ? name : `${path}.${name}`),
    ]),
  )
  return (isLiteral(copied) ? replace(copied, path) : copied) as T
}

/** A prior Claim names its own predecessor, which the Bundle does not hold (pas.md §5). */
const namesGrandparent = (resource: FhirResource, path: string): boolean =>
  resource.resourceType === 'Claim' && /^related\[\d+\][.]claim$/.test(path)

/**
 * Closes `root` over `pool`. A Claim that is not the root keeps its `related` as it stands.
 * Entries come in the order in which they are first pointed to, root first.
 * @param base FHIR base of the pool's resources, without a slash at the end
 */
export function closeOver(
  root: PoolEntry,
  pool: readonly PoolEntry[],
  base: string,
  uuidFor: (key: string) => string,
): Closure {
  const index = new Map<string, PoolEntry>()
  const add = (entry: PoolEntry): void => {
    const keys = [entry.fullUrl, toLocal(entry.fullUrl, base), referenceTo(entry.resource)]
    for (const key of keys) if (key !== undefined && !index.has(key)) index.set(key, entry)
  }
  for (const one of [root, ...pool]) {
    const { entry, hoisted } = hoist(one, uuidFor)
    add(entry)
    hoisted.forEach(add)
  }

  const done = new Map<string, FhirResource>()
  const order: string[] = []
  const unresolved: UnresolvedReference[] = []
  const toLogical = (reference: Reference & { reference: string }): Reference => {
    const { reference: literal, ...rest } = reference
    const local = toLocal(literal, base)
    const type = /^[A-Z][A-Za-z]+(?=\/)/.exec(local)?.[0]
    return { ...(type === undefined ? {} : { type }), identifier: { system: base, value: local }, ...rest }
  }
  const visit = (entry: PoolEntry, ancestors: readonly string[]): void => {
    order.push(entry.fullUrl)
    done.set(entry.fullUrl, entry.resource)
    const open = [...ancestors, entry.fullUrl]
    const resource = mapReferences(entry.resource, (reference, path) => {
      if (reference.reference.startsWith('#')) return reference
      if (ancestors.length > 0 && namesGrandparent(entry.resource, path)) return reference
      const target = index.get(toLocal(reference.reference, base))
      if (target === undefined) {
        unresolved.push({ path: `${entry.resource.resourceType}.${path}`, reference: reference.reference })
        return toLogical(reference)
      }
      if (open.includes(target.fullUrl)) return toLogical(reference)
      if (!done.has(target.fullUrl)) visit(target, open)
      return { ...reference, reference: target.fullUrl }
    })
    done.set(entry.fullUrl, resource)
  }
  const start = index.get(root.fullUrl) ?? root
  visit(start, [])
  return {
    entries: order.map((fullUrl) => ({ fullUrl, resource: done.get(fullUrl) ?? start.resource })),
    unresolved,
  }
}
