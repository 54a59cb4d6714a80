/** The versions of one request: a Claim and its updates, each of which names the one before (pas.md §5). Pure. */

export interface RequestVersion {
  readonly claimIdentifier: string
  /** The Claim that this one updates. */
  readonly priorClaim: string | null
  /** Null for a request of another system. */
  readonly caseId: string | null
  readonly createdAt: string
}

/**
 * Leaves the newest of each request. The lines of an update keep their first trace numbers: an answer that names no more than
 * those means the newest version.
 */
export function withoutEarlierVersions<T extends RequestVersion>(versions: readonly T[]): T[] {
  const isLater = (one: T, than: T): boolean =>
    one.priorClaim === than.claimIdentifier ||
    (one.caseId !== null && one.caseId === than.caseId && one.priorClaim !== null && one.createdAt > than.createdAt)
  return versions.filter((version) => !versions.some((other) => isLater(other, version)))
}
