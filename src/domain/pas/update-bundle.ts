/**
 * The request Bundle of an update or a cancellation (pas.md §5): the new version of the Claim first, the version before it
 * among the rest, without that one's own predecessor. Pure: identifiers, instants and UUIDs are passed in.
 */
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { err, ok, type Failure, type Result } from '../result.ts'
import { applyChange, type ClaimChange } from './claim-change.ts'
import { diffClaims, isEmptyDiff, type ClaimDiff, type ClaimDiffError } from './claim-diff.ts'
import { writeClaimUpdate, type LineNumbers } from './claim-update.ts'
import type { PoolEntry } from './closure.ts'
import { buildRequestParts, bundleOf, type BuiltRequest, type RequestParts } from './request-bundle.ts'
import type { PasRequestError, PasRequestInput } from './request-input.ts'

export interface UpdateInput {
  /** The Bundle of the version that the payer has. */
  readonly prior: Bundle<FhirResource>
  readonly change: Omit<ClaimChange, 'fresh'>
  readonly numbers: readonly LineNumbers[]
  /**
   * What is new, as a request of its own: lines under their sequences for life with their orders, documents, a message. Its
   * identifiers are those of the new version.
   */
  readonly additions: PasRequestInput
}

export interface BuiltUpdate extends BuiltRequest {
  readonly diff: ClaimDiff
}

export type UpdateError = PasRequestError | ClaimDiffError | Failure<'prior-missing' | 'nothing-changed'>

const isNew = ({ lines, documents, questionnaireResponses, message }: PasRequestInput): boolean =>
  lines.length + documents.length + questionnaireResponses.length > 0 || message !== null

/** What the version before brought along; its predecessor stays behind. */
function poolOf(prior: Bundle<FhirResource>): PoolEntry[] {
  return (prior.entry ?? []).flatMap(({ fullUrl, resource }, index) =>
    fullUrl === undefined || resource === undefined || (index > 0 && resource.resourceType === 'Claim')
      ? []
      : [{ fullUrl, resource }],
  )
}

/**
 * Builds the update. Fails as the builder of a request does, with `prior-missing` where there is no Claim to update, and
 * with `nothing-changed` where the payer has it so already.
 */
export function buildUpdateBundle({
  prior,
  change,
  numbers,
  additions,
}: UpdateInput): Result<BuiltUpdate, UpdateError> {
  const [first] = prior.entry ?? []
  const before = first?.resource
  if (before?.resourceType !== 'Claim' || first?.fullUrl === undefined) return err({ reason: 'prior-missing' })
  const parts: Result<RequestParts | null, PasRequestError> =
    isNew(additions) && !change.cancelAll ? buildRequestParts(additions) : ok(null)
  if (!parts.ok) return parts
  const wanted: Claim = applyChange(before, { ...change, fresh: parts.value?.claim ?? null })
  const diff = diffClaims(before, wanted)
  if (!diff.ok) return diff
  if (isEmptyDiff(diff.value)) return err({ reason: 'nothing-changed' })
  const { claimId, claim: identifier } = additions.identifiers
  const claim = writeClaimUpdate(before, diff.value, {
    claimId,
    identifier,
    createdAt: additions.createdAt,
    priorFullUrl: first.fullUrl,
    numbers,
  })
  // What was made anew comes first: an order changed since then stands in the Bundle as it is now. The rest is as it was sent.
  const { made = [], known = [] } = parts.value ?? {}
  const built = bundleOf(claim, [...made, ...poolOf(prior), ...known], additions)
  return ok({ ...built, diff: diff.value })
}
