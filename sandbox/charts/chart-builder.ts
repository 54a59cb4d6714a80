/** What every part of a chart is built with: the person, the days counted back from today, ids, references. */
import type { CodeableConcept, Coding, FhirResource, Reference } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { addToDate } from '#domain/time.ts'
import type { Persona } from '../scenarios.ts'
import { createRandom, type Random } from './random.ts'

export const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition'

export interface ChartBuilder {
  readonly persona: Persona
  readonly today: string
  readonly random: Random
  readonly patient: Reference
  /** The date so many days before today. */
  date(daysAgo: number): string
  /** An instant on that day, at `hh:mm` of the clinic's wall clock. */
  at(daysAgo: number, time: string): string
  /** The next id of a kind, unique within the chart and the same on every run. */
  id(kind: string): string
}

/** All charts count the same days back; counting each anew was a third of the sandbox's start. */
const counted = new Map<string, string>()

/** Counts days back from a full date; throws on a malformed one, which is a bug of the caller. */
export function daysBefore(today: string, days: number): string {
  const key = `${today} ${String(days)}`
  const date = counted.get(key) ?? addToDate(today, { days: -days })
  if (date === undefined) throw new Error(`not a full date: ${today}`)
  counted.set(key, date)
  return date
}

export function createChartBuilder(persona: Persona, today: string): ChartBuilder {
  const counters = new Map<string, number>()
  const date = (daysAgo: number): string => daysBefore(today, daysAgo)
  return {
    persona,
    today,
    random: createRandom(persona.seed),
    patient: { reference: `Patient/${persona.patientId}`, display: `${persona.given.join(' ')} ${persona.family}` },
    date,
    at: (daysAgo, time) => `${date(daysAgo)}T${time}:00-05:00`,
    id(kind) {
      const count = (counters.get(kind) ?? 0) + 1
      counters.set(kind, count)
      return `${persona.patientId}-${kind}-${String(count)}`
    },
  }
}

export function referTo(resource: FhirResource, display?: string): Reference {
  const reference = `${resource.resourceType}/${resource.id ?? ''}`
  return display === undefined ? { reference } : { reference, display }
}

export function profiled(...names: readonly string[]): { profile: string[] } {
  return { profile: names.map((name) => `${US_CORE}/${name}`) }
}

export function concept(text: string, ...coding: readonly Coding[]): CodeableConcept {
  return coding.length === 0 ? { text } : { coding: [...coding], text }
}

const coder =
  (system: string) =>
  (code: string, display?: string): Coding =>
    display === undefined ? { system, code } : { system, code, display }

export const loinc = coder(SYSTEM.loinc)
export const snomed = coder(SYSTEM.snomed)
export const icd10 = coder(SYSTEM.icd10cm)
export const rxnorm = coder(SYSTEM.rxnorm)
/** Codes alone: their descriptors are licensed. */
export const cpt = (code: string): Coding => ({ system: SYSTEM.cpt, code })
/** A code of one of HL7's own terminology.hl7.org systems. */
export const hl7 = (system: string, code: string, display?: string): Coding =>
  coder(`http://terminology.hl7.org/CodeSystem/${system}`)(code, display)
