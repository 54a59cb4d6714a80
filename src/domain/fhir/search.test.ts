import type { FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { search, type SearchableEntry } from './search.ts'

const LOINC = 'http://loinc.org'
const observation = (id: string, code: string, more: object): object => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ system: 'urn:categories', code: 'laboratory' }] }],
  code: { coding: [{ system: LOINC, code }], text: `Test ${code}` },
  subject: { reference: 'urn:uuid:p-1' },
  ...more,
})
const RESOURCES = [
  {
    resourceType: 'Patient',
    id: 'p-1',
    birthDate: '1970-05',
    active: true,
    name: [{ family: 'Müller', given: ['Ada'] }],
    identifier: [{ system: 'urn:mrn', value: '7|8' }],
  },
  { resourceType: 'Patient', id: 'p-2', birthDate: '1980-05-01' },
  observation('o-1', '1-1', { effectiveDateTime: '2026-03-01', valueQuantity: { value: 5.4, code: 'mg', unit: 'mg' } }),
  observation('o-2', '2-2', { effectiveDateTime: '2026-05', status: 'amended' }),
  observation('o-3', '1-1', {
    effectivePeriod: { start: '2026-06-01', end: '2026-06-03' },
    encounter: { reference: 'Encounter/e-1' },
  }),
  observation('o-4', '1-1', { subject: { reference: 'https://ehr.example/fhir/Patient/p-2' } }),
  { resourceType: 'Encounter', id: 'e-1', status: 'finished', class: { system: 'urn:class', code: 'AMB' } },
  {
    resourceType: 'MedicationRequest',
    id: 'm-1',
    status: 'active',
    intent: 'order',
    subject: { reference: 'Patient/p-1' },
    medicationReference: { reference: 'Medication/d-1' },
    requester: { reference: 'Practitioner/doc' },
  },
  { resourceType: 'Medication', id: 'd-1', code: { coding: [{ system: 'urn:rx', code: '99' }] } },
  { resourceType: 'Practitioner', id: 'doc', identifier: [{ system: 'urn:npi', value: '1' }] },
] as unknown as FhirResource[]
const CHART: SearchableEntry[] = RESOURCES.map((resource) => ({ fullUrl: `urn:uuid:${resource.id ?? ''}`, resource }))

function idsOf(query: string): string[] | string {
  const [type = '', parameters = ''] = query.split('?')
  const found = search(CHART, type, parameters)
  return found.ok
    ? found.value.map(({ id }) => id ?? '')
    : `${found.error.reason} ${String(found.error.params?.['name'] ?? '')}`
}

describe('a search of a chart in memory', () => {
  it.each([
    ['Observation?patient=p-1', ['o-1', 'o-2', 'o-3']],
    ['Observation?subject=Patient/p-2', ['o-4']],
    ['Observation?subject:Patient=p-1&status=amended', ['o-2']],
    ['Observation?subject:Patient.birthdate=1970', ['o-1', 'o-2', 'o-3']],
    ['Observation?patient.identifier=urn:mrn|7\\|8&code=2-2', ['o-2']],
    ['Observation?encounter=Encounter/e-1', ['o-3']],
    ['Observation?encounter:missing=true&patient=p-1', ['o-1', 'o-2']],
    ['Observation?code=http%3A%2F%2Floinc.org%7C1-1,2-2&patient=p-1', ['o-1', 'o-2', 'o-3']],
    ['Observation?code=http://loinc.org|', ['o-1', 'o-2', 'o-3', 'o-4']],
    ['Observation?code=|1-1', []],
    ['Observation?code=urn:other|1-1', []],
    ['Observation?code:text=test 2', ['o-2']],
    ['Observation?status:not=final', ['o-2']],
    ['Observation?category=urn:categories|laboratory&patient=p-2', ['o-4']],
    ['Observation?date=2026-05', ['o-2']],
    ['Observation?date=2026', ['o-1', 'o-2', 'o-3']],
    ['Observation?date=ge2026-04&date=lt2026-06-02', ['o-2', 'o-3']],
    ['Observation?date=gt2026-05-31T23:59:59+00:00', ['o-3']],
    ['Observation?date=sa2026-05', ['o-3']],
    ['Observation?date=eb2026-05', ['o-1']],
    ['Observation?value-quantity=gt5||mg', ['o-1']],
    ['Observation?value-quantity=5.4', ['o-1']],
    ['Observation?patient=p-1&_sort=-date', ['o-3', 'o-2', 'o-1']],
    ['Observation?patient=p-1&_sort=-date&_count=1', ['o-3']],
    ['Observation?patient=p-1&_count=1', ['o-1', 'o-2', 'o-3']],
    ['Observation?_sort=status,date', ['o-2', 'o-1', 'o-3', 'o-4']],
    ['Observation?_id=o-1,o-4', ['o-1', 'o-4']],
    ['Patient?family=mull', ['p-1']],
    ['Patient?name:exact=Ada', ['p-1']],
    ['Patient?active=true', ['p-1']],
    ['Encounter?class=AMB', ['e-1']],
    ['MedicationRequest?medication=Medication/d-1&_include=MedicationRequest:medication', ['m-1', 'd-1']],
    ['MedicationRequest?medication.code=99&requester:Practitioner.identifier=urn:npi|1', ['m-1']],
    ['Medication?_revinclude=MedicationRequest:medication', ['d-1', 'm-1']],
    ['Observation', ['o-1', 'o-2', 'o-3', 'o-4']],
  ])('%s', (query, expected) => {
    expect(idsOf(query)).toEqual(expected)
  })

  it.each([
    ['Observation?colour=red', 'unknown-parameter colour'],
    ['Observation?patient=p-1&_has:Provenance:target:agent=x', 'unknown-parameter _has'],
    ['Observation?code:in=urn:set', 'unknown-modifier code:in'],
    ['Observation?date=soon', 'unreadable-value date'],
    ['Observation?code=', 'unreadable-value code'],
    ['Observation?_sort=colour', 'unknown-parameter _sort=colour'],
    ['Observation?_include=Observation:colour', 'unknown-parameter _include=Observation:colour'],
    ['Observation?subject:Patient.colour=red', 'unknown-parameter colour'],
    ['Spaceship?patient=p-1', 'unknown-type '],
  ])('what is not understood fails the search: %s', (query, expected) => {
    expect(idsOf(query)).toBe(expected)
  })

  it('a chart of wrong shapes matches nothing and breaks nothing', () => {
    const odd = [
      {
        resourceType: 'Observation',
        id: 'x',
        code: 'a',
        subject: 'Patient/p-1',
        effectiveDateTime: 5,
        valueQuantity: 'y',
      },
      {
        resourceType: 'Observation',
        id: 'y',
        code: { coding: [null, 7] },
        subject: null,
        effectivePeriod: { start: {} },
      },
    ].map((resource) => ({ fullUrl: undefined, resource: resource as unknown as FhirResource }))
    const found = search(odd, 'Observation', 'code=urn:x|b&patient=p-1&date=2026&value-quantity=5')
    expect(found).toEqual({ ok: true, value: [] })
  })
})
