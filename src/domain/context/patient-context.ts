import type { Identifier, Patient } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { ageOn } from '../time.ts'
import { readPatientName } from './human-name.ts'

/** What a patient banner shows (crd.md §4.5: name and date of birth whenever the EHR shows no banner of its own). */
export interface PatientBanner {
  readonly reference: string
  readonly name: string
  readonly gender: string | null
  readonly birthDate: string | null
  readonly ageYears: number | null
  readonly mrn: string | null
}

function isMedicalRecordNumber(identifier: Identifier): boolean {
  return (
    identifier.type?.coding?.some((coding) => coding.system === SYSTEM.identifierType && coding.code === 'MR') ?? false
  )
}

/** The medical record number: the identifier of type MR that is not marked old; null where the chart names none. */
export function readMedicalRecordNumber(patient: Patient): string | null {
  const numbers = (patient.identifier ?? []).filter(isMedicalRecordNumber)
  return (numbers.find((identifier) => identifier.use !== 'old') ?? numbers[0])?.value ?? null
}

/**
 * Banner data of a Patient on a date (`YYYY-MM-DD` in the tenant's zone). A partial birth date gives no age; a patient
 * without a name is shown by id, because a banner must never be empty.
 */
export function readPatientBanner(patient: Patient, today: string): PatientBanner {
  const birthDate = patient.birthDate ?? null
  return {
    reference: `Patient/${patient.id ?? ''}`,
    name: readPatientName(patient.name) ?? patient.id ?? '',
    gender: patient.gender ?? null,
    birthDate,
    ageYears: birthDate === null ? null : (ageOn(birthDate, today) ?? null),
    mrn: readMedicalRecordNumber(patient),
  }
}
