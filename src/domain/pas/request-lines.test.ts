import type { MedicationRequest, Quantity, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { hcpcsUnits } from '../../../test/support/hcpcs-units.ts'
import { infusionOrders } from '../../../test/support/infusion-orders.ts'
import { omit } from './profile-parts.ts'
import { buildRequestLines, readKilograms } from './request-lines.ts'

const KG_64: Quantity = { value: 64, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' }
const lines = (orders: (MedicationRequest | ServiceRequest)[], weight: Quantity | null = KG_64) =>
  buildRequestLines(orders, { units: hcpcsUnits, weight, known: [], earlier: [] })
const [drug, first, further] = infusionOrders()
const dosed = (dose: Quantity | undefined, count?: number): MedicationRequest => ({
  ...drug,
  dosageInstruction: [
    {
      ...(dose ? { doseAndRate: [{ doseQuantity: dose }] } : {}),
      timing: { repeat: { ...(count === undefined ? {} : { count }) } },
    },
  ],
})

describe('request lines', () => {
  it('asks for the drug in billing units: ⌈5 mg/kg × 64 kg ÷ 10 mg⌉ × 5 infusions', () => {
    const [line] = lines([drug])
    expect(line).toMatchObject({ sequence: 1, kind: 'drug', code: 'Q5103', quantity: { value: '160', unit: 'UN' } })
    expect(line?.detail?.params).toMatchObject({ dose: 5, kilograms: 64, administrations: 5, units: 160 })
  })

  it('rounds each administration up to whole units, not their sum', () => {
    expect(lines([drug], { ...KG_64, value: 61.3 })[0]?.quantity?.value).toBe(String(31 * 5))
  })

  it('reads pounds as a weight, and nothing from a weight without a unit of mass', () => {
    expect(readKilograms({ value: 141.1, code: '[lb_av]' })).toBeCloseTo(64, 1)
    expect(readKilograms({ value: 64, code: 'cm' })).toBeUndefined()
    expect(readKilograms({ value: 0, code: 'kg' })).toBeUndefined()
  })

  it('takes the units of an administration line from its order, and its dates from the course of treatment', () => {
    const [line, second, third] = lines([drug, first, further])
    expect(second).toMatchObject({ sequence: 2, kind: 'administration', code: '96413', quantity: { value: '5' } })
    expect(third).toMatchObject({ sequence: 3, code: '96415', start: line?.start, end: line?.end })
  })

  it('puts the drug first however the orders come', () => {
    expect(lines([further, first, drug]).map(({ kind }) => kind)).toEqual(['drug', 'administration', 'administration'])
  })

  it.each([
    ['weight-missing', [drug], null],
    ['dose-missing', [dosed(undefined, 5)], KG_64],
    ['dose-unit-unsupported', [dosed({ value: 5, code: 'mg/m2' }, 5)], KG_64],
    ['dose-unit-unsupported', [dosed({ value: 5, code: '[iU]' }, 5)], KG_64],
    ['administrations-missing', [dosed({ value: 5, code: 'mg/kg' })], KG_64],
    ['billing-code-missing', [{ ...drug, medicationCodeableConcept: { text: 'infliximab' } }], KG_64],
    [
      'billing-unit-unknown',
      [
        {
          ...drug,
          medicationCodeableConcept: { coding: [{ ...drug.medicationCodeableConcept?.coding?.[1], code: 'J9999' }] },
        },
      ],
      KG_64,
    ],
  ] as [string, MedicationRequest[], Quantity | null][])(
    'keeps the quantity unknown: %s',
    (problem, orders, weight) => {
      const [line] = lines(orders, weight)
      expect(line).toMatchObject({ quantity: null, problems: [problem] })
    },
  )

  it('keeps an administration without a count unknown', () => {
    const bare = omit(first, 'quantityQuantity', 'occurrenceTiming')
    expect(lines([bare])[0]).toMatchObject({ quantity: null, problems: ['quantity-missing'] })
  })

  it('needs no weight for a dose in milligrams', () => {
    expect(lines([dosed({ value: 400, code: 'mg' }, 2)], null)[0]?.quantity?.value).toBe('80')
  })
})
