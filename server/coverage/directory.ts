/**
 * Organizations, practitioners, roles and places of a tenant, kept for minutes: no patient's data, and the same for every
 * hook. Saves the round trips to the EHR that would stand between an order and its answer.
 */
import type { FhirResource } from 'fhir/r4'
import { referenceTo } from '#domain/fhir/reference.ts'
import { createExpiringMap } from './expiring-map.ts'

const LIFE_SECONDS = 600
const LIMIT = 5_000
const DIRECTORY_TYPES: ReadonlySet<string> = new Set(['Location', 'Organization', 'Practitioner', 'PractitionerRole'])

export interface Directory {
  get(reference: string): FhirResource | undefined
  /** Keeps a directory entry; anything else is not kept. */
  put(resource: FhirResource): void
}

/** Builds the directories of all tenants over one bounded map. */
export function createDirectories(now: () => string): (tenantId: string) => Directory {
  const entries = createExpiringMap<FhirResource>(LIFE_SECONDS, LIMIT)
  return (tenantId) => ({
    get: (reference) => entries.get(`${tenantId} ${reference}`, now()),
    put(resource) {
      const reference = referenceTo(resource)
      if (reference !== undefined && DIRECTORY_TYPES.has(resource.resourceType))
        entries.set(`${tenantId} ${reference}`, resource, now())
    },
  })
}
