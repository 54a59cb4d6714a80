import { describe, expect, it, test } from 'vitest'
import type { FhirResource, MedicationRequest, Observation } from 'fhir/r4'
import { isNpi } from '#domain/fhir/npi.ts'
import { listReferences, referenceTo } from '#domain/fhir/reference.ts'
import { addToDate, daysBetween } from '#domain/time.ts'
import { PERSONAS, type Persona } from '../scenarios.ts'
import { DIRECTORY } from './directory.ts'
import { currentEncounterId } from './encounters.ts'
import { SCORED_CODES } from './flowsheet.ts'
import { generateChart } from './generate-chart.ts'
import { MRN_SYSTEM } from './patient.ts'

const TODAY = '2026-11-22'
const named = (id: string): Persona => {
  const persona = PERSONAS.find(({ patientId }) => patientId === id)
  if (persona === undefined) throw new Error(`no persona ${id}`)
  return persona
}
const observations = (chart: readonly FhirResource[], code: string): Observation[] =>
  chart.filter(
    (resource): resource is Observation =>
      resource.resourceType === 'Observation' && resource.code.coding?.some((coding) => coding.code === code) === true,
  )
const newestDate = (chart: readonly FhirResource[], code: string): string | undefined =>
  observations(chart, code)
    .map(({ effectiveDateTime }) => effectiveDateTime?.slice(0, 10) ?? '')
    .sort()
    .at(-1)
const orders = (chart: readonly FhirResource[]): MedicationRequest[] =>
  chart.filter((resource): resource is MedicationRequest => resource.resourceType === 'MedicationRequest')

const recordNumber = (resource: FhirResource): string[] =>
  resource.resourceType === 'Patient'
    ? (resource.identifier ?? []).flatMap(({ system, value }) => (system === MRN_SYSTEM ? (value ?? []) : []))
    : []

test.each<[string, (persona: Persona) => unknown]>([
  ['an id', ({ patientId }) => patientId],
  ['a record number', (persona) => generateChart(persona, TODAY).flatMap(recordNumber)[0]],
  ['a chart', ({ seed }) => seed],
])('every person has %s of their own', (_what, of) => {
  const all = PERSONAS.map(of)
  expect(all).not.toContain(undefined)
  expect(new Set(all).size).toBe(all.length)
})

describe.each(PERSONAS)('the chart of $patientId', (persona) => {
  const chart = generateChart(persona, TODAY)

  it('is the same whenever it is made for the same day', () => {
    expect(generateChart(persona, TODAY)).toEqual(chart)
  })

  it('holds at least 150 resources of the patient over more than two years', () => {
    expect(chart.length - DIRECTORY.length).toBeGreaterThanOrEqual(150)
    const days = chart.flatMap((resource) =>
      resource.resourceType === 'Encounter' ? [resource.period?.start?.slice(0, 10) ?? ''] : [],
    )
    expect(daysBetween([...days].sort()[0] ?? '', TODAY)).toBeGreaterThan(730)
  })

  it('gives every resource an id of its own that FHIR allows', () => {
    const references = chart.map((resource) => referenceTo(resource) ?? '')
    expect(new Set(references).size).toBe(chart.length)
    for (const { id } of chart) expect(id).toMatch(/^[A-Za-z0-9.-]{1,64}$/)
  })

  it('resolves every reference within itself', () => {
    const known = new Set(chart.map((resource) => referenceTo(resource)))
    const open = chart.flatMap((resource) =>
      listReferences(resource, resource.resourceType).filter(({ reference }) => !known.has(reference)),
    )
    expect(open).toEqual([])
  })

  it('dates nothing after today and keeps the look-back windows of the questionnaire', () => {
    for (const code of ['29463-7', 'gi-severity'])
      expect(daysBetween(newestDate(chart, code) ?? '', TODAY)).toBeLessThan(90)
    for (const code of ['1988-5', '38445-3', '718-7', '1742-6'])
      expect(daysBetween(newestDate(chart, code) ?? '', TODAY)).toBeLessThan(180)
    for (const code of ['71773-6', '5195-3'])
      expect(daysBetween(newestDate(chart, code) ?? '', TODAY)).toBeLessThan(365)
    const later = chart.filter(
      (resource) => resource.resourceType === 'Observation' && (resource.effectiveDateTime ?? '').slice(0, 10) > TODAY,
    )
    expect(later).toEqual([])
  })

  it('gives a coded reason for every stop of a treatment and none for what goes on', () => {
    for (const { status, statusReason } of orders(chart)) {
      if (status === 'stopped') expect(statusReason?.coding?.[0]?.system).toBe('http://snomed.info/sct')
      if (status === 'active') expect(statusReason).toBeUndefined()
    }
  })

  it('adds the Harvey-Bradshaw index up from its parts', () => {
    for (const { valueInteger, component } of observations(chart, 'gi-hbi')) {
      const pain = ['None', 'Mild', 'Moderate', 'Severe']
      const wellBeing = ['Very well', 'Slightly below par', 'Poor', 'Very poor', 'Terrible']
      const part = (code: string) => component?.find((one) => one.code.coding?.[0]?.code === code)
      const sum =
        (part('gi-stools')?.valueInteger ?? NaN) +
        pain.indexOf(part('gi-pain')?.valueCodeableConcept?.text ?? '') +
        wellBeing.indexOf(part('gi-well-being')?.valueCodeableConcept?.text ?? '') +
        (part('gi-mass')?.valueInteger ?? NaN)
      expect(valueInteger).toBe(sum)
    }
  })

  it('has a visit going on today, and one coverage for each plan', () => {
    expect(chart.find(({ id }) => id === currentEncounterId(persona.patientId))).toMatchObject({
      status: 'in-progress',
    })
    expect(chart.filter(({ resourceType }) => resourceType === 'Coverage')).toHaveLength(persona.coverages.length)
  })
})

