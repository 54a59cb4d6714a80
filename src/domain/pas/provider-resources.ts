/**
 * Organizations, practitioners and their roles as the PAS profiles want them (pas.md §2.8, §2.9). Pure; what a profile does
 * not allow is left out, everything else stays.
 */
import type { ContactPoint, Organization, Practitioner, PractitionerRole } from 'fhir/r4'
import { PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { referenceTo } from '../fhir/reference.ts'
import { keepContactPoints, keepIdentifiers, omit, withProfile } from './profile-parts.ts'

/** X12 98: what an organization is in a 278. `1P` provider asks, `PR` payer decides. */
type EntityCode = 'PR' | '1P'

/** `type` is bound to X12 98 (required): a type of another system alone is not allowed, so it makes room. */
function withEntity(organization: Organization, code: EntityCode): Organization {
  const allowed = (organization.type ?? []).filter((type) =>
    type.coding?.some(({ system }) => system === SYSTEM.x12EntityIdentifier),
  )
  const type = allowed.length > 0 ? allowed : [{ coding: [{ system: SYSTEM.x12EntityIdentifier, code }] }]
  const { identifier, telecom, ...rest } = organization
  const identifiers = keepIdentifiers(identifier)
  const contacts = keepContactPoints(telecom)
  return {
    ...rest,
    ...(identifiers.length > 0 ? { identifier: identifiers } : {}),
    active: true,
    type,
    ...(contacts.length > 0 ? { telecom: contacts } : {}),
  }
}

/** `PAS:profile-insurer`. */
export function toInsurer(organization: Organization): Organization {
  return withProfile(withEntity(organization, 'PR'), PROFILE.pasInsurer)
}

/** `PAS:profile-requestor`. */
export function toRequestor(organization: Organization): Organization {
  return withProfile(withEntity(organization, '1P'), PROFILE.pasRequestor)
}

/** `PAS:profile-practitioner`. */
export function toPractitioner(practitioner: Practitioner): Practitioner {
  const { identifier, telecom, ...rest } = practitioner
  const contacts = keepContactPoints(telecom)
  return withProfile(
    { ...rest, identifier: keepIdentifiers(identifier), ...(contacts.length > 0 ? { telecom: contacts } : {}) },
    PROFILE.pasPractitioner,
  )
}

/**
 * `PAS:profile-practitionerrole`: pd-1 asks for a telecom or an endpoint, so a role without either takes the
 * practitioner's, else the organization's. Practitioner and organization are those given.
 */
export function toPractitionerRole(
  role: PractitionerRole,
  links: { practitioner: Practitioner | undefined; organization: Organization; organizationReference: string },
): PractitionerRole {
  const candidates = [role.telecom, links.practitioner?.telecom, links.organization.telecom].map(keepContactPoints)
  const telecom: ContactPoint[] = candidates.find((contacts) => contacts.length > 0) ?? []
  return withProfile(
    {
      ...omit(role, 'telecom'),
      ...(links.practitioner === undefined
        ? {}
        : { practitioner: { reference: referenceTo(links.practitioner) ?? '' } }),
      organization: role.organization ?? { reference: links.organizationReference },
      ...(telecom.length > 0 ? { telecom } : {}),
    },
    PROFILE.pasPractitionerRole,
  )
}

/** The NUCC taxonomy of a role, for Claim.careTeam.qualification (PRV03). */
export function readTaxonomy(role: PractitionerRole): { system: string; code: string } | undefined {
  const codings = [...(role.specialty ?? []), ...(role.code ?? [])].flatMap(({ coding }) => coding ?? [])
  const nucc = codings.find(({ system, code }) => system === SYSTEM.nucc && code !== undefined)
  return nucc?.code === undefined ? undefined : { system: SYSTEM.nucc, code: nucc.code }
}

/** `PAS:profile-organization` for an organization that is merely pointed to: it must say whether it is active. */
export function toOrganization(organization: Organization): Organization {
  const identifiers = keepIdentifiers(organization.identifier)
  return {
    ...omit(organization, 'identifier'),
    ...(identifiers.length > 0 ? { identifier: identifiers } : {}),
    active: organization.active ?? true,
  }
}
