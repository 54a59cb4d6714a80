/**
 * Patient and Coverage as the PAS profiles want them (pas.md §2.6, §2.7). Pure; the argument is never changed. What a
 * profile does not allow is left out, everything else stays.
 */
import type { CodeableConcept, Coverage, Identifier, Patient, RelatedPerson } from 'fhir/r4'
import { PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import type { PasRequestError } from './request-input.ts'
import { keepContactPoints, keepIdentifiers, withProfile } from './profile-parts.ts'

const MEMBER: CodeableConcept = { coding: [{ system: SYSTEM.identifierType, code: 'MB' }] }

const isMemberId = (identifier: Identifier): boolean =>
  identifier.type?.coding?.some(({ system, code }) => system === SYSTEM.identifierType && code === 'MB') === true

/** The member id that the coverage carries: typed MB, else its subscriberId under the payer's own system. */
export function readMemberId(coverage: Coverage, memberIdSystem: string): Identifier | undefined {
  const typed = coverage.identifier?.find((identifier) => isMemberId(identifier) && identifier.value !== undefined)
  if (typed !== undefined) return { ...typed, system: typed.system ?? memberIdSystem }
  if (coverage.subscriberId === undefined) return undefined
  return { type: MEMBER, system: memberIdSystem, value: coverage.subscriberId }
}

const isSame = (a: Identifier, b: Identifier): boolean => a.system === b.system && a.value === b.value

/** `PAS:profile-beneficiary`: the member id stands among the identifiers, typed MB. */
export function toBeneficiary(patient: Patient, memberId: Identifier): Patient {
  const own = keepIdentifiers(patient.identifier).filter((identifier) => !isSame(identifier, memberId))
  const { telecom, ...rest } = patient
  const contacts = keepContactPoints(telecom)
  return withProfile(
    { ...rest, identifier: [memberId, ...own], ...(contacts.length > 0 ? { telecom: contacts } : {}) },
    PROFILE.pasBeneficiary,
  )
}

/**
 * `PAS:profile-subscriber`: whom the coverage is of, where that is somebody else than the patient. The profile knows patients
 * alone: of a RelatedPerson goes what a Patient has too.
 */
export function toSubscriber(person: Patient | RelatedPerson): Patient {
  const { telecom, identifier, ...rest } = person.resourceType === 'Patient' ? person : asPatient(person)
  const contacts = keepContactPoints(telecom)
  return withProfile(
    { ...rest, identifier: keepIdentifiers(identifier), ...(contacts.length > 0 ? { telecom: contacts } : {}) },
    PROFILE.pasSubscriber,
  )
}

function asPatient({ active, identifier, name, telecom, gender, birthDate, address }: RelatedPerson): Patient {
  return {
    resourceType: 'Patient',
    ...(active === undefined ? {} : { active }),
    ...(identifier === undefined ? {} : { identifier }),
    ...(name === undefined ? {} : { name }),
    ...(telecom === undefined ? {} : { telecom }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(address === undefined ? {} : { address }),
  }
}

/** X12 1069 of FHIR's relationships, as far as it is published. */
const X12_RELATIONSHIP: Readonly<Record<string, string>> = { child: '19', spouse: '01', other: 'G8' }

/** FHIR's code with X12's beside it: the guide asks for both. */
function withX12Code(relationship: CodeableConcept | undefined): CodeableConcept | undefined {
  const codings = relationship?.coding ?? []
  if (codings.some(({ system }) => system === SYSTEM.x12Relationship)) return relationship
  const said = codings.find(({ system }) => system === SYSTEM.subscriberRelationship)?.code
  const code = X12_RELATIONSHIP[said ?? '']
  return code === undefined
    ? relationship
    : { ...relationship, coding: [...codings, { system: SYSTEM.x12Relationship, code }] }
}

/** X12 1069 `18` beside FHIR `self`: the profile's self-beneficiary invariant reads the X12 code alone. */
function toRelationship(coverage: Coverage): CodeableConcept | undefined {
  const { relationship, subscriber, beneficiary } = coverage
  const isSelf =
    relationship?.coding?.some(({ code }) => code === 'self' || code === '18') === true ||
    (relationship === undefined && isSameReference(subscriber?.reference, beneficiary.reference))
  if (!isSelf) return withX12Code(relationship)
  const codings = relationship?.coding ?? [{ system: SYSTEM.subscriberRelationship, code: 'self' }]
  return codings.some(({ system }) => system === SYSTEM.x12Relationship)
    ? { ...relationship, coding: codings }
    : { ...relationship, coding: [...codings, { system: SYSTEM.x12Relationship, code: '18' }] }
}

/**
 * `PAS:profile-coverage`. Fails where the coverage does not say how the patient stands to the subscriber: that must come
 * from the chart.
 */
export function toCoverage(
  coverage: Coverage,
  links: { memberId: Identifier; patient: Patient; insurerReference: string },
): Result<Coverage, PasRequestError> {
  const relationship = toRelationship(coverage)
  const isSelf = relationship?.coding?.some(({ system, code }) => system === SYSTEM.x12Relationship && code === '18')
  if (relationship === undefined || (isSelf !== true && coverage.subscriber === undefined))
    return err({ reason: 'relationship-missing', path: 'Coverage.relationship' })
  const others = (coverage.identifier ?? []).filter((identifier) => !isMemberId(identifier))
  return ok(
    withProfile(
      {
        ...coverage,
        status: 'active',
        identifier: [links.memberId, ...others],
        beneficiary: {
          ...coverage.beneficiary,
          reference: referenceTo(links.patient) ?? coverage.beneficiary.reference,
        },
        relationship,
        payor: [{ reference: links.insurerReference }],
      },
      PROFILE.pasCoverage,
    ),
  )
}
