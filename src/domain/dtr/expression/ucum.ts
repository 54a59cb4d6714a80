/**
 * UCUM conversion through the ucum-lhc inside fhirpath: no second copy goes to the browser. Loaded with the evaluator,
 * which hands it on.
 */
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { ConvertUnit } from './units.ts'

type Run = (focus: object, names: { from: string; to: string }) => readonly unknown[]

const run = fhirpath.compile('%from.toQuantity(%to)', r4, { resolveInternalTypes: false }) as unknown as Run

/** UCUM codes are printable ASCII without blanks; a quote would end the literal. */
const CODE = /^[!-&(-~]{1,60}$/

/** Floating-point noise of a conversion: more digits than any measurement has. */
const SIGNIFICANT_DIGITS = 12

export const convertUnit: ConvertUnit = (value, from, to) => {
  if (from === to) return value
  if (!CODE.test(from) || !CODE.test(to) || !Number.isFinite(value)) return undefined
  try {
    const [converted] = run({}, { from: `${String(value)} '${from}'`, to }) as [{ value: unknown }?]
    const number = converted === undefined ? Number.NaN : Number(converted.value)
    return Number.isFinite(number) ? Number(number.toPrecision(SIGNIFICANT_DIGITS)) : undefined
  } catch {
    return undefined
  }
}
