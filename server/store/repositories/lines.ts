import { and, asc, eq } from 'drizzle-orm'
import { line } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** A request line; `sequence` is its key for life. `asked` and `allowed` are decimal strings counted in `unit`. */
export type LineRow = typeof line.$inferSelect
export type LinePatch = Partial<Omit<LineRow, 'tenant' | 'caseId' | 'sequence'>>
export type Lines = ReturnType<typeof createLines>

export function createLines() {
  const one = (tenant: string, caseId: string, sequence: number) =>
    and(eq(line.tenant, tenant), eq(line.caseId, caseId), eq(line.sequence, sequence))

  return {
    async insert(tx: Tx, rows: readonly LineRow[]): Promise<void> {
      if (rows.length > 0) await tx.insert(line).values([...rows])
    },

    async update(tx: Tx, at: { tenant: string; caseId: string; sequence: number }, patch: LinePatch): Promise<void> {
      await tx
        .update(line)
        .set(patch)
        .where(one(at.tenant, at.caseId, at.sequence))
    },

    /** Takes back a line that was added by a change which the payer refused. */
    async remove(tx: Tx, at: { tenant: string; caseId: string; sequence: number }): Promise<void> {
      await tx.delete(line).where(one(at.tenant, at.caseId, at.sequence))
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<LineRow[]> {
      return tx
        .select()
        .from(line)
        .where(and(eq(line.tenant, tenant), eq(line.caseId, caseId)))
        .orderBy(asc(line.sequence))
    },

    /** The lines that carry an authorization number: how a notification or a phone call finds its case. */
    async listByAuthorizationNumber(tx: Tx, tenant: string, number: string): Promise<LineRow[]> {
      return tx
        .select()
        .from(line)
        .where(and(eq(line.tenant, tenant), eq(line.authorizationNumber, number)))
    },
  }
}
