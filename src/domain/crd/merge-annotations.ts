/**
 * Writes payers' statements onto an order: one update with every repetition, since two full-resource updates would
 * overwrite each other. Newer statements replace older ones of the same coverage; those of other coverages stay
 * (crd.md §1.3 step 8, §3.1 Persistence).
 */
import type { Extension } from 'fhir/r4'
import type { Order } from '../context/order.ts'
import { EXT } from '../fhir/canonical.ts'
import { isSameReference } from '../fhir/reference.ts'
import { readCoverageInformation } from './coverage-information.ts'
import { isSameJson } from './json.ts'

export interface MergedOrder {
  readonly order: Order
  /** False where the order already says exactly this: then there is nothing to update (resp-35). */
  readonly changed: boolean
}

function coverageOf(extension: Extension): string | undefined {
  return readCoverageInformation(extension).coverage ?? undefined
}

/** The order with these repetitions; all other elements and extensions as they were. */
export function mergeAnnotations(order: Order, information: readonly Extension[]): MergedOrder {
  const before = order.extension ?? []
  const isReplaced = (extension: Extension): boolean =>
    extension.url === EXT.coverageInformation &&
    information.some((newer) => isSameReference(coverageOf(newer), coverageOf(extension)))
  const extension = [...before.filter((existing) => !isReplaced(existing)), ...information]
  return { order: { ...order, extension }, changed: !isSameJson(before, extension) }
}
