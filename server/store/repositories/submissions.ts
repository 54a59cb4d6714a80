import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { submission } from '../schema.ts'
import type { Tx } from '../tx.ts'

/**
 * One request on its way to a payer, from the app (`source` `app`) or from another system (`source` its client id; no
 * case). `submissionId` is minted by the browser: a second click finds the first row.
 */
export type SubmissionRow = typeof submission.$inferSelect
export type SubmissionPatch = Partial<Omit<SubmissionRow, 'tenant' | 'id' | 'createdAt'>>
export type Submissions = ReturnType<typeof createSubmissions>

/** The oldest first: what one look tells. */
const MOST_OVER = 10_000

export interface OfPayer {
  readonly tenant: string
  readonly payerId: string
}

const ofPayer = ({ tenant, payerId }: OfPayer) => and(eq(submission.tenant, tenant), eq(submission.payerId, payerId))

export function createSubmissions() {
  const one = (tenant: string, id: string) => and(eq(submission.tenant, tenant), eq(submission.id, id))

  return {
    /** Writes a submission; gives false where (tenant, case, submissionId) is there already. */
    async insert(tx: Tx, row: SubmissionRow): Promise<boolean> {
      const inserted = await tx.insert(submission).values(row).onConflictDoNothing().returning({ id: submission.id })
      return inserted.length > 0
    },

    async find(tx: Tx, tenant: string, id: string): Promise<SubmissionRow | undefined> {
      const [row] = await tx.select().from(submission).where(one(tenant, id))
      return row
    },

    /** Reads and holds the row until the transaction ends. */
    async lock(tx: Tx, tenant: string, id: string): Promise<SubmissionRow | undefined> {
      const [row] = await tx.select().from(submission).where(one(tenant, id)).for('update')
      return row
    },

    async findBySubmissionId(
      tx: Tx,
      tenant: string,
      caseId: string,
      submissionId: string,
    ): Promise<SubmissionRow | undefined> {
      const [row] = await tx
        .select()
        .from(submission)
        .where(
          and(eq(submission.tenant, tenant), eq(submission.caseId, caseId), eq(submission.submissionId, submissionId)),
        )
      return row
    },

    async latestByCase(tx: Tx, tenant: string, caseId: string): Promise<SubmissionRow | undefined> {
      const [row] = await tx
        .select()
        .from(submission)
        .where(and(eq(submission.tenant, tenant), eq(submission.caseId, caseId)))
        .orderBy(desc(submission.createdAt))
        .limit(1)
      return row
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(eq(submission.tenant, tenant), eq(submission.caseId, caseId)))
        .orderBy(asc(submission.createdAt))
    },

    async listByBundleIdentifier(tx: Tx, tenant: string, bundleIdentifier: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(eq(submission.tenant, tenant), eq(submission.bundleIdentifier, bundleIdentifier)))
    },

    /** How ClaimResponse.request.identifier finds its request. */
    async listByClaimIdentifier(tx: Tx, tenant: string, claimIdentifier: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(eq(submission.tenant, tenant), eq(submission.claimIdentifier, claimIdentifier)))
    },

    /** Answered, and with no metric record of that answer; held, and not twice at once. */
    async listUnmeasured(tx: Tx, tenant: string, limit: number): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(eq(submission.tenant, tenant), isNull(submission.metricAt), isNotNull(submission.answeredAt)))
        .orderBy(asc(submission.answeredAt))
        .limit(limit)
        .for('update', { skipLocked: true })
    },

    /** Answered or refused, and with its service over before a day: what the retention rule is asked about. */
    async listOver(tx: Tx, tenant: string, before: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(
          and(
            eq(submission.tenant, tenant),
            inArray(submission.state, ['answered', 'refused']),
            lt(submission.servicesEnd, before),
          ),
        )
        .orderBy(asc(submission.servicesEnd))
        .limit(MOST_OVER)
    },

    /** Of these members of a payer, newest first: what an inquiry may be about. */
    async listByMember(
      tx: Tx,
      of: { tenant: string; payerId: string },
      memberIds: readonly string[],
    ): Promise<SubmissionRow[]> {
      if (memberIds.length === 0) return []
      const ofPayer = and(eq(submission.tenant, of.tenant), eq(submission.payerId, of.payerId))
      const ids = [...memberIds]
      return tx
        .select()
        .from(submission)
        .where(or(and(ofPayer, inArray(submission.memberId, ids)), and(ofPayer, inArray(submission.subscriberId, ids))))
        .orderBy(desc(submission.createdAt), desc(submission.id))
    },

    /** How the payer's name for an answer finds the requests that it gave it to. */
    async listByAnswerReference(tx: Tx, of: OfPayer, reference: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(ofPayer(of), eq(submission.answerReference, reference)))
    },

    /** Sent to a payer, and not answered yet. */
    async listUnanswered(tx: Tx, of: OfPayer): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(and(ofPayer(of), sql`${submission.state} in ('sending', 'unknown')`))
    },

    /** What the payer has not decided, or nobody knows about: what a missed notification may have been about. */
    async listUndecided(tx: Tx, of: OfPayer): Promise<SubmissionRow[]> {
      const isUnknown = and(eq(submission.state, 'unknown'), eq(submission.unknownStep, 'person'))
      return tx
        .select()
        .from(submission)
        .where(and(ofPayer(of), or(submission.pended, isUnknown)))
    },

    /** How the trace numbers of its lines, and the names of its Claim, find a request. */
    async listByTraceNumbers(tx: Tx, of: OfPayer, traces: readonly string[]): Promise<SubmissionRow[]> {
      if (traces.length === 0) return []
      const listed = sql.join(
        traces.map((trace) => sql`${trace}`),
        sql`, `,
      )
      return tx
        .select()
        .from(submission)
        .where(and(ofPayer(of), sql`${submission.traceNumbers} ?| array[${listed}]::text[]`))
    },

    async update(tx: Tx, where: { tenant: string; id: string }, patch: SubmissionPatch): Promise<void> {
      await tx.update(submission).set(patch).where(one(where.tenant, where.id))
    },
  }
}
