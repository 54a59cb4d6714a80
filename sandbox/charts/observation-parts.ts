/** Pieces that all observations share. */
import type { CodeableConcept, Quantity } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { concept, hl7 } from './chart-builder.ts'

export function quantity(value: number, unit: string, code: string): Quantity {
  return { value, unit, system: SYSTEM.ucum, code }
}

export function observationCategory(code: string, display: string): CodeableConcept[] {
  return [concept(display, hl7('observation-category', code, display))]
}
