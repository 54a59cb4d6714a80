import type { Coverage, FhirResource, MedicationRequest, Organization, Patient, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { readSharedJson } from '../../../test/support/shared-data.ts'
import { SYSTEM } from '../fhir/canonical.ts'
import { isActiveCoverage, listActiveCoverages, readMemberId, readPlan, selectCoverage } from './coverage.ts'
import { readPatientName, readProviderName } from './human-name.ts'
import { describeGroup, groupOrders } from './order-group.ts'
import { isOrder, readBillingCode, readDiagnosis, readOrderDisplay, readRequesterName, type Order } from './order.ts'
import { readPatientBanner } from './patient-context.ts'
import { findPayer, listPayorReferences, readLineOfBusiness, readPayor, readPlanName } from './payer-registry.ts'

const TODAY = '2026-11-22'
const MB = { coding: [{ system: SYSTEM.identifierType, code: 'MB' }] }
const PLAN = { coding: [{ system: SYSTEM.coverageClass, code: 'plan' }] }

describe('names and the banner', () => {
  it.each([
    [[{ family: 'Okafor', given: ['Maya', 'T.'] }], 'Okafor, Maya T.'],
    [
      [
        { use: 'nickname' as const, given: ['M'] },
        { use: 'official' as const, family: 'Okafor' },
      ],
      'Okafor',
    ],
    [[{ text: 'Maya Okafor' }], 'Maya Okafor'],
    [[], null],
    [undefined, null],
  ])('%j is %s', (names, shown) => {
    expect(readPatientName(names)).toBe(shown)
  })
  it('a clinician is named with the title', () => {
    expect(readProviderName([{ prefix: ['Dr.'], given: ['Lena'], family: 'Ruiz' }])).toBe('Dr. Lena Ruiz')
  })
  it('a banner has age and MRN, and stands with neither', () => {
    const patient: Patient = {
      resourceType: 'Patient',
      id: 'maya',
      birthDate: '1992-03-12',
      identifier: [
        { value: '1' },
        { type: { coding: [{ system: SYSTEM.identifierType, code: 'MR' }] }, value: '0048213' },
      ],
    }
    expect(readPatientBanner(patient, TODAY)).toMatchObject({ name: 'maya', ageYears: 34, mrn: '0048213' })
    expect(readPatientBanner({ resourceType: 'Patient', id: 'x', birthDate: '1992' }, TODAY)).toMatchObject({
      ageYears: null,
      mrn: null,
    })
  })
})

const coverage = (id: string, members: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage',
  id,
  status: 'active',
  beneficiary: { reference: 'Patient/maya' },
  payor: [{ reference: 'Organization/cs' }],
  ...members,
})
const medication: MedicationRequest = {
  resourceType: 'MedicationRequest',
  id: 'm1',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/maya' },
  medicationCodeableConcept: {
    text: 'Infliximab-dyyb infusion, 5 mg/kg',
    coding: [
      { system: SYSTEM.rxnorm, code: '191831' },
      { system: SYSTEM.hcpcs, code: 'Q5103' },
    ],
  },
  reasonCode: [{ text: 'Crohn’s disease', coding: [{ system: SYSTEM.icd10cm, code: 'K50.90' }] }],
  groupIdentifier: { value: 'GRP/1' },
  requester: { reference: 'PractitionerRole/r1' },
}
const infusion: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 's1',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/maya' },
  requisition: { value: 'GRP/1' },
  code: { coding: [{ system: SYSTEM.cpt, code: '96413' }] },
  quantityQuantity: { value: 5, unit: 'UN' },
}

describe('which coverage applies', () => {
  it.each([
    [{}, true],
    [{ status: 'cancelled' as const }, false],
    [{ period: { start: '2026', end: '2026' } }, true],
    [{ period: { start: '2026-12' } }, false],
    [{ period: { end: '2026-11-21' } }, false],
    [{ period: { start: '2026-01-01T00:00:00Z', end: '2026-11-22' } }, true],
  ])('%j in force: %s', (members, active) => {
    expect(isActiveCoverage(coverage('c', members), TODAY)).toBe(active)
  })
  it('self-pay asks no payer', () => {
    expect(listActiveCoverages([coverage('c', { type: { coding: [{ code: 'pay' }] } })], TODAY)).toEqual([])
  })
  it('none, one and several are values', () => {
    const [a, b] = [coverage('a'), coverage('b')]
    expect(selectCoverage(medication, [], null).kind).toBe('none')
    expect(selectCoverage(medication, [a], null)).toEqual({ kind: 'one', coverage: a })
    expect(selectCoverage(medication, [a, b], null).kind).toBe('several')
    expect(selectCoverage(medication, [a, b], 'Coverage/b')).toEqual({ kind: 'one', coverage: b })
    expect(selectCoverage({ ...medication, insurance: [{ reference: 'Coverage/b' }] }, [a, b], null)).toEqual({
      kind: 'one',
      coverage: b,
    })
    const second = coverage('s', { order: 2 })
    const first = coverage('f', { order: 1 })
    expect(selectCoverage(medication, [second, first], null)).toEqual({ kind: 'one', coverage: first })
  })
  it('plan and member id', () => {
    const full = coverage('c', {
      class: [{ type: PLAN, value: 'OH-MA', name: 'printed' }],
      identifier: [{ type: MB, value: 'CSA100001' }],
      subscriberId: 'S',
    })
    expect(readPlan(full)).toEqual({ value: 'OH-MA', name: 'printed' })
    expect([
      readMemberId(full),
      readMemberId(coverage('x', { subscriberId: 'S' })),
      readMemberId(coverage('y')),
    ]).toEqual(['CSA100001', 'S', null])
  })
})

