import { and, asc, eq } from 'drizzle-orm'
import { clock } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** A legal or contractual clock: which rule, from when, due when, citation. */
export type ClockRow = typeof clock.$inferSelect
export type Clocks = ReturnType<typeof createClocks>

export function createClocks() {
  return {
    /** Writes clocks; one with the same id is replaced. */
    async save(tx: Tx, rows: readonly ClockRow[]): Promise<void> {
      for (const { tenant, caseId, id, ...values } of rows) {
        await tx
          .insert(clock)
          .values({ tenant, caseId, id, ...values })
          .onConflictDoUpdate({ target: [clock.tenant, clock.caseId, clock.id], set: values })
      }
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<ClockRow[]> {
      return tx
        .select()
        .from(clock)
        .where(and(eq(clock.tenant, tenant), eq(clock.caseId, caseId)))
        .orderBy(asc(clock.id))
    },
  }
}
