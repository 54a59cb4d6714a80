/**
 * By what a stored request is found (pas.md §4): the member, the ordering and rendering providers, the Claim that it
 * replaces, the last planned day of service. Pure.
 */
import type { Bundle, Claim, FhirResource, Identifier, Reference } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { listOf } from '../fhir/list.ts'
import { resolveInBundle } from '../fhir/reference.ts'

type RequestBundle = Bundle<FhirResource>

/** Value of the first identifier of a type (v2-0203). */
export const valueTyped = (identifiers: readonly Identifier[] | undefined, code: string): string | undefined =>
  listOf(identifiers).find(({ type }) =>
    listOf(type?.coding).some((one) => one.system === SYSTEM.identifierType && one.code === code),
  )?.value

export interface Member {
  /** Identifier of type MB of the patient, else of the coverage. */
  readonly memberId: string | null
  /** Coverage.subscriberId, else the subscriber's MB, where it is another than the member id. */
  readonly subscriberId: string | null
}

/** Whose request it is, as the payer numbers people. */
export function readMember(bundle: RequestBundle, claim: Claim): Member {
  const patient = resolveInBundle(bundle, claim.patient)
  const coverage = resolveInBundle(bundle, listOf(claim.insurance)[0]?.coverage)
  const ofPatient = patient?.resourceType === 'Patient' ? valueTyped(patient.identifier, 'MB') : undefined
  if (coverage?.resourceType !== 'Coverage') return { memberId: ofPatient ?? null, subscriberId: null }
  const memberId = ofPatient ?? valueTyped(coverage.identifier, 'MB') ?? coverage.subscriberId ?? null
  const subscriber = resolveInBundle(bundle, coverage.subscriber)
  const ofSubscriber = subscriber?.resourceType === 'Patient' ? valueTyped(subscriber.identifier, 'MB') : undefined
  const subscriberId = coverage.subscriberId ?? ofSubscriber ?? null
  return { memberId, subscriberId: subscriberId === memberId ? null : subscriberId }
}

/** NPIs of Claim.provider and the care team, and of whom their roles name. */
export function readProviderNpis(bundle: RequestBundle, claim: Claim): readonly string[] {
  const npis = new Set<string>()
  const add = (reference: Reference | undefined, deeper: boolean): void => {
    const party = resolveInBundle(bundle, reference)
    const identifiers = party !== undefined && 'identifier' in party ? party.identifier : undefined
    for (const { system, value } of Array.isArray(identifiers) ? listOf(identifiers) : [])
      if (system === SYSTEM.npi && value !== undefined) npis.add(value)
    if (party?.resourceType !== 'PractitionerRole' || !deeper) return
    add(party.practitioner, false)
    add(party.organization, false)
  }
  add(claim.provider, true)
  for (const { provider } of listOf(claim.careTeam)) add(provider, true)
  return [...npis]
}

/** Identifier of the Claim that this one updates (pas.md §5), where the Bundle holds it. */
export function readPriorClaim(bundle: RequestBundle, claim: Claim): string | null {
  const prior = resolveInBundle(bundle, listOf(claim.related)[0]?.claim)
  return prior?.resourceType === 'Claim' ? (listOf(prior.identifier)[0]?.value ?? null) : null
}

/** The last day of service that the request plans, as it stands there; null where it names none. */
export function readServicesEnd(claim: Claim): string | null {
  const days = listOf(claim.item).flatMap((item) => item.servicedPeriod?.end ?? item.servicedDate ?? [])
  return days.reduce<string | null>((last, day) => (last === null || day > last ? day : last), null)
}
