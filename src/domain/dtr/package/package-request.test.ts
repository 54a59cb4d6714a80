import type { Coverage, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { buildPackageRequest, downcastPackageRequest, listReferenced, type PackageRequest } from './package-request.ts'

const coverage: Coverage = { resourceType: 'Coverage', status: 'active', beneficiary: {}, payor: [] }
const order: FhirResource = { resourceType: 'ServiceRequest', status: 'draft', intent: 'order', subject: {} }
const request: PackageRequest = {
  coverage,
  orders: [order],
  referenced: [{ resourceType: 'Patient' }, { resourceType: 'Practitioner' }],
  assertionId: 'x',
  questionnaires: ['https://p.example/q|1'],
  changedSince: '2026-11-22T10:00:00Z',
}
const namesOf = (version: '2.0.1' | '2.1' | '2.2'): string[] => {
  const written = downcastPackageRequest(buildPackageRequest(request), version)
  return written.ok ? (written.value.resource.parameter ?? []).map(({ name }) => name) : []
}

describe('the request for a package (profile dtr-qpackage-input-parameters)', () => {
  it('2.2 sends one coverage, orders, what they refer to, forms, context and since when', () => {
    expect(namesOf('2.2')).toEqual(['coverage', 'order', 'referenced', 'questionnaire', 'context', 'changedsince'])
  })
  it.each(['2.0.1', '2.1'] as const)('%s takes the patient among what is referenced', (version) => {
    expect(namesOf(version).filter((name) => name === 'referenced')).toHaveLength(2)
  })
  it('2.2 names the patient that it leaves out as a loss', () => {
    const written = downcastPackageRequest(buildPackageRequest(request), '2.2')
    expect(written).toMatchObject({ ok: true, value: { losses: [{ element: 'referenced', change: 'removed' }] } })
  })
  it('2.0.1 gets the payer’s statement on the order in its own words', () => {
    const said = {
      url: EXT.coverageInformation,
      extension: [
        { url: 'coverage', valueReference: { reference: 'Coverage/c' } },
        { url: 'covered', valueCode: 'covered' },
        { url: 'pa-needed', valueCode: 'auth-needed' },
        { url: 'contact', valueContactDetail: { telecom: [{ system: 'phone' as const, value: '1' }] } },
        { url: 'date', valueDate: '2026-11-22' },
        { url: 'coverage-assertion-id', valueString: 'x' },
      ],
    }
    const asking = buildPackageRequest({ ...request, orders: [{ ...order, extension: [said] }] })
    const written = downcastPackageRequest(asking, '2.0.1')
    expect(JSON.stringify(written)).toContain('valueContactPoint')
    expect(JSON.stringify(written)).not.toContain('valueContactDetail')
  })
  it('2.0.1 knows an order only before it is signed, and no organization that performs it', () => {
    const performer = [{ reference: 'Organization/o' }, { reference: 'Practitioner/p' }]
    const signed: FhirResource = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: {},
      performer,
    }
    const written = (version: '2.0.1' | '2.1') => {
      const parameters = downcastPackageRequest(buildPackageRequest({ ...request, orders: [signed] }), version)
      return parameters.ok ? [parameters.value.resource.parameter?.[1]?.resource, parameters.value.losses] : []
    }
    expect(written('2.1')).toEqual([signed, []])
    const [order, losses] = written('2.0.1')
    expect(order).toMatchObject({ status: 'draft', performer: [{ reference: 'Practitioner/p' }] })
    expect(losses).toEqual([
      { element: 'status', change: 'generalised' },
      { element: 'performer', change: 'removed' },
    ])
    expect(signed.status).toBe('active')
  })
  it('a request for nothing is not sent (dtr-1)', () => {
    const empty = buildPackageRequest({ ...request, orders: [], questionnaires: [], assertionId: null })
    expect(downcastPackageRequest(empty, '2.0.1')).toEqual({ ok: false, error: { reason: 'nothing-asked-for' } })
  })
})

describe('what the orders refer to', () => {
  const known: FhirResource[] = [
    { resourceType: 'PractitionerRole', id: 'r', practitioner: { reference: 'Practitioner/p' } },
    { resourceType: 'Practitioner', id: 'p' },
    { resourceType: 'Practitioner', id: 'other' },
    { resourceType: 'Condition', id: 'c', subject: {} },
  ]
  it('goes along, and what that refers to; nothing else of the chart does', () => {
    const asking = {
      ...order,
      requester: { reference: 'PractitionerRole/r' },
      reasonReference: [{ reference: 'Condition/c' }],
    } as FhirResource
    expect(listReferenced([asking], known).map(({ id }) => id)).toEqual(['r', 'p'])
  })
})
