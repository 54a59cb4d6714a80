import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { submission } from '../schema.ts'
import type { Tx } from '../tx.ts'

/**
 * One request on its way to a payer, from the app (`source` `app`) or from another system (`source` its client id; no
 * case). `submissionId` is minted by the browser: a second click finds the first row.
 */
export type SubmissionRow = typeof submission.$inferSelect
export type SubmissionPatch = Partial<Omit<SubmissionRow, 'tenant' | 'id' | 'createdAt'>>
export type Submissions = ReturnType<typeof createSubmissions>

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

    /** How an item trace number finds its request. */
    async listByTraceNumber(tx: Tx, tenant: string, traceNumber: string): Promise<SubmissionRow[]> {
      return tx
        .select()
        .from(submission)
        .where(
          and(
            eq(submission.tenant, tenant),
            sql`${submission.traceNumbers} @> ${JSON.stringify([traceNumber])}::jsonb`,
          ),
        )
    },

    async update(tx: Tx, where: { tenant: string; id: string }, patch: SubmissionPatch): Promise<void> {
      await tx.update(submission).set(patch).where(one(where.tenant, where.id))
    },
  }
}
