import { and, asc, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { dtrMetric } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof dtrMetric.$inferSelect

/** The DTR metric record of one session on a case. */
export type DtrMetricRow = Omit<Stored, 'recordSealed'> & { readonly record: unknown }
export type DtrMetrics = ReturnType<typeof createDtrMetrics>

export function createDtrMetrics(keyring: Keyring) {
  const place = (row: { tenant: string; caseId: string; launchId: string }) => ({
    tenant: row.tenant,
    table: 'dtr_metric',
    id: `${row.caseId}/${row.launchId}`,
  })

  return {
    /** Writes the session's record; a later one of the same session holds more and replaces it. */
    async put(tx: Tx, { record, ...row }: DtrMetricRow): Promise<void> {
      const recordSealed = keyring.sealJson(record, place(row))
      await tx
        .insert(dtrMetric)
        .values({ ...row, recordSealed })
        .onConflictDoUpdate({
          target: [dtrMetric.tenant, dtrMetric.caseId, dtrMetric.launchId],
          set: { at: row.at, recordSealed },
        })
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<DtrMetricRow[]> {
      const rows = await tx
        .select()
        .from(dtrMetric)
        .where(and(eq(dtrMetric.tenant, tenant), eq(dtrMetric.caseId, caseId)))
        .orderBy(asc(dtrMetric.at))
      return rows.map(({ recordSealed, ...row }) => ({ ...row, record: keyring.openJson(recordSealed, place(row)) }))
    },
  }
}
