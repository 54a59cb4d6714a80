import { describe, expect, it } from 'vitest'
import type { FhirResource, MedicationRequest, Patient, ServiceRequest } from 'fhir/r4'
import { PERSONAS, type Persona } from '../scenarios.ts'
import { generateChart } from './generate-chart.ts'
import { buildCoverageFor, buildOrders, buildOrdersForAnyChart, type OrderContext } from './orders.ts'

const persona = (id: string): Persona => PERSONAS.find(({ patientId }) => patientId === id)!
const context: OrderContext = {
  today: '2026-11-22',
  orderNumber: 'ord-1',
  patient: { reference: 'Patient/maya-okafor' },
  encounter: { reference: 'Encounter/maya-okafor-encounter-today' },
  coverage: { reference: 'Coverage/maya-okafor-coverage-1' },
}
const codesOf = (order: FhirResource): (string | undefined)[] =>
  order.resourceType === 'MedicationRequest'
    ? (order.medicationCodeableConcept?.coding ?? []).map(({ code }) => code)
    : order.resourceType === 'ServiceRequest'
      ? (order.code?.coding ?? []).map(({ code }) => code)
      : []

describe('the infusion template', () => {
  const orders = buildOrders('infliximab-infusion', persona('maya-okafor'), context)
  const [drug, ...administration] = orders as [MedicationRequest, ...ServiceRequest[]]

  it('gives the drug and two lines for giving it, drafts of one group', () => {
    expect(orders.map(codesOf)).toEqual([['191831', 'Q5103'], ['96413'], ['96415']])
    expect(drug.groupIdentifier?.value).toBe('ord-1')
    for (const order of administration) expect(order.requisition?.value).toBe('ord-1')
    expect(new Set([drug, ...administration].map(({ status }) => status))).toEqual(new Set(['draft']))
  })

  it('asks for three loading and two further doses of the persona’s dose over six months', () => {
    expect(drug.dosageInstruction?.map(({ timing }) => timing?.repeat?.count)).toEqual([3, 2])
    expect(drug.dosageInstruction?.[0]?.doseAndRate?.[0]?.doseQuantity).toMatchObject({ value: 5, code: 'mg/kg' })
    expect(drug.dispenseRequest?.validityPeriod).toEqual({ start: '2026-12-01', end: '2027-05-31' })
  })

  it('counts five first and five further hours in X12 units', () => {
    for (const { quantityQuantity } of administration) expect(quantityQuantity).toMatchObject({ value: 5, code: 'UN' })
  })

  it('takes the dose of the persona', () => {
    const [high] = buildOrders('infliximab-infusion', persona('oluwaseun-adeyemi'), context) as [MedicationRequest]
    expect(high.medicationCodeableConcept?.text).toBe('Infliximab-dyyb infusion, 10 mg/kg')
  })

  it('leaves insurance and encounter out where there is none', () => {
    const [bare] = buildOrders('infliximab-infusion', persona('peter-novak'), {
      ...context,
      encounter: null,
      coverage: null,
    })
    expect(bare).not.toHaveProperty('insurance')
    expect(bare).not.toHaveProperty('encounter')
  })
})

describe('the other templates', () => {
  it('give one tablet that needs no authorization and one examination', () => {
    expect(buildOrders('azathioprine', persona('maya-okafor'), context).map(codesOf)).toEqual([['1256']])
    expect(buildOrders('mr-enterography', persona('maya-okafor'), context).map(codesOf)).toEqual([['74183']])
  })
})

describe('orders for a chart from elsewhere', () => {
  const arthritis: FhirResource = {
    resourceType: 'Condition',
    subject: { reference: 'Patient/x' },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '69896004', display: 'Rheumatoid arthritis' }] },
  }

  it('are for rheumatoid arthritis at 3 mg/kg where the chart has it, and for Crohn’s disease otherwise', () => {
    const [forArthritis] = buildOrdersForAnyChart('infliximab-infusion', [arthritis], context) as [MedicationRequest]
    expect(forArthritis.reasonCode?.[0]?.coding?.[0]?.code).toBe('M06.9')
    expect(forArthritis.dosageInstruction?.[0]?.doseAndRate?.[0]?.doseQuantity?.value).toBe(3)
    const [forCrohn] = buildOrdersForAnyChart('infliximab-infusion', [], context) as [MedicationRequest]
    expect(forCrohn.reasonCode?.[0]?.coding?.[0]?.code).toBe('K50.90')
  })

  it('get a coverage in the shape of those in the generated charts', () => {
    const patient: Patient = { resourceType: 'Patient', id: '58f620b1-910c', name: [{ family: 'Doe', given: ['Jo'] }] }
    const built = buildCoverageFor(patient, '2026-11-22')
    const own = generateChart(persona('maya-okafor'), '2026-11-22').find((one) => one.resourceType === 'Coverage')
    expect(Object.keys(built).sort()).toEqual(Object.keys(own ?? {}).sort())
    expect(built.subscriberId).toMatch(/^CSA9\d{5}$/)
    expect(built.beneficiary).toEqual({ reference: 'Patient/58f620b1-910c', display: 'Jo Doe' })
  })
})
