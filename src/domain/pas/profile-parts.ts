/** Small parts that several PAS profiles share. Pure. */
import type { ContactPoint, Extension, Identifier, Meta, Quantity } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'

/**
 * Declares the PAS profile instead of the profiles of the resource's source: a re-expressed order no longer is the draft
 * that the EHR's profile describes.
 */
export function withProfile<T extends { meta?: Meta | undefined }>(resource: T, profile: string): T {
  return { ...resource, meta: { ...resource.meta, profile: [profile] } }
}

/** PASIdentifier asks for a system and a value on each. */
export function keepIdentifiers(identifiers: readonly Identifier[] | undefined): Identifier[] {
  return identifiers?.filter(({ system, value }) => system !== undefined && value !== undefined) ?? []
}

/** The profiles ask for a system and a value on each. */
export function keepContactPoints(telecom: readonly ContactPoint[] | undefined): ContactPoint[] {
  return telecom?.filter(({ system, value }) => system !== undefined && value !== undefined) ?? []
}

/** A copy without these elements. */
export function omit<T extends object, K extends keyof T>(of: T, ...names: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name as K))) as Omit<T, K>
}

/** Its extensions, changed; none at all rather than an empty list. */
export function withExtensions<T extends { extension?: Extension[] | undefined }>(
  of: T,
  change: (all: Extension[]) => Extension[],
): T {
  const changed = change(of.extension ?? [])
  return (changed.length > 0 ? { ...of, extension: changed } : omit(of, 'extension')) as T
}

/** X12 673 units in the words of the specification (pas.md §2.12); others are refused by the validator. */
export const X12_UNITS = {
  UN: 'unit',
  DA: 'day',
  F2: 'international unit',
  HS: 'hour',
  MJ: 'minute',
  MO: 'month',
  VS: 'visit',
} as const
export type X12Unit = keyof typeof X12_UNITS

/** X12 673 of a unit as charts write it, in UCUM or in words. */
const X12_OF: Readonly<Record<string, X12Unit>> = {
  d: 'DA',
  day: 'DA',
  h: 'HS',
  hour: 'HS',
  min: 'MJ',
  minute: 'MJ',
  mo: 'MO',
  month: 'MO',
  visit: 'VS',
  '{visit}': 'VS',
}

/** A quantity counted in a unit that a 278 takes. */
export interface X12Quantity {
  /** A whole or decimal number. */
  readonly value: string
  readonly unit: X12Unit
}

/** A quantity in the unit that it names, where a 278 takes that, else in plain units; null without a value. */
export function toX12Quantity({ value, code, unit, system }: Quantity): X12Quantity | null {
  if (value === undefined) return null
  if (system === SYSTEM.x12QuantityQualifier && code !== undefined && code in X12_UNITS)
    return { value: String(value), unit: code as X12Unit }
  const word = (code ?? unit ?? '').toLowerCase()
  return { value: String(value), unit: X12_OF[word] ?? X12_OF[word.replace(/s$/, '')] ?? 'UN' }
}

/** PASQuantity counted in X12 673 units; a quantity that is already in X12 units keeps them. */
export function toPasQuantity(quantity: Quantity): Quantity {
  if (quantity.system === SYSTEM.x12QuantityQualifier && quantity.code !== undefined) return quantity
  const code = toX12Quantity(quantity)?.unit ?? 'UN'
  return { ...omit(quantity, 'comparator'), unit: X12_UNITS[code], system: SYSTEM.x12QuantityQualifier, code }
}
