import type { Observation } from 'fhir/r4'
import { expect, it } from 'vitest'
import { isMarked, readFields, readReferences } from './resource-fields.ts'

const OBSERVATION: Observation = {
  resourceType: 'Observation',
  id: 'o1',
  meta: { versionId: '2' },
  status: 'final',
  code: { text: 'GI disease activity' },
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: '2026-11-18',
  valueCodeableConcept: { coding: [{ code: '6736007', display: 'Moderate' }] },
  performer: [{ reference: 'Practitioner/lena', display: 'Lena Ruiz, MD' }],
  component: [
    { code: { text: 'Stools a day' }, valueInteger: 6 },
    { code: { text: 'Pain' }, valueString: 'Moderate' },
  ],
}

it('says what a resource says, its value before its date, its parts by their own names', () => {
  expect(readFields(OBSERVATION).map(({ place, ownLabel }) => ownLabel ?? place)).toEqual([
    'code',
    'valueCodeableConcept',
    'Stools a day',
    'Pain',
    'status',
    'effectiveDateTime',
    'performer',
  ])
})

it('leaves identifiers, metadata and the patient to the full view', () => {
  const places = readFields(OBSERVATION).map(({ place }) => place)
  expect(places).not.toContain('meta')
  expect(places).not.toContain('subject')
})

it.each([
  ['Observation.value', 'valueCodeableConcept'],
  ['Observation.value.ofType(CodeableConcept).coding[0]', 'valueCodeableConcept'],
  ['Observation.component[1].value', 'component[1]'],
  ['Observation.effective', 'effectiveDateTime'],
])('marks the field that %s points into', (path, place) => {
  expect(
    readFields(OBSERVATION)
      .filter((field) => isMarked(field, path))
      .map((field) => field.place),
  ).toEqual([place])
})

it('marks nothing where the whole resource is the evidence', () => {
  expect(readFields(OBSERVATION).some((field) => isMarked(field, null))).toBe(false)
})

it('finds each reference once', () => {
  expect(readReferences(OBSERVATION)).toEqual([
    { reference: 'Patient/p1', label: 'Patient/p1' },
    { reference: 'Practitioner/lena', label: 'Lena Ruiz, MD' },
  ])
})
