import type { FhirResource, Practitioner } from 'fhir/r4'
import { readProviderName } from '#domain/context/human-name.ts'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { normalizeReference } from '#domain/fhir/reference.ts'
import { normalizeIssuer } from '#domain/smart/launch-request.ts'
import { fetchJson } from './fetch-json.ts'

export interface UserDetails {
  readonly name: string | null
  readonly npi: string | null
}

/**
 * Reads the signed-in person's name and NPI from their own resource (of a PractitionerRole, from the Practitioner behind it).
 * What cannot be read stays null: a launch does not fail for it.
 */
export async function fetchUserDetails(
  fetchFrom: typeof fetch,
  at: { readonly fhirBase: string; readonly accessToken: string },
  fhirUser: string,
): Promise<UserDetails> {
  const resource = await fetchOne(fetchFrom, at, fhirUser)
  if (resource?.resourceType === 'Practitioner') return readPractitioner(resource)
  if (resource?.resourceType !== 'PractitionerRole') return { name: nameOf(resource), npi: null }
  const behind = normalizeReference(resource.practitioner?.reference ?? '')
  const practitioner = behind.startsWith('Practitioner/') ? await fetchOne(fetchFrom, at, behind) : undefined
  if (practitioner?.resourceType === 'Practitioner') return readPractitioner(practitioner)
  return { name: resource.practitioner?.display ?? null, npi: null }
}

function readPractitioner(practitioner: Practitioner): UserDetails {
  return {
    name: readProviderName(practitioner.name),
    npi: practitioner.identifier?.find((identifier) => identifier.system === SYSTEM.npi)?.value ?? null,
  }
}

function nameOf(resource: FhirResource | undefined): string | null {
  return resource?.resourceType === 'Person' ||
    resource?.resourceType === 'Patient' ||
    resource?.resourceType === 'RelatedPerson'
    ? readProviderName(resource.name)
    : null
}

async function fetchOne(
  fetchFrom: typeof fetch,
  { fhirBase, accessToken }: { readonly fhirBase: string; readonly accessToken: string },
  reference: string,
): Promise<FhirResource | undefined> {
  const answer = await fetchJson(fetchFrom, `${normalizeIssuer(fhirBase)}/${reference}`, {
    headers: { accept: 'application/fhir+json', authorization: `Bearer ${accessToken}` },
  })
  if (!answer.ok || answer.value.status !== 200) return undefined
  const resource = answer.value.body as FhirResource | null
  return resource !== null && `${resource.resourceType}/${resource.id ?? ''}` === reference ? resource : undefined
}
