import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { accessLog } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** One read or write of a chart: who, whose, what, and what needed it. `reference` is `Type/id`, never a search text. */
export type AccessLogRow = typeof accessLog.$inferSelect
export type AccessLog = ReturnType<typeof createAccessLog>

export function createAccessLog() {
  return {
    async insert(tx: Tx, rows: readonly AccessLogRow[]): Promise<void> {
      if (rows.length > 0) await tx.insert(accessLog).values([...rows])
    },

    /** Makes the partitions of this month and the next; what stands already stays. */
    async makeMonths(tx: Tx, now: string): Promise<void> {
      await tx.execute(sql`select make_access_log_months(${now}::timestamptz)`)
    },

    /** What was read and written for a case, oldest first. */
    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<AccessLogRow[]> {
      return tx
        .select()
        .from(accessLog)
        .where(and(eq(accessLog.tenant, tenant), eq(accessLog.caseId, caseId)))
        .orderBy(asc(accessLog.at))
    },

    async listByPatient(tx: Tx, tenant: string, patientId: string, limit: number): Promise<AccessLogRow[]> {
      return tx
        .select()
        .from(accessLog)
        .where(and(eq(accessLog.tenant, tenant), eq(accessLog.patientId, patientId)))
        .orderBy(desc(accessLog.at))
        .limit(limit)
    },
  }
}
