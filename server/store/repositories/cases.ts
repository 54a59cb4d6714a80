import { and, desc, eq, sql } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { paCase } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof paCase.$inferSelect

/**
 * A case. `context` is what was known when it was opened (orders, coverage, patient, requester as read), `details` is what
 * changes as it goes on (urgency, chosen documents, decision, what is unknown); both are sealed, their shape is
 * server/cases' own. `version` counts every change: an optimistic lock.
 */
export type CaseRow = Omit<Stored, 'contextSealed' | 'detailsSealed'> & {
  readonly context: unknown
  readonly details: unknown
}

/** What may change after opening. */
export type CasePatch = Partial<Pick<CaseRow, 'state' | 'title' | 'context' | 'details' | 'coverageRef' | 'payerId'>>

export type Cases = ReturnType<typeof createCases>

export function createCases(keyring: Keyring) {
  const place = (column: string, row: { tenant: string; id: string }) => ({
    tenant: row.tenant,
    table: `case.${column}`,
    id: row.id,
  })
  const open = ({ contextSealed, detailsSealed, ...row }: Stored): CaseRow => ({
    ...row,
    context: keyring.openJson(contextSealed, place('context', row)),
    details: keyring.openJson(detailsSealed, place('details', row)),
  })
  const one = (tenant: string, id: string) => and(eq(paCase.tenant, tenant), eq(paCase.id, id))

  return {
    async insert(tx: Tx, { context, details, ...row }: CaseRow): Promise<void> {
      const contextSealed = keyring.sealJson(context, place('context', row))
      const detailsSealed = keyring.sealJson(details, place('details', row))
      await tx.insert(paCase).values({ ...row, contextSealed, detailsSealed })
    },

    async find(tx: Tx, tenant: string, id: string): Promise<CaseRow | undefined> {
      const [row] = await tx.select().from(paCase).where(one(tenant, id))
      return row && open(row)
    },

    /** Reads and holds the row until the transaction ends: every change of a case begins with this. */
    async lock(tx: Tx, tenant: string, id: string): Promise<CaseRow | undefined> {
      const [row] = await tx.select().from(paCase).where(one(tenant, id)).for('update')
      return row && open(row)
    },

    /**
     * Changes a case and counts its version up. Gives the new version; undefined where `expectedVersion` is given and the
     * case has moved on (or does not exist).
     */
    async update(
      tx: Tx,
      where: { tenant: string; id: string; expectedVersion?: number },
      { context, details, ...patch }: CasePatch,
      now: string,
    ): Promise<number | undefined> {
      const [row] = await tx
        .update(paCase)
        .set({
          ...patch,
          ...(context === undefined ? {} : { contextSealed: keyring.sealJson(context, place('context', where)) }),
          ...(details === undefined ? {} : { detailsSealed: keyring.sealJson(details, place('details', where)) }),
          version: sql`${paCase.version} + 1`,
          updatedAt: now,
        })
        .where(
          where.expectedVersion === undefined
            ? one(where.tenant, where.id)
            : and(one(where.tenant, where.id), eq(paCase.version, where.expectedVersion)),
        )
        .returning({ version: paCase.version })
      return row?.version
    },

    /** A patient's cases, the latest changed first. */
    async listByPatient(tx: Tx, tenant: string, patientId: string): Promise<CaseRow[]> {
      const rows = await tx
        .select()
        .from(paCase)
        .where(and(eq(paCase.tenant, tenant), eq(paCase.patientId, patientId)))
        .orderBy(desc(paCase.updatedAt))
      return rows.map(open)
    },

    /** Makes others who would open a case for the same group wait until this transaction ends. */
    async holdGroup(tx: Tx, tenant: string, patientId: string, groupId: string): Promise<void> {
      await tx.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${`case|${tenant}|${patientId}|${groupId}`}, 0))`,
      )
    },

    /** The cases of one order group, the newest first. */
    async listByGroup(tx: Tx, tenant: string, patientId: string, groupId: string): Promise<CaseRow[]> {
      const rows = await tx
        .select()
        .from(paCase)
        .where(and(eq(paCase.tenant, tenant), eq(paCase.patientId, patientId), eq(paCase.groupId, groupId)))
        .orderBy(desc(paCase.createdAt))
      return rows.map(open)
    },
  }
}
