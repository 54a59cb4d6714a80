import { describe, expect, it } from 'vitest'
import { buildPrefetchQuery, planPrefetch, type PrefetchScope } from './prefetch-query.ts'
import { parsePrefetchTemplate } from './prefetch-template.ts'

const draftOrders = {
  resourceType: 'Bundle',
  entry: [
    {
      resource: {
        resourceType: 'MedicationRequest',
        id: 'm1',
        requester: { reference: 'https://ehr.example/fhir/PractitionerRole/r1' },
        medicationReference: { reference: 'Medication/med1' },
      },
    },
    { resource: { resourceType: 'ServiceRequest', id: 's1', requester: { reference: 'PractitionerRole/r1' } } },
    { resource: { resourceType: 'ServiceRequest', id: 's2', requester: { reference: 'Practitioner/p1' } } },
    { resource: { resourceType: 'DeviceRequest', id: 'd1', codeReference: { reference: 'Device/dev1' } } },
  ],
}
const SCOPE: PrefetchScope = {
  context: { userId: 'PractitionerRole/r1', patientId: 'maya', encounterId: 'e1', draftOrders },
  results: {
    roles: {
      resourceType: 'Bundle',
      entry: [
        { resource: { resourceType: 'PractitionerRole', id: 'r1', practitioner: { reference: 'Practitioner/p1' } } },
      ],
    },
    encounter: { resourceType: 'Encounter', id: 'e1', serviceProvider: { reference: 'Organization/o1' } },
    gone: null,
  },
  today: '2026-11-22',
}

function query(template: string): string {
  const parts = parsePrefetchTemplate(template)
  if (!parts.ok) return parts.error.reason
  const result = buildPrefetchQuery(parts.value, SCOPE)
  if (!result.ok) return result.error.reason
  return result.value.kind === 'empty' ? 'empty' : result.value.query
}

describe('prefetch templates', () => {
  it.each([
    ['Patient/{{context.patientId}}', 'Patient/maya'],
    ['{{context.userId}}', 'PractitionerRole/r1'],
    ['Coverage?patient={{context.patientId}}&status=active', 'Coverage?patient=maya&status=active'],
    ['Patient/{{context.patient}}', 'Patient/maya'],
    ['PractitionerRole/{{userPractitionerRoleId}}', 'PractitionerRole/r1'],
    ['Practitioner/{{userPractitionerId}}', 'empty'],
    ['ServiceRequest?_id={{context.draftOrders.ServiceRequest.id}}', 'ServiceRequest?_id=s1,s2'],
    ['Device?_id={{context.draftOrders.entry.resource.ofType(DeviceRequest).code.resolve().id}}', 'Device?_id=dev1'],
    [
      'Medication?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest).medication.resolve().ofType(Medication).id}}',
      'Medication?_id=med1',
    ],
    [
      'PractitionerRole?_id={{context.draftOrders.entry.resource.requester.resolve().ofType(PractitionerRole).id}}',
      'PractitionerRole?_id=r1',
    ],
    [
      'Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id | context.draftOrders.entry.resource.requester.resolve().ofType(Practitioner).id}}',
      'Practitioner?_id=p1',
    ],
    ['Organization?_id={{%encounter.serviceProvider.resolve().id}}', 'Organization?_id=o1'],
    ['Organization?_id={{%gone.serviceProvider.resolve().id}}', 'empty'],
    ['Encounter?date=ge{{today() - 90 days}}', 'Encounter?date=ge2026-08-24'],
    ['NutritionOrder?_id={{context.draftOrders.NutritionOrder.id}}', 'empty'],
    ['https://elsewhere.example/{{context.patientId}}', 'token-malformed'],
    ['//elsewhere.example/{{context.patientId}}', 'token-malformed'],
    ['Patient?name={{context.patientId.replace("a")}}', 'token-malformed'],
    ['Patient?name={{context.patientId.lower()}}', 'token-unsupported'],
    ['Patient/{{context.patientId', 'token-malformed'],
  ])('%s', (template, expected) => {
    expect(query(template)).toBe(expected)
  })

  it('evaluates by dependency, whatever the order of the keys', () => {
    const { layers, refused } = planPrefetch({
      practitioners: 'Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id}}',
      roles: 'PractitionerRole?_id={{context.draftOrders.entry.resource.requester.resolve().id}}',
    })
    expect(layers.map((layer) => layer.map(({ key }) => key))).toEqual([['roles'], ['practitioners']])
    expect(refused).toEqual([])
  })

  it('refuses a cycle and keeps the rest', () => {
    const plan = planPrefetch({ a: 'X?_id={{%b.id}}', b: 'X?_id={{%a.id}}', patient: 'Patient/{{context.patientId}}' })
    expect(plan.layers.flat().map(({ key }) => key)).toEqual(['patient'])
    expect(plan.refused).toEqual([
      { key: 'a', reason: 'cycle' },
      { key: 'b', reason: 'cycle' },
    ])
  })
})
