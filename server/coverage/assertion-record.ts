/**
 * What is kept of a payer's answer about one order (resp-46: every statement, raw and read, with the order it was made
 * about). Statements of the past stay; `latest…` functions say which one speaks now.
 */
import type { Extension } from 'fhir/r4'
import type { Order } from '#domain/context/order.ts'
import type { CodecLoss } from '#domain/crd/sub-extension.ts'
import { isSameReference } from '#domain/fhir/reference.ts'
import type { AssertionRow } from '../store/repositories/assertions.ts'

interface Common {
  /** The order as it was when the payer was asked. */
  readonly order: Order
  readonly hookInstance: string
}

export type AssertionContent =
  | (Common & {
      readonly kind: 'stated'
      readonly information: readonly {
        readonly raw: Extension
        readonly extension: Extension
        readonly losses: readonly CodecLoss[]
        readonly brokenInvariants: readonly string[]
      }[]
    })
  /** The payer answered and said nothing about this order: that is no permission. */
  | (Common & { readonly kind: 'silent' })
  | (Common & { readonly kind: 'failed'; readonly reason: string; readonly status: number | null })

/** A stored row with its content typed: only this room writes it. */
export interface Assertion extends Omit<AssertionRow, 'content'> {
  readonly content: AssertionContent
}

export function readAssertion(row: AssertionRow): Assertion {
  return { ...row, content: row.content as AssertionContent }
}

/** Rows about one order, latest first (as the store gives them). */
export function listAbout(assertions: readonly Assertion[], orderReference: string): Assertion[] {
  return assertions.filter(({ orderRef }) => isSameReference(orderRef, orderReference))
}

/**
 * The latest statement about an order under one coverage (any coverage where null). A later silence or failure does not
 * unsay it: payers repeat nothing that has not changed (resp-35).
 */
export function findLatestStatement(
  about: readonly Assertion[],
  coverageReference: string | null,
): Assertion | undefined {
  return about.find(
    ({ content, coverageRef }) =>
      content.kind === 'stated' && (coverageReference === null || isSameReference(coverageRef, coverageReference)),
  )
}

/** The 2.2.1 extensions of a statement. */
export function listStated(assertion: Assertion | undefined): Extension[] {
  return assertion?.content.kind === 'stated' ? assertion.content.information.map(({ extension }) => extension) : []
}
