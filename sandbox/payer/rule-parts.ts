/** Rules that several elements of a PAS Claim share. */
import type { Bundle, CodeableConcept, FhirResource } from 'fhir/r4'
import type { Faults } from './faults.ts'
import { findEntry } from './pas-bundle.ts'

/** Whether a concept has a coding of the system, and one of the codes where they are given. */
export function hasCode(concept: CodeableConcept | undefined, system: string, codes?: readonly string[]): boolean {
  return (concept?.coding ?? []).some(
    (coding) => coding.system === system && Boolean(coding.code) && (codes?.includes(coding.code ?? '') ?? true),
  )
}

/** Whether a reference leads to a resource of one of the types. */
export function checkTarget(
  bundle: Bundle<FhirResource>,
  reference: string | undefined,
  types: readonly string[],
  path: string,
  { need }: Faults,
): void {
  if (!need(reference !== undefined, path, 'A reference is required.', 'required') || reference === undefined) return
  const target = findEntry(bundle, reference, bundle.entry?.[0]?.fullUrl)?.resource
  if (target === undefined) return // The closure rule says so already.
  need(
    types.includes(target.resourceType),
    path,
    `Must refer to ${types.join(' or ')}, not to ${target.resourceType}.`,
    'value',
  )
}
