import type { Bundle, Claim, Condition, Coverage, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { clinicallyCoded, REQUEST_KINDS } from '../../../test/support/request-kinds.ts'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { bundleProblems, subscriberProblems } from '../tracking/review.ts'
import { readCertification } from './claim-marks.ts'
import { readDiagnoses } from './diagnosis-codes.ts'
import { downcastRequest } from './request-codec.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import { validatePasRequestBundle } from './validate-request-bundle.ts'

function build(kind: string): Bundle<FhirResource> {
  const input = REQUEST_KINDS[kind]?.()
  if (input === undefined) throw new Error(`no kind ${kind}`)
  const built = buildPasRequestBundle(input)
  if (!built.ok) throw new Error(JSON.stringify(built.error))
  return built.value.bundle
}
const claimOf = (kind: string): Claim => build(kind).entry?.[0]?.resource as Claim
const itemOf = (kind: string) => claimOf(kind).item![0]!
const codeOf = (kind: string, url: string): string | undefined =>
  readExtension(itemOf(kind), url)?.valueCodeableConcept?.coding?.[0]?.code
const find = (kind: string, type: FhirResource['resourceType']): FhirResource | undefined =>
  build(kind).entry?.find(({ resource }) => resource?.resourceType === type)?.resource

describe('every kind of request', () => {
  it.each(Object.keys(REQUEST_KINDS))('%s obeys every rule, in both versions', (kind) => {
    const bundle = build(kind)
    expect(validatePasRequestBundle(profileSet('pas-2.2.1'), bundle)).toEqual([])
    expect(validatePasRequestBundle(profileSet('pas-2.0.1'), downcastRequest(bundle).resource, '2.0.1')).toEqual([])
  })

  it.each([
    ['a member through another patient', 'Ada', 'MRN-2'],
    ['a member through a relative', 'Chidi', 'MRN-3'],
  ])('%s names that person, as a Patient', (kind, given, number) => {
    const bundle = build(kind)
    const held = find(kind, 'Coverage') as Coverage
    const subscriber = bundle.entry?.find(({ fullUrl }) => fullUrl === held.subscriber?.reference)?.resource
    expect(subscriber).toMatchObject({
      resourceType: 'Patient',
      meta: { profile: [PROFILE.pasSubscriber] },
      name: [{ given: [given] }],
      identifier: [{ value: number }],
    })
  })

  it('a member through somebody whom the chart does not show: the reviewer is told', () => {
    const unread = buildPasRequestBundle(REQUEST_KINDS['a member through somebody whom the chart does not show']!())
    expect(unread.ok && subscriberProblems(unread.value.unresolved)).toMatchObject([
      { severity: 'warns', message: { key: 'problem.request.subscriber-unread' } },
    ])
    const read = buildPasRequestBundle(REQUEST_KINDS['a member through another patient']!())
    expect(read.ok && subscriberProblems(read.value.unresolved)).toEqual([])
  })

  it('waits for no narrative of the chart that is no XHTML', () => {
    const input = REQUEST_KINDS['home care']!()
    const text = { status: 'generated' as const, div: '<div xmlns="http://www.w3.org/1999/xhtml">a &nope; b</div>' }
    const built = buildPasRequestBundle({ ...input, patient: { ...input.patient, text } })
    const found = built.ok ? validatePasRequestBundle(profileSet('pas-2.2.1'), built.value.bundle) : []
    expect(found.length).toBeGreaterThan(0)
    expect(bundleProblems(found)).toEqual([])
    expect(bundleProblems([...found, { ...found[0]!, path: 'Bundle.entry[0].resource.status' }])).toHaveLength(1)
  })

  it('a referral is specialty care by who performs it, and needs no procedure code', () => {
    expect(codeOf('specialty referral', EXT.requestType)).toBe('SC')
    expect(itemOf('specialty referral')).toMatchObject({
      category: { coding: [{ code: '3' }] },
      productOrService: { coding: [{ system: SYSTEM.x12ServiceType, code: '3' }] },
      careTeamSequence: [2],
    })
    const member = claimOf('specialty referral').careTeam?.[1]
    expect(readExtension(member, EXT.careTeamClaimScope)?.valueBoolean).toBe(false)
    expect(member?.role?.coding?.[0]?.code).toBe('SJ')
  })

  it('surgery with admission is institutional, with its encounter planned and its dates', () => {
    const claim = claimOf('surgery with admission')
    expect(claim.type.coding?.[0]?.code).toBe('institutional')
    expect(readExtension(claim, EXT.levelOfService)?.valueCodeableConcept?.coding?.[0]?.code).toBe('E')
    expect(readExtension(claim, EXT.claimEncounter)?.valueReference?.reference).toMatch(/Encounter\/enc-admission$/)
    expect(find('surgery with admission', 'Encounter')).toMatchObject({
      status: 'planned',
      type: [{ coding: [{ system: SYSTEM.admissionPriority, code: '3' }] }],
    })
    expect(
      claim.supportingInfo?.map(({ category, timingDate, timingPeriod }) => [
        category.coding?.[0]?.code,
        timingDate ?? timingPeriod,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['admissionDates', { start: '2026-12-14', end: '2026-12-18' }],
        ['dischargeDates', '2026-12-18'],
      ]),
    )
    expect(codeOf('surgery with admission', EXT.requestType)).toBe('AR')
    expect(itemOf('surgery with admission')).toMatchObject({
      category: { coding: [{ code: '2' }] },
      modifier: [{ coding: [{ code: '22' }] }, { coding: [{ code: 'EP' }] }],
      revenue: { coding: [{ code: '0120' }] },
      unitPrice: { value: 1250 },
      locationCodeableConcept: { coding: [{ system: SYSTEM.typeOfBill, code: '11' }] },
    })
    expect(readExtension(itemOf('surgery with admission'), EXT.epsdtIndicator)?.valueBoolean).toBe(true)
    expect(readExtension(itemOf('surgery with admission'), EXT.revenueUnitRateLimit)?.valueDecimal).toBe(1250)
    expect(codeOf('surgery with admission', EXT.productOrServiceCodeEnd)).toBe('44147')
    expect(codeOf('surgery with admission', EXT.nursingHomeLevelOfCare)).toBe('2')
  })

  it('says of the requester its state and department', () => {
    const [identifier] = claimOf('surgery with admission').identifier ?? []
    expect(readExtension(identifier, EXT.identifierSubDepartment)?.valueString).toBe('Surgery')
    expect(readExtension(identifier, EXT.identifierJurisdiction)?.valueCodeableConcept?.coding?.[0]).toEqual({
      system: SYSTEM.usps,
      code: 'OH',
    })
  })

  it('home care is counted in visits, with the prognosis, the condition and the accident that the form states', () => {
    expect(itemOf('home care')).toMatchObject({
      category: { coding: [{ code: '42' }] },
      quantity: { value: 12, unit: 'visit', code: 'VS' },
      locationCodeableConcept: { coding: [{ code: '12' }] },
    })
    const claim = claimOf('home care')
    expect(readExtension(claim, EXT.homeHealthCareInformation)?.extension?.[1]?.valueDate).toBe('2026-12-01')
    expect(readExtension(claim, EXT.conditionCode)?.extension?.map(({ url }) => url)).toEqual([
      'category',
      'indicator',
      'code',
    ])
    expect(claim.accident).toEqual({
      date: '2026-11-01',
      type: { coding: [{ system: SYSTEM.x12RelatedCause, code: 'AA' }] },
      locationAddress: { state: 'OH', country: 'US' },
    })
  })

  it('equipment and nutrition are counted as their orders say', () => {
    expect(itemOf('durable equipment')).toMatchObject({
      category: { coding: [{ code: '12' }] },
      quantity: { value: 3, code: 'MO' },
    })
    expect(itemOf('nutrition')).toMatchObject({
      quantity: { value: 30, code: 'DA' },
      productOrService: { coding: [{ code: 'B4153' }] },
    })
  })

  it('a renewal names what was authorized before', () => {
    expect(readCertification(itemOf('renewal'))).toBe('R')
    expect(readExtension(itemOf('renewal'), EXT.authorizationNumber)?.valueString).toBe('AUTH-0')
    expect(readCertification(itemOf('drug with administration'))).toBe('I')
  })
})

describe('ICD-10-CM', () => {
  const { order, condition } = clinicallyCoded
  const clinicalCode = condition.code!.coding![0]!
  it('comes from the order, else from the condition that it points to', () => {
    const { known } = pasRequestInput()
    const code = { coding: [{ system: SYSTEM.icd10cm, code: 'K50.90' }] }
    const pointing = { ...order, reasonReference: [{ reference: 'Condition/crohns' }] }
    expect(readDiagnoses({ ...pointing, reasonCode: [code] }, known)[0]).toMatchObject({
      code: { code: 'K50.90' },
      source: { kind: 'order' },
      recordedDate: '2024-02-03',
    })
    expect(readDiagnoses(pointing, known)).toMatchObject([
      { code: { code: 'K50.90' }, source: { kind: 'condition', reference: 'Condition/crohns' } },
    ])
  })
  it('of a clinical code comes from another entry of the chart that carries both, and says which', () => {
    const both: Condition = {
      ...condition,
      id: 'both',
      code: { coding: [clinicalCode, { system: SYSTEM.icd10cm, code: 'K50.00' }] },
    }
    expect(readDiagnoses(order, [condition, both])).toEqual([
      {
        code: { system: SYSTEM.icd10cm, code: 'K50.00' },
        recordedDate: '2024-02-03',
        source: { kind: 'chart', reference: 'Condition/both', clinical: clinicalCode },
      },
    ])
  })
  it('or from a ConceptMap, whose canonical is its source', () => {
    const map: FhirResource = {
      resourceType: 'ConceptMap',
      url: 'https://clinic.example/ConceptMap/diagnoses',
      status: 'active',
      group: [
        {
          source: SYSTEM.snomed,
          target: SYSTEM.icd10cm,
          element: [
            {
              code: '34000006',
              target: [
                { code: 'K50.919', equivalence: 'narrower' },
                { code: 'K50.90', equivalence: 'wider' },
              ],
            },
          ],
        },
      ],
    }
    expect(readDiagnoses(order, [condition, map])).toMatchObject([
      { code: { code: 'K50.90' }, source: { kind: 'map', url: 'https://clinic.example/ConceptMap/diagnoses' } },
    ])
  })
  it('is not guessed', () => {
    expect(readDiagnoses(order, [condition])).toEqual([])
  })
})
