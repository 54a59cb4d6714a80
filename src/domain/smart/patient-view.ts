/** What of a chart a launch may see: its own patient, and directories that belong to nobody. Pure. */
import type { FhirResource } from 'fhir/r4'
import { isSameReference } from '../fhir/reference.ts'

/** Resource types that belong to no patient. What is neither of these nor has an owner is not shown (Binary, Group …). */
const DIRECTORY_TYPES = new Set([
  'Endpoint',
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'ValueSet',
])

/** Elements that name the patient in R4's patient compartment, for the types that we read. */
const OWNER_ELEMENTS = ['subject', 'patient', 'beneficiary', 'individual'] as const

/** Whether resources of a type are searched without naming the patient. */
export function isDirectoryType(resourceType: string): boolean {
  return DIRECTORY_TYPES.has(resourceType)
}

/** Whether a launch for `patientId` may see a resource. A token may open more than its launch: we do not. */
export function isVisibleTo(patientId: string, resource: FhirResource): boolean {
  if (resource.resourceType === 'Patient') return resource.id === patientId
  if (isDirectoryType(resource.resourceType)) return true
  const fields = resource as unknown as Readonly<Record<string, unknown>>
  const owner = OWNER_ELEMENTS.map((name) => referenceIn(fields[name])).find((reference) => reference !== undefined)
  return isSameReference(owner, `Patient/${patientId}`)
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { reference } = value as { reference?: unknown }
  return typeof reference === 'string' ? reference : undefined
}
