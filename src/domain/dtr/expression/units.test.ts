import { describe, expect, it } from 'vitest'
import { SYSTEM } from '../../fhir/canonical.ts'
import { convertUnit } from './ucum.ts'
import { compareQuantities, quantityIn } from './units.ts'

const ucum = (value: number, code: string, unit = code) => ({ value, unit, system: SYSTEM.ucum, code })

describe('UCUM conversion', () => {
  it.each([
    [68.4, 'kg', 'g', 68400],
    [37, 'Cel', '[degF]', 98.6],
    [170, 'cm', 'm', 1.7],
    [2, 'wk', 'd', 14],
    [-40, 'Cel', '[degF]', -40],
  ])('%d %s in %s is %d', (value, from, to, expected) => {
    expect(convertUnit(value, from, to)).toBe(expected)
  })

  it.each([
    [5, 'mg', 'mL'],
    [5, 'mmol/L', 'mg/dL'],
    [5, 'mg', "mg'); trace('x'"],
    [5, 'nonsense', 'mg'],
    [Number.NaN, 'mg', 'g'],
  ])('%d %s does not become %s', (value, from, to) => {
    expect(convertUnit(value, from, to)).toBeUndefined()
  })
})

describe('quantities', () => {
  it('compare across units', () => {
    expect(compareQuantities(ucum(1, 'kg'), ucum(999, 'g'), convertUnit)).toBeGreaterThan(0)
    expect(compareQuantities(ucum(1, 'kg'), ucum(999, 'mL'), convertUnit)).toBeUndefined()
  })

  it('compare in one unit only while no converter is loaded', () => {
    expect(compareQuantities(ucum(1, 'kg'), ucum(999, 'g'), undefined)).toBeUndefined()
    expect(compareQuantities(ucum(1, 'kg'), ucum(2, 'kg'), undefined)).toBe(-1)
  })

  it('take the words of the unit that they go into', () => {
    const unit = { system: SYSTEM.ucum, code: 'g', display: 'grams' }
    expect(quantityIn({ ...ucum(0.5, 'kg'), comparator: '<' }, unit, convertUnit)).toEqual({
      ...ucum(500, 'g', 'grams'),
      comparator: '<',
    })
  })

  it('of another code system are not taken for UCUM', () => {
    expect(
      quantityIn({ value: 1, system: 'urn:own', code: 'kg' }, { system: SYSTEM.ucum, code: 'g' }, convertUnit),
    ).toBe(undefined)
  })
})
