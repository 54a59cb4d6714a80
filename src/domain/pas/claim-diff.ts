/**
 * What differs between the Claim that the payer has and the one that is wanted (pas.md §5): entries by their sequence, the
 * rest by its elements. Pure. `writeClaimUpdate` applies it.
 */
import type { Claim, ClaimItem, ClaimSupportingInfo } from 'fhir/r4'
import { isSameJson } from '../crd/json.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { contentOf, isCancelled, type ClaimEntry } from './claim-marks.ts'

/** How the entries of one list differ; those that stay as they are are not named. */
export interface EntryDiff<T extends ClaimEntry> {
  readonly added: readonly T[]
  readonly changed: readonly { readonly before: T; readonly after: T }[]
  /** As the payer has them. */
  readonly cancelled: readonly T[]
}

export interface ClaimDiff {
  readonly items: EntryDiff<ClaimItem>
  readonly supportingInfo: EntryDiff<ClaimSupportingInfo>
  /** Other elements of the Claim: their wanted value, undefined where it is gone. */
  readonly head: Readonly<Partial<Record<keyof Claim, unknown>>>
}

/** Identity, which every version has anew, and the two lists that are compared by sequence. */
const APART: readonly (keyof Claim)[] = [
  'resourceType',
  'id',
  'meta',
  'identifier',
  'created',
  'related',
  'item',
  'supportingInfo',
]

export type ClaimDiffError = Failure<'cancelled-entry-wanted'>

function diffEntries<T extends ClaimEntry>(
  prior: readonly T[],
  wanted: readonly T[],
): Result<EntryDiff<T>, ClaimDiffError> {
  const added: T[] = []
  const changed: { before: T; after: T }[] = []
  for (const after of wanted) {
    const before = prior.find(({ sequence }) => sequence === after.sequence)
    if (before === undefined) added.push(after)
    else if (isCancelled(before)) {
      // A sequence is never used again, for the same thing neither.
      if (!isCancelled(after)) return err({ reason: 'cancelled-entry-wanted', params: { sequence: after.sequence } })
    } else if (!isCancelled(after) && !isSameJson(contentOf(before), contentOf(after))) changed.push({ before, after })
  }
  const stays = new Set(wanted.filter((one) => !isCancelled(one)).map(({ sequence }) => sequence))
  const cancelled = prior.filter((one) => !isCancelled(one) && !stays.has(one.sequence))
  return ok({ added: added.filter((one) => !isCancelled(one)), changed, cancelled })
}

function diffHead(prior: Claim, wanted: Claim): ClaimDiff['head'] {
  const names = [...new Set([...Object.keys(prior), ...Object.keys(wanted)])] as (keyof Claim)[]
  const differing = names.filter((name) => !APART.includes(name) && !isSameJson(prior[name], wanted[name]))
  return Object.fromEntries(differing.map((name) => [name, wanted[name]]))
}

/**
 * The difference from `prior` to `wanted`. An entry that `wanted` leaves out, or marks as cancelled, is cancelled; its marks
 * and trace numbers are not compared. Fails with `cancelled-entry-wanted` where an entry cancelled before is wanted again.
 */
export function diffClaims(prior: Claim, wanted: Claim): Result<ClaimDiff, ClaimDiffError> {
  const items = diffEntries(prior.item ?? [], wanted.item ?? [])
  if (!items.ok) return items
  const supportingInfo = diffEntries(prior.supportingInfo ?? [], wanted.supportingInfo ?? [])
  if (!supportingInfo.ok) return supportingInfo
  return ok({ items: items.value, supportingInfo: supportingInfo.value, head: diffHead(prior, wanted) })
}

const isNothing = ({ added, changed, cancelled }: EntryDiff<ClaimEntry>): boolean =>
  added.length + changed.length + cancelled.length === 0

/** Whether there is nothing to tell the payer. */
export function isEmptyDiff(diff: ClaimDiff): boolean {
  return isNothing(diff.items) && isNothing(diff.supportingInfo) && Object.keys(diff.head).length === 0
}

/** Whether no line stays: then the whole request is cancelled (pas.md §5). */
export function cancelsAll(prior: Claim, { items }: ClaimDiff): boolean {
  const live = (prior.item ?? []).filter((item) => !isCancelled(item))
  return items.added.length === 0 && live.length > 0 && items.cancelled.length === live.length
}
