/**
 * Quantities and their units: which unit is meant, and how two of them compare. Converting is UCUM's business and stands
 * behind `ConvertUnit`; where there is no converter yet, only equal units compare. No unit is ever assumed.
 */
import type { Coding, Quantity } from 'fhir/r4'
import { SYSTEM } from '../../fhir/canonical.ts'

/** A value of one UCUM unit in another; undefined where they do not convert into each other. */
export type ConvertUnit = (value: number, from: string, to: string) => number | undefined

/** The UCUM code that a quantity or a unit is in; undefined where it names another system, or none. */
export function ucumCode({ system, code }: Pick<Quantity & Coding, 'system' | 'code'>): string | undefined {
  return code !== undefined && (system === undefined || system === SYSTEM.ucum) ? code : undefined
}

/** Whether a quantity is in this very unit: by code and system, or by the words where a code is missing. */
export function isInUnit(quantity: Quantity, unit: Coding): boolean {
  if (quantity.code !== undefined && unit.code !== undefined)
    return (
      quantity.code === unit.code &&
      (quantity.system === undefined || unit.system === undefined || quantity.system === unit.system)
    )
  return quantity.unit !== undefined && (quantity.unit === unit.code || quantity.unit === unit.display)
}

/** The number of a quantity in another unit; undefined where that cannot be said. */
export function valueIn(quantity: Quantity, unit: Coding, convert: ConvertUnit | undefined): number | undefined {
  if (quantity.value === undefined) return undefined
  if (isInUnit(quantity, unit)) return quantity.value
  const [from, to] = [ucumCode(quantity), ucumCode(unit)]
  return from === undefined || to === undefined ? undefined : convert?.(quantity.value, from, to)
}

/** A quantity in another unit, with the unit's own words; undefined where it does not convert. */
export function quantityIn(quantity: Quantity, unit: Coding, convert: ConvertUnit | undefined): Quantity | undefined {
  if (isInUnit(quantity, unit)) return quantity
  const value = valueIn(quantity, unit, convert)
  if (value === undefined) return undefined
  const { code, display, system } = unit
  return {
    value,
    unit: display ?? code ?? '',
    ...(code === undefined ? {} : { system: system ?? SYSTEM.ucum, code }),
    ...(quantity.comparator === undefined ? {} : { comparator: quantity.comparator }),
  }
}

/** Orders two quantities; undefined where they cannot be compared. A limit without a unit takes the quantity's. */
export function compareQuantities(a: Quantity, b: Quantity, convert: ConvertUnit | undefined): number | undefined {
  if (a.value === undefined || b.value === undefined) return undefined
  if (b.code === undefined && b.unit === undefined) return a.value - b.value
  const { code, unit, system } = b
  const value = valueIn(
    a,
    {
      ...(code === undefined ? {} : { code }),
      ...(unit === undefined ? {} : { display: unit }),
      ...(system === undefined ? {} : { system }),
    },
    convert,
  )
  return value === undefined ? undefined : value - b.value
}
