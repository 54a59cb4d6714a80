/**
 * The chart store of the simulated EHR: every resource in memory, versions counted, writes told to a journal. Charts are
 * loaded as they are; only what is written through `create` and `update` is journalled, so that it survives a restart.
 */
import { err, ok, type Result } from '#domain/result.ts'
import type { Journal } from './journal.ts'
import { readPatientId, type AnyResource, type StoredResource } from './resource.ts'

export type UpdateFailure = 'not-found' | 'version-conflict'

export interface ResourceStore {
  read(type: string, id: string): StoredResource | undefined
  /** Every resource of a type; of one patient's compartment where `patientId` is given. */
  list(type: string, patientId?: string): readonly StoredResource[]
  types(): readonly string[]
  /** Takes a chart's resource in as it is: id and meta kept, nothing journalled. */
  load(resource: AnyResource & { readonly id: string }): void
  create(resource: AnyResource): StoredResource
  /** Writes a new resource under its own id: what this EHR's own screens make. */
  file(resource: AnyResource & { readonly id: string }): StoredResource
  /** Replaces a resource; `expectedVersion` is what If-Match carried. */
  update(
    resource: AnyResource & { readonly id: string },
    expectedVersion: string | null,
  ): Result<StoredResource, UpdateFailure>
  remove(type: string, id: string): void
}

interface StoreOptions {
  readonly now: () => string
  readonly newId: () => string
  readonly journal: Journal
}

export function createResourceStore(options: StoreOptions): ResourceStore {
  const byType = new Map<string, Map<string, StoredResource>>()
  const byPatient = new Map<string, Map<string, StoredResource>>()

  const index = (resource: StoredResource): void => {
    room(byType, resource.resourceType).set(resource.id, resource)
    const patientId = readPatientId(resource)
    if (patientId !== undefined) room(byPatient, `${resource.resourceType}|${patientId}`).set(resource.id, resource)
  }
  const forget = (resource: StoredResource): void => {
    byType.get(resource.resourceType)?.delete(resource.id)
    byPatient.get(`${resource.resourceType}|${readPatientId(resource) ?? ''}`)?.delete(resource.id)
  }
  const stamp = (resource: AnyResource & { readonly id: string }, version: number): StoredResource => ({
    ...resource,
    meta: { ...resource.meta, versionId: String(version), lastUpdated: options.now() },
  })
  const write = (resource: StoredResource): StoredResource => {
    index(resource)
    options.journal.append({ put: resource })
    return resource
  }

  for (const entry of options.journal.replay()) {
    if ('put' in entry) index(entry.put)
    else forgetReference(byType, entry.removed, forget)
  }
  // A chart loaded after the replay must not overwrite what was written to one of its resources since.
  const written = new Set(
    [...byType.values()].flatMap((room) => [...room.values()]).map((r) => `${r.resourceType}/${r.id}`),
  )

  return {
    read: (type, id) => byType.get(type)?.get(id),
    list: (type, patientId) => [
      ...((patientId === undefined ? byType.get(type) : byPatient.get(`${type}|${patientId}`)) ?? new Map()).values(),
    ],
    types: () => [...byType.keys()].sort(),
    load(resource) {
      if (written.has(`${resource.resourceType}/${resource.id}`)) return
      index({
        ...resource,
        meta: {
          ...resource.meta,
          versionId: resource.meta?.versionId ?? '1',
          lastUpdated: resource.meta?.lastUpdated ?? options.now(),
        },
      })
    },
    create: (resource) => write(stamp({ ...resource, id: options.newId() }, 1)),
    file: (resource) => write(stamp(resource, 1)),
    update(resource, expectedVersion) {
      const current = byType.get(resource.resourceType)?.get(resource.id)
      if (current === undefined) return err('not-found')
      if (expectedVersion !== null && expectedVersion !== current.meta.versionId) return err('version-conflict')
      forget(current)
      return ok(write(stamp(resource, Number(current.meta.versionId) + 1)))
    },
    remove(type, id) {
      const current = byType.get(type)?.get(id)
      if (current === undefined) return
      forget(current)
      options.journal.append({ removed: `${type}/${id}` })
    },
  }
}

function room<K, V>(rooms: Map<K, Map<string, V>>, key: K): Map<string, V> {
  const existing = rooms.get(key)
  if (existing !== undefined) return existing
  const created = new Map<string, V>()
  rooms.set(key, created)
  return created
}

function forgetReference(
  byType: ReadonlyMap<string, ReadonlyMap<string, StoredResource>>,
  reference: string,
  forget: (resource: StoredResource) => void,
): void {
  const [type = '', id = ''] = reference.split('/')
  const resource = byType.get(type)?.get(id)
  if (resource !== undefined) forget(resource)
}
