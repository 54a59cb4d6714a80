/**
 * The list of payers that this app can fetch forms from, for EHRs that decide whether to offer it (dtr.md §1.1, spec-101 to
 * 106): the narrative's JSON in all versions, 2.1's printed example beside it, and 2.2's List profile.
 */
import type { List, Organization } from 'fhir/r4'
import { PROFILE } from '../../fhir/canonical.ts'

export interface SupportedPayer {
  /** As in endpoint discovery (spec-105). */
  readonly id: string
  readonly system: string
  readonly name: string
}

/** `payers` as every version's text has it; `supportedPayers` as 2.1 prints it. Extra properties are allowed. */
export function buildSupportedPayers(payers: readonly SupportedPayer[]): {
  readonly payers: readonly { readonly id: string; readonly name: string }[]
  readonly supportedPayers: readonly {
    readonly name: string
    readonly identifier: { readonly system: string; readonly value: string }
  }[]
} {
  return {
    payers: payers.map(({ id, name }) => ({ id, name })),
    supportedPayers: payers.map(({ id, system, name }) => ({ name, identifier: { system, value: id } })),
  }
}

/** Profile dtr-supported-Payers: an entry each, pointing to a contained Organization. A List has one at least. */
export function buildSupportedPayersList(payers: readonly [SupportedPayer, ...SupportedPayer[]], at: string): List {
  const organizations = payers.map(({ id, system, name }, index): Organization => ({
    resourceType: 'Organization',
    id: `payer-${index + 1}`,
    identifier: [{ system, value: id }],
    active: true,
    name,
  }))
  return {
    resourceType: 'List',
    meta: { profile: [PROFILE.dtrSupportedPayers] },
    contained: organizations,
    status: 'current',
    mode: 'snapshot',
    date: at,
    entry: organizations.map(({ id }) => ({ item: { reference: `#${id ?? ''}` } })),
  }
}
