import { and, eq, sql } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { form } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof form.$inferSelect

/** A case's questionnaire as it stands. `package`, `response` and `meta` are sealed; null until there is one. */
export type FormRow = Omit<Stored, 'packageSealed' | 'responseSealed' | 'metaSealed'> & {
  readonly package: unknown
  readonly response: unknown
  readonly meta: unknown
}

export type FormPatch = Partial<Omit<FormRow, 'tenant' | 'caseId' | 'version'>>
export type Forms = ReturnType<typeof createForms>

export function createForms(keyring: Keyring) {
  const place = (column: string, row: { tenant: string; caseId: string }) => ({
    tenant: row.tenant,
    table: `form.${column}`,
    id: row.caseId,
  })
  const openColumn = (value: Uint8Array | null, column: string, row: Stored): unknown =>
    value === null ? null : keyring.openJson(value, place(column, row))
  const open = (row: Stored): FormRow => {
    const { packageSealed, responseSealed, metaSealed, ...clear } = row
    return {
      ...clear,
      package: openColumn(packageSealed, 'package', row),
      response: openColumn(responseSealed, 'response', row),
      meta: openColumn(metaSealed, 'meta', row),
    }
  }
  const sealColumn = (value: unknown, column: string, row: { tenant: string; caseId: string }): Uint8Array | null =>
    value === null || value === undefined ? null : keyring.sealJson(value, place(column, row))

  return {
    /** Writes a case's first form; gives false where it has one already (two requests at once). */
    async insert(tx: Tx, row: FormRow): Promise<boolean> {
      const { package: pkg, response, meta, ...clear } = row
      const inserted = await tx
        .insert(form)
        .values({
          ...clear,
          packageSealed: sealColumn(pkg, 'package', row),
          responseSealed: sealColumn(response, 'response', row),
          metaSealed: sealColumn(meta, 'meta', row),
        })
        .onConflictDoNothing()
        .returning({ version: form.version })
      return inserted.length > 0
    },

    async find(tx: Tx, tenant: string, caseId: string): Promise<FormRow | undefined> {
      const [row] = await tx
        .select()
        .from(form)
        .where(and(eq(form.tenant, tenant), eq(form.caseId, caseId)))
      return row && open(row)
    },

    /**
     * Changes what the patch names and counts the version up. Gives the new version; undefined where `expectedVersion` is
     * given and somebody saved in between (or there is no form).
     */
    async update(
      tx: Tx,
      where: { tenant: string; caseId: string; expectedVersion?: number },
      patch: FormPatch,
    ): Promise<number | undefined> {
      const { package: pkg, response, meta, ...clear } = patch
      const sameCase = and(eq(form.tenant, where.tenant), eq(form.caseId, where.caseId))
      const [row] = await tx
        .update(form)
        .set({
          ...clear,
          ...('package' in patch ? { packageSealed: sealColumn(pkg, 'package', where) } : {}),
          ...('response' in patch ? { responseSealed: sealColumn(response, 'response', where) } : {}),
          ...('meta' in patch ? { metaSealed: sealColumn(meta, 'meta', where) } : {}),
          version: sql`${form.version} + 1`,
        })
        .where(where.expectedVersion === undefined ? sameCase : and(sameCase, eq(form.version, where.expectedVersion)))
        .returning({ version: form.version })
      return row?.version
    },

    /** Tells how far the population is; not a change of the form, so the version stays. */
    async setProgress(
      tx: Tx,
      where: { tenant: string; caseId: string },
      progress: { read: number; total: number } | null,
    ): Promise<void> {
      await tx
        .update(form)
        .set({ progress })
        .where(and(eq(form.tenant, where.tenant), eq(form.caseId, where.caseId)))
    },
  }
}
