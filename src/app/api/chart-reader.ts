/**
 * Reads the chart through our own proxy with fhirclient, which is loaded when somebody first asks for a resource. The EHR's
 * token stays on the server; what is sent from here is our session alone.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { ApiFailure, apiHeaders } from './http.ts'
import { launchPath } from './queries.ts'
import { endSession } from './session.ts'

/** The current resource behind a relative reference such as `Observation/123`. */
export async function readFromChart(launchId: string, reference: string): Promise<FhirResource> {
  const client = await openClient(launchId)
  try {
    return await client.request<FhirResource>(reference)
  } catch (cause) {
    throw toFailure(cause)
  }
}

/** So many are offered; who looks for an older one opens it in the EHR. */
const LISTED = 100

/** The patient's resources of one type, as the chart gives them; our proxy adds the patient. */
export async function listFromChart(launchId: string, resourceType: string): Promise<readonly FhirResource[]> {
  const client = await openClient(launchId)
  try {
    const found = await client.request<Bundle<FhirResource>>(`${resourceType}?_count=${String(LISTED)}`)
    return (found.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === resourceType ? [resource] : []))
  } catch (cause) {
    throw toFailure(cause)
  }
}

async function openClient(launchId: string) {
  const { default: loaded } = await import('fhirclient/lib/FhirClient')
  // A CommonJS module: the class is one level further down in some builds.
  const FhirClient = 'default' in loaded ? (loaded as unknown as { default: typeof loaded }).default : loaded
  class ChartClient extends FhirClient {
    override getRequestDefaults(): Promise<Partial<RequestInit>> {
      return Promise.resolve({ headers: { ...apiHeaders(), accept: 'application/fhir+json' } })
    }

    request<T>(reference: string): Promise<T> {
      return this.fhirRequest<T>(reference)
    }
  }
  // fhirclient refuses relative addresses.
  return new ChartClient(`${window.location.origin}${launchPath(launchId)}/fhir`)
}

/** fhirclient words a 401 as a failed SMART launch; for us it is the end of the session. */
function toFailure(cause: unknown): ApiFailure {
  const status = readStatus(cause)
  if (status === 401) endSession()
  return new ApiFailure({
    reason: status === 404 || status === 410 ? 'resource-gone' : 'chart-unreadable',
    status,
    ref: null,
  })
}

function readStatus(cause: unknown): number | null {
  if (typeof cause !== 'object' || cause === null) return null
  if ('statusCode' in cause && typeof cause.statusCode === 'number') return cause.statusCode
  return 'status' in cause && typeof cause.status === 'number' ? cause.status : null
}
