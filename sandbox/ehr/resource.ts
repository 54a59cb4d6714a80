/**
 * A FHIR resource as the simulated EHR keeps it: whole, whatever elements it carries, and the few questions asked of any.
 */
import type { Meta } from 'fhir/r4'

export interface AnyResource {
  readonly resourceType: string
  readonly id?: string
  readonly meta?: Meta
  readonly [element: string]: unknown
}

export interface StoredResource extends AnyResource {
  readonly id: string
  readonly meta: Meta & { readonly versionId: string; readonly lastUpdated: string }
}

/** Whether a parsed JSON value is an object with a resource type. */
export function isResource(value: unknown): value is AnyResource {
  return isObject(value) && typeof value['resourceType'] === 'string'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Every value at a dotted path, through arrays: `name.given` of a Patient gives all given names. */
export function readPath(from: unknown, path: string): readonly unknown[] {
  let values: readonly unknown[] = [from]
  for (const step of path.split('.'))
    values = values.flatMap((value) => {
      const next = isObject(value) ? value[step] : undefined
      return next === undefined || next === null ? [] : Array.isArray(next) ? next : [next]
    })
  return values
}

/** The first string at a dotted path. */
export function readText(from: unknown, path: string): string | undefined {
  return readPath(from, path).find((value): value is string => typeof value === 'string')
}

/** What a CodeableConcept says to a reader: its text, else a display, else a code. */
export function readConcept(from: unknown, path: string): string | undefined {
  return (
    readText(from, `${path}.text`) ?? readText(from, `${path}.coding.display`) ?? readText(from, `${path}.coding.code`)
  )
}

/** Elements that make a resource part of a patient's compartment (R4 CompartmentDefinition/patient, the used part). */
const PATIENT_ELEMENTS = ['subject', 'patient', 'beneficiary', 'for', 'individual'] as const

/** The id of the patient whose compartment holds the resource; undefined for one that belongs to no patient. */
export function readPatientId(resource: AnyResource): string | undefined {
  if (resource.resourceType === 'Patient') return resource.id
  for (const element of PATIENT_ELEMENTS) {
    const reference = readText(resource, `${element}.reference`)
    const match =
      reference === undefined ? null : /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})(?:\/_history\/.*)?$/.exec(reference)
    if (match) return match[1]
  }
  return undefined
}

/** `Type/id`. */
export function toReference(resource: { readonly resourceType: string; readonly id: string }): string {
  return `${resource.resourceType}/${resource.id}`
}
