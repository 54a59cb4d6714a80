import { and, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { pasMetric } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof pasMetric.$inferSelect

/** The PAS metric record of one request. */
export type PasMetricRow = Omit<Stored, 'recordSealed'> & { readonly record: unknown }
export type PasMetrics = ReturnType<typeof createPasMetrics>

export function createPasMetrics(keyring: Keyring) {
  const place = (row: { tenant: string; submissionId: string }) => ({
    tenant: row.tenant,
    table: 'pas_metric',
    id: row.submissionId,
  })

  const sealed = ({ record, ...row }: PasMetricRow): Stored => ({
    ...row,
    recordSealed: keyring.sealJson(record, place(row)),
  })

  return {
    /** The row as it is stored. */
    seal: sealed,

    /** Writes the request's record; one that was made of a later answer replaces it. */
    async put(tx: Tx, row: PasMetricRow): Promise<void> {
      const stored = sealed(row)
      await tx
        .insert(pasMetric)
        .values(stored)
        .onConflictDoUpdate({
          target: [pasMetric.tenant, pasMetric.submissionId],
          set: { at: stored.at, recordSealed: stored.recordSealed },
        })
    },

    async find(tx: Tx, tenant: string, submissionId: string): Promise<PasMetricRow | undefined> {
      const [row] = await tx
        .select()
        .from(pasMetric)
        .where(and(eq(pasMetric.tenant, tenant), eq(pasMetric.submissionId, submissionId)))
      if (row === undefined) return undefined
      const { recordSealed, ...clear } = row
      return { ...clear, record: keyring.openJson(recordSealed, place(row)) }
    },
  }
}
