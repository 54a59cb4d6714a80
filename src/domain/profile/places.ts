/**
 * Where the resources of a message stand, and what their references point to: entries of a Bundle by fullUrl, contained
 * resources by id (R4 §2.36.4.1 and §2.3.4). Pure.
 */
import { isJson, type Json } from './path/item.ts'

export interface Place {
  readonly resource: Json
  readonly type: string
  /** FHIRPath of the resource. */
  readonly path: string
  readonly kind: 'root' | 'entry' | 'contained' | 'other'
  /** The resource that this one stands in: of a contained one its container, of an entry its Bundle. */
  readonly owner: Place | undefined
  readonly fullUrl: string | undefined
}

export interface Resolved {
  readonly place: Place
  /** Other entries with the same address. */
  readonly isAmbiguous: boolean
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

export class Places {
  private readonly byResource = new Map<Json, Place>()
  private readonly resolved = new Map<Place, Map<string, Resolved | undefined>>()
  private readonly byUrl = new Map<Place, Map<string, Place[]>>()

  add(place: Place): Place {
    this.byResource.set(place.resource, place)
    return place
  }

  of(resource: Json): Place | undefined {
    return this.byResource.get(resource)
  }

  /** The entries of a Bundle, each at its place. */
  entries(bundle: Place): ReadonlyMap<string, readonly Place[]> {
    const known = this.byUrl.get(bundle)
    if (known !== undefined) return known
    const found = new Map<string, Place[]>()
    this.byUrl.set(bundle, found)
    listOf(bundle.resource['entry']).forEach((entry, at) => {
      if (!isJson(entry) || !isJson(entry['resource'])) return
      const { fullUrl, resource } = entry
      const place = this.byResource.get(resource) ?? this.add(entryPlace(bundle, resource, at, fullUrl))
      const key = typeof fullUrl === 'string' ? fullUrl : ''
      const same = found.get(key)
      if (same === undefined) found.set(key, [place])
      else same.push(place)
    })
    return found
  }

  /** What a literal reference from a resource points to inside the message. */
  resolve(reference: string, from: Place): Resolved | undefined {
    let known = this.resolved.get(from)
    if (known === undefined) this.resolved.set(from, (known = new Map()))
    if (known.has(reference)) return known.get(reference)
    const found = this.find(reference, from)
    known.set(reference, found)
    return found
  }

  private find(reference: string, from: Place): Resolved | undefined {
    if (reference.startsWith('#')) return this.resolveContained(reference, from)
    let source: Place = from
    while (source.kind === 'contained' && source.owner !== undefined) source = source.owner
    const bundle = source.kind === 'entry' ? source.owner : undefined
    if (bundle === undefined) return undefined
    const target = absolute(reference, source.fullUrl)
    const found = target === undefined ? undefined : this.entries(bundle).get(target.url)
    const [first] = found ?? []
    if (found === undefined || first === undefined) return undefined
    if (target?.version === undefined) return { place: first, isAmbiguous: found.length > 1 }
    const named = found.find(
      ({ resource }) => isJson(resource['meta']) && resource['meta']['versionId'] === target.version,
    )
    return named === undefined ? undefined : { place: named, isAmbiguous: false }
  }

  private resolveContained(reference: string, from: Place): Resolved | undefined {
    const container = from.kind === 'contained' ? from.owner : from
    if (container === undefined) return undefined
    if (reference === '#') return from.kind === 'contained' ? { place: container, isAmbiguous: false } : undefined
    const contained = listOf(container.resource['contained'])
    const at = contained.findIndex((one) => isJson(one) && one['id'] === reference.slice(1))
    const resource = contained[at]
    if (!isJson(resource)) return undefined
    const place =
      this.byResource.get(resource) ??
      this.add({
        resource,
        type: String(resource['resourceType']),
        path: `${container.path}.contained[${at}]`,
        kind: 'contained',
        owner: container,
        fullUrl: undefined,
      })
    return { place, isAmbiguous: false }
  }
}

function entryPlace(bundle: Place, resource: Json, at: number, fullUrl: unknown): Place {
  return {
    resource,
    type: String(resource['resourceType']),
    path: `${bundle.path}.entry[${at}].resource`,
    kind: 'entry',
    owner: bundle,
    fullUrl: typeof fullUrl === 'string' ? fullUrl : undefined,
  }
}

/** The address that a reference means, seen from an entry's fullUrl. */
function absolute(reference: string, fullUrl: string | undefined): { url: string; version?: string } | undefined {
  const history = /^(.*)\/_history\/([^/]+)$/.exec(reference)
  const bare = history?.[1] ?? reference
  const version = history?.[2] === undefined ? {} : { version: history[2] }
  if (/^[a-z][a-z0-9+.-]*:/i.test(bare)) return { url: bare, ...version }
  if (fullUrl === undefined || bare.split('/').length !== 2) return undefined
  if (fullUrl.startsWith('urn:'))
    return { url: `${fullUrl.slice(0, fullUrl.lastIndexOf(':') + 1)}${bare.split('/')[1] ?? ''}`, ...version }
  return { url: `${fullUrl.split('/').slice(0, -2).join('/')}/${bare}`, ...version }
}