describe('the charts together', () => {
  it('share people and places, whose NPIs have a valid check digit', () => {
    const npis = DIRECTORY.flatMap((resource) => ('identifier' in resource ? (resource.identifier ?? []) : []))
      .filter(({ system }) => system === 'http://hl7.org/fhir/sid/us-npi')
      .map(({ value }) => value ?? '')
    expect(npis.length).toBeGreaterThanOrEqual(6)
    expect(npis.filter((npi) => !isNpi(npi))).toEqual([])
    expect(new Set(npis).size).toBe(npis.length)
  })

  it('hold on another day too', () => {
    const persona = named('maya-okafor')
    const leapDay = '2028-02-29'
    const chart = generateChart(persona, leapDay)
    expect(newestDate(chart, '29463-7')).toBe(addToDate(leapDay, { days: -4 }))
    expect(chart).toHaveLength(generateChart(persona, TODAY).length)
  })

  it('weigh the patient of the first scenario at 68.4 kg', () => {
    const chart = generateChart(named('maya-okafor'), TODAY)
    expect(observations(chart, '29463-7').map(({ valueQuantity }) => valueQuantity?.value)).toContain(68.4)
  })

  it('lack the core antibody and the last index where there are gaps', () => {
    const chart = generateChart(named('carol-whitfield'), TODAY)
    expect(observations(chart, '16933-4')).toEqual([])
    expect(daysBetween(newestDate(chart, 'gi-hbi') ?? '', TODAY)).toBeGreaterThan(90)
  })

  it('contradict themselves where they are meant to', () => {
    const chart = generateChart(named('jonas-brandt'), TODAY)
    const diagnoses = chart.flatMap((resource) =>
      resource.resourceType === 'Condition' ? (resource.code?.coding ?? []).map(({ code }) => code ?? '') : [],
    )
    expect(diagnoses).toEqual(expect.arrayContaining(['K50.90', 'K51.90']))
    const azathioprine = orders(chart).filter(({ medicationCodeableConcept }) =>
      medicationCodeableConcept?.coding?.some(({ code }) => code === '1256'),
    )
    expect(azathioprine.map(({ status }) => status).sort()).toEqual(['active', 'stopped'])
  })

  it('name the flowsheet rows that a clinician scores', () => {
    expect(SCORED_CODES.map(({ code }) => code)).toEqual(['gi-hbi', 'gi-severity'])
  })
})
