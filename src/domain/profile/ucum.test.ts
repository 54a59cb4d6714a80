import { describe, expect, it } from 'vitest'
import { isUcumUnit } from './ucum.ts'

/** As the official validator judges them. */
const UNITS = (
  'mg mg/dL 10*3/uL [lb_av] m[IU]/mL a.u % mm[Hg] 1 10 /d m2 m-2 m+2 kg.m/s2 daL Ym mCel [degF] {tablet} {a}{b} mg{foo} ' +
  "mg/(dL.s) 2.mg d{} {} [iU] h uL mo wk a_j 10^3 10* 10*-3 dB B[SPL] pH [pH] meq m[H2O] [arb'U] 1/d mg/1 0 -1 1.5 m0 " +
  'mg//dL Meq'
).split(' ')
const NONE =
  'bogus kgg L. (mg mg{x k[lb_av] {foo}mg m^2 mg/(dL / . {été} hr µL mEq mg{ü} mg) [lb [[lb]] + m/- mg$'.split(' ')

describe('a unit of UCUM', () => {
  it.each([...UNITS, '{a b}'])('is %s', (unit) => expect(isUcumUnit(unit)).toBe(true))
  it.each([...NONE, 'mg dL', ' mg', ''])('is not %s', (unit) => expect(isUcumUnit(unit)).toBe(false))
  it('is judged at any length', () => {
    expect(isUcumUnit('('.repeat(100_000))).toBe(false)
    expect(isUcumUnit('/'.repeat(100_000))).toBe(false)
    expect(isUcumUnit('m.'.repeat(100_000))).toBe(false)
  })
})
