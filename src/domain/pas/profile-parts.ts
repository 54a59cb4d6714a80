/** Small parts that several PAS profiles share. Pure. */
import type { ContactPoint, Identifier, Meta, Quantity } from 'fhir/r4'
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

/** X12 673 units in the words of the specification (pas.md §2.12); others are refused by the validator. */
export const X12_UNITS: Readonly<Record<string, string>> = {
  UN: 'unit',
  DA: 'day',
  F2: 'international unit',
  HS: 'hour',
  MJ: 'minute',
  MO: 'month',
  VS: 'visit',
}

/** PASQuantity counted in X12 673 units; a quantity that is already in X12 units keeps them. */
export function toPasQuantity(quantity: Quantity): Quantity {
  if (quantity.system === SYSTEM.x12QuantityQualifier && quantity.code !== undefined) return quantity
  return { ...omit(quantity, 'comparator'), unit: 'unit', system: SYSTEM.x12QuantityQualifier, code: 'UN' }
}
