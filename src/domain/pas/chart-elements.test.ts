/** Whatever a chart says of the parties, the stay and the orders reaches the payer: the must-support lists of pas.md §11.4. */
import type { Bundle, Coverage, Encounter, FhirResource, Organization } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { requestOfKind } from '../../../test/support/client-requests.ts'
import { MUST_SUPPORT, type Listed } from '../../../test/support/inferno-pas/must-support.ts'
import { notShown } from '../../../test/support/inferno-pas/shown.ts'
import { REQUEST_KINDS } from '../../../test/support/request-kinds.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import { downcastRequest } from './request-codec.ts'
import type { PasRequestInput } from './request-input.ts'
import { toPlannedEncounter } from './planned-encounter.ts'
import { toCoverage } from './member-resources.ts'

const KIND = 'everything of a chart'
const PARTIES: readonly Listed[] = [
  ...(['beneficiary', 'subscriber', 'insurer', 'requestor', 'practitioner', 'practitioner_role'] as const),
  ...(['encounter', 'coverage', 'device_request', 'medication_request', 'nutrition_order', 'service_request'] as const),
]
const bundle = requestOfKind(KIND)

describe.each([
  ['2.2.1', bundle],
  ['2.0.1', downcastRequest(bundle).resource],
] as const)('in PAS %s', (version, message) => {
  it.each(PARTIES)('every must-support element of %s', (listed) => {
    expect(notShown([message], listed, MUST_SUPPORT[version][listed])).toEqual([])
  })
})

function build(change: Partial<PasRequestInput>): Bundle<FhirResource> {
  const built = buildPasRequestBundle({ ...REQUEST_KINDS[KIND]!(), ...change })
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}

describe('the requestor', () => {
  const requestorOf = (message: Bundle<FhirResource>): Organization => {
    const claim = message.entry?.[0]?.resource
    return resolveInBundle(message, claim?.resourceType === 'Claim' ? claim.provider : undefined) as Organization
  }

  it('keeps its configured name, number and telephone; the chart adds what the configuration does not say', () => {
    const requestor = requestorOf(bundle)
    expect(requestor.name).toBe('Lakeside Gastroenterology')
    expect(requestor.telecom).toEqual([{ system: 'phone', value: '+1 614 555 0199' }])
    expect(requestor.identifier?.map(({ system, value }) => [system, value])).toEqual([
      [SYSTEM.npi, '1234567893'],
      [SYSTEM.employerId, '319876543'],
      ['https://clearinghouse.example/submitter', 'LAKE01'],
    ])
    expect(requestor.address?.[0]).toMatchObject({ line: ['1 Lake Road'], country: 'US' })
  })

  it('has one tax number: the configured one', () => {
    const { organization } = REQUEST_KINDS[KIND]!()
    const numbers = [...(organization.identifier ?? []), { system: SYSTEM.employerId, value: '310000001' }]
    const requestor = requestorOf(build({ organization: { ...organization, identifier: numbers } }))
    const taxIds = requestor.identifier?.filter(({ system }) => system === SYSTEM.employerId)
    expect(taxIds?.map(({ value }) => value)).toEqual(['310000001'])
  })

  it('takes no country from an address elsewhere', () => {
    const { organization } = REQUEST_KINDS[KIND]!()
    const address = [{ line: ['9 Far Road'], city: 'Toledo', state: 'OH', postalCode: '43604' }]
    expect(requestorOf(build({ organization: { ...organization, address } })).address).toEqual(address)
  })
})

describe('how a dependent stands to the subscriber', () => {
  const relationOf = (code: string) => {
    const coverage: Coverage = {
      ...REQUEST_KINDS[KIND]!().coverage,
      relationship: { coding: [{ system: SYSTEM.subscriberRelationship, code }] },
    }
    const links = { memberId: { value: 'M' }, patient: REQUEST_KINDS[KIND]!().patient, insurerReference: 'x' }
    const made = toCoverage(coverage, links)
    return made.ok ? made.value.relationship?.coding?.find(({ system }) => system === SYSTEM.x12Relationship)?.code : ''
  }
  it.each([
    ['child', '19'],
    ['spouse', '01'],
    ['other', 'G8'],
    // Nobody publishes a code for these.
    ['common', undefined],
    ['injured', undefined],
  ])('%s is said in X12 1069, too: %s', (code, expected) => {
    expect(relationOf(code)).toBe(expected)
  })
})

describe('the status of a patient who stays', () => {
  const DISCHARGE = 'https://www.nubc.org/CodeSystem/PatDischargeStatus'
  const stay: Encounter = {
    resourceType: 'Encounter',
    status: 'planned',
    class: { code: 'IMP' },
    subject: { reference: 'Patient/1' },
  }
  const statusOf = (change: Partial<Encounter>) =>
    readExtension(toPlannedEncounter({ ...stay, ...change }, null), EXT.patientStatus)?.valueCodeableConcept
      ?.coding?.[0]

  it('is still a patient while the stay goes on', () => {
    expect(statusOf({ status: 'in-progress' })).toEqual({ system: DISCHARGE, code: '30' })
  })
  it('is where the patient goes, in the list that a 278 takes', () => {
    const dischargeDisposition = { coding: [{ system: DISCHARGE, code: '03' }] }
    expect(statusOf({ status: 'in-progress', hospitalization: { dischargeDisposition } })?.code).toBe('03')
  })
  it('is not known before the stay, and what the chart says of it stays', () => {
    expect(statusOf({})).toBeUndefined()
    const said = { url: EXT.patientStatus, valueCodeableConcept: { coding: [{ system: DISCHARGE, code: '01' }] } }
    expect(statusOf({ status: 'in-progress', extension: [said] })?.code).toBe('01')
  })
})