describe('the payer registry', () => {
  const payer = {
    id: 'caresource-oh',
    name: 'CareSource',
    identifiers: [{ system: 'https://payer-registry.example/id', value: 'caresource-oh' }],
    plans: [{ value: 'OH-MA', name: 'CareSource Medicare Advantage', lineOfBusiness: 'medicare-advantage' }],
  }
  const organization: Organization = {
    resourceType: 'Organization',
    id: 'cs',
    name: 'Somebody else',
    identifier: [{ system: 'https://payer-registry.example/id', value: 'caresource-oh' }],
  }
  const card = coverage('c', { class: [{ type: PLAN, value: 'OH-MA' }] })

  it('an identifier decides, never the name', () => {
    expect(findPayer(readPayor(card, [organization]), [payer])?.id).toBe('caresource-oh')
    expect(findPayer(readPayor(card, [{ ...organization, identifier: [], name: 'CareSource' }]), [payer])).toBeNull()
  })
  it('a contained payor and a logical reference count', () => {
    const contained = coverage('c', { payor: [{ reference: '#o' }], contained: [{ ...organization, id: 'o' }] })
    expect(findPayer(readPayor(contained, []), [payer])).not.toBeNull()
    const logical = coverage('c', { payor: [{ identifier: payer.identifiers[0] ?? {}, display: 'CS' }] })
    expect(findPayer(readPayor(logical, []), [payer])).not.toBeNull()
  })
  it('no payor, a patient as payor and an unread Organization are no payer', () => {
    for (const odd of [{ payor: [] }, { payor: [{ reference: 'Patient/maya' }] }, {}])
      expect(findPayer(readPayor(coverage('c', odd), []), [payer])).toBeNull()
    expect(listPayorReferences(coverage('c', { payor: [{ reference: 'Patient/maya' }] }))).toEqual([])
  })
  it('an unlisted plan has no line of business', () => {
    expect([readLineOfBusiness(card, payer), readPlanName(card, payer)]).toEqual([
      'medicare-advantage',
      'CareSource Medicare Advantage',
    ])
    expect(readLineOfBusiness(coverage('c'), payer)).toBeNull()
  })
})

describe('orders', () => {
  const known: FhirResource[] = [
    { resourceType: 'PractitionerRole', id: 'r1', practitioner: { reference: 'Practitioner/p1' } },
    { resourceType: 'Practitioner', id: 'p1', name: [{ prefix: ['Dr.'], given: ['Lena'], family: 'Ruiz' }] },
  ]
  it('a drug and its administration are one group, the drug first', () => {
    const [group, ...rest] = groupOrders([infusion, medication])
    expect(rest).toEqual([])
    expect(group).toMatchObject({ groupId: 'GRP-1', kind: 'medication-with-administration' })
    expect(group?.orders.map(({ resourceType }) => resourceType)).toEqual(['MedicationRequest', 'ServiceRequest'])
    expect(group && describeGroup(group, known)).toEqual({
      title: 'Infliximab-dyyb infusion, 5 mg/kg',
      diagnosis: 'Crohn’s disease, K50.90',
      requester: 'Dr. Lena Ruiz',
    })
  })
  it('an order without a group stands alone', () => {
    const alone = { ...infusion, requisition: {} }
    expect(groupOrders([alone])[0]).toMatchObject({ groupId: 'ServiceRequest-s1', kind: 'service' })
  })
  it('the billing code is HCPCS before CPT before anything', () => {
    expect(readOrderDisplay(medication, []).code).toBe('Q5103')
    expect(readOrderDisplay(infusion, [])).toMatchObject({ title: '96413', detail: '5 UN' })
    expect(readBillingCode([])).toBeNull()
  })
  it('display-only references and missing requesters are no exception', () => {
    const odd = {
      ...infusion,
      requester: { display: 'Somebody' },
      reasonReference: [{ display: 'Pain' }],
      code: undefined,
    } as unknown as ServiceRequest
    expect([readRequesterName(odd, []), readDiagnosis(odd, []), readOrderDisplay(odd, []).title]).toEqual([
      'Somebody',
      'Pain',
      'ServiceRequest',
    ])
  })
})

describe('foreign charts', () => {
  const charts = readSharedJson('charts')
  it.skipIf(charts.size === 0)('every chart is read without an exception (needs ../shared/data/charts)', () => {
    for (const chart of charts.values()) {
      const entries = (chart as { entry: { resource: FhirResource }[] }).entry.map(({ resource }) => resource)
      const orders = entries.filter((resource): resource is FhirResource & Order => isOrder(resource))
      for (const group of groupOrders(orders)) expect(describeGroup(group, entries).title).not.toBe('')
      for (const order of orders) expect(readOrderDisplay(order, entries).title).not.toBe('')
      const patient = entries.find(({ resourceType }) => resourceType === 'Patient') as Patient
      expect(readPatientBanner(patient, TODAY).name).toMatch(/,/)
    }
  })
})
