/** Which payer is asked about which orders: per order its likely primary coverage, and the registered payer behind it. */
import type { Coverage, Organization } from 'fhir/r4'
import { selectCoverage } from '#domain/context/coverage.ts'
import type { Order } from '#domain/context/order.ts'
import { findPayer, readPayor } from '#domain/context/payer-registry.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import type { PayerConfig } from '../config.ts'

export type Assignment =
  | { readonly kind: 'payer'; readonly order: Order; readonly coverage: Coverage; readonly payer: PayerConfig }
  | {
      readonly kind: 'unknown-payer'
      readonly order: Order
      readonly coverage: Coverage
      readonly payerName: string | null
    }
  | { readonly kind: 'no-coverage'; readonly order: Order }
  | { readonly kind: 'several-coverages'; readonly order: Order }

export interface AssignmentInput {
  readonly coverages: readonly Coverage[]
  readonly organizations: readonly Organization[]
  readonly payers: readonly PayerConfig[]
  /** What a person chose, or null. */
  readonly chosen: string | null
}

/** Assigns one order. Every outcome is a value; nothing is guessed. */
export function assignOrder(order: Order, input: AssignmentInput): Assignment {
  const selection = selectCoverage(order, input.coverages, input.chosen)
  if (selection.kind === 'none') return { kind: 'no-coverage', order }
  if (selection.kind === 'several') return { kind: 'several-coverages', order }
  const { coverage } = selection
  const identity = readPayor(coverage, input.organizations)
  const payer = findPayer(identity, input.payers)
  return payer === null
    ? { kind: 'unknown-payer', order, coverage, payerName: identity.name }
    : { kind: 'payer', order, coverage, payer }
}

export interface PayerQuestion {
  readonly payer: PayerConfig
  readonly coverage: Coverage
  readonly orders: readonly Order[]
}

/** One question a coverage: exactly one Coverage goes with a call (crd.md §1.1). */
export function groupByCoverage(assignments: readonly Assignment[]): PayerQuestion[] {
  const questions = new Map<string, PayerQuestion>()
  for (const assignment of assignments) {
    if (assignment.kind !== 'payer') continue
    const key = referenceTo(assignment.coverage) ?? ''
    const { payer, coverage, order } = assignment
    questions.set(key, { payer, coverage, orders: [...(questions.get(key)?.orders ?? []), order] })
  }
  return [...questions.values()]
}
