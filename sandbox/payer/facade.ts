/** Reads what the prefetch lacks from the caller's FHIR server, with the token of this very call. */
import type { Bundle, FhirResource } from 'fhir/r4'

export interface Facade {
  /** A resource or a search's matches; undefined where it was refused or not found. */
  readonly read: (path: string) => Promise<FhirResource | undefined>
}

const READ_TIMEOUT_MS = 3000

/** Builds the reader of one hook call. */
export function openFacade(access: { readonly server: string; readonly token: string }, send: typeof fetch): Facade {
  return {
    async read(path) {
      try {
        const response = await send(`${access.server.replace(/\/$/, '')}/${path}`, {
          headers: { authorization: `Bearer ${access.token}`, accept: 'application/fhir+json' },
          signal: AbortSignal.timeout(READ_TIMEOUT_MS),
          redirect: 'error',
        })
        return response.ok ? ((await response.json()) as FhirResource) : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** Every resource of one type in a resource, a Bundle, or nothing at all. */
export function pickResources<T extends FhirResource['resourceType']>(
  from: unknown,
  type: T,
): Extract<FhirResource, { resourceType: T }>[] {
  const source = from as FhirResource | null | undefined
  if (source?.resourceType === type) return [source as Extract<FhirResource, { resourceType: T }>]
  if (source?.resourceType !== 'Bundle') return []
  return ((source as Bundle<FhirResource>).entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource): resource is Extract<FhirResource, { resourceType: T }> => resource?.resourceType === type)
}
