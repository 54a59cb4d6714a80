import { and, desc, eq } from 'drizzle-orm'
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
