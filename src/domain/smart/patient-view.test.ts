import type { FhirResource } from 'fhir/r4'
import { expect, test } from 'vitest'
import { isVisibleTo } from './patient-view.ts'

const of = (resource: Record<string, unknown>): FhirResource => resource as unknown as FhirResource

test.each<[string, Record<string, unknown>, boolean]>([
  ['the patient', { resourceType: 'Patient', id: 'maya' }, true],
  ['another patient', { resourceType: 'Patient', id: 'sara' }, false],
  ['their observation', { resourceType: 'Observation', subject: { reference: 'Patient/maya' } }, true],
  [
    'their observation by an absolute reference',
    { resourceType: 'Observation', subject: { reference: 'https://ehr.example/fhir/Patient/maya' } },
    true,
  ],
  ['somebody else’s observation', { resourceType: 'Observation', subject: { reference: 'Patient/sara' } }, false],
  ['their coverage', { resourceType: 'Coverage', beneficiary: { reference: 'Patient/maya' } }, true],
  ['their allergy', { resourceType: 'AllergyIntolerance', patient: { reference: 'Patient/maya' } }, true],
  ['an observation of a group', { resourceType: 'Observation', subject: { reference: 'Group/1' } }, false],
  ['an observation of nobody', { resourceType: 'Observation' }, false],
  ['a practitioner', { resourceType: 'Practitioner', id: 'lena' }, true],
  ['bytes of unknown owner', { resourceType: 'Binary', id: 'b' }, false],
])('a launch for Maya: %s', (_what, resource, visible) => {
  expect(isVisibleTo('maya', of(resource))).toBe(visible)
})
