import { and, asc, eq, gt } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { formChange } from '../schema.ts'
import type { Tx } from '../tx.ts'
import type { FormKey } from './forms.ts'

type Stored = typeof formChange.$inferSelect

/** One answer that was changed: from what to what, sealed. */
export type FormChangeRow = Omit<Stored, 'changeSealed'> & {
  readonly change: { readonly from: unknown[]; readonly to: unknown[]; readonly source: string | null }
}
export type FormChanges = ReturnType<typeof createFormChanges>

export function createFormChanges(keyring: Keyring) {
  const place = (row: Omit<FormChangeRow, 'change'>) => ({
    tenant: row.tenant,
    table: 'form_change',
    id: `${row.caseId}/${row.formId}/${row.version}/${row.itemKey}`,
  })
  const open = ({ changeSealed, ...row }: Stored): FormChangeRow => ({
    ...row,
    change: keyring.openJson<FormChangeRow['change']>(changeSealed, place(row)),
  })

  return {
    async insert(tx: Tx, rows: readonly FormChangeRow[]): Promise<void> {
      if (rows.length === 0) return
      await tx
        .insert(formChange)
        .values(rows.map(({ change, ...row }) => ({ ...row, changeSealed: keyring.sealJson(change, place(row)) })))
    },

    /** Changes after a version of the form, oldest first; all of them from version 0 on. */
    async listSince(tx: Tx, { tenant, caseId, formId }: FormKey, version: number): Promise<FormChangeRow[]> {
      const rows = await tx
        .select()
        .from(formChange)
        .where(
          and(
            eq(formChange.tenant, tenant),
            eq(formChange.caseId, caseId),
            eq(formChange.formId, formId),
            gt(formChange.version, version),
          ),
        )
        .orderBy(asc(formChange.version), asc(formChange.itemKey))
      return rows.map(open)
    },
  }
}
