import { and, asc, eq, sql } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { form } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof form.$inferSelect
type Sealed = 'package' | 'response' | 'meta' | 'work'
const COLUMN = {
  package: 'packageSealed',
  response: 'responseSealed',
  meta: 'metaSealed',
  work: 'workSealed',
} as const satisfies Record<Sealed, keyof Stored>
const SEALED = Object.keys(COLUMN) as Sealed[]

/** One form of a case. `formId` is `main` for the first. */
export interface FormKey {
  readonly tenant: string
  readonly caseId: string
  readonly formId: string
}

/** A questionnaire as it stands. `package`, `response`, `meta` and `work` are sealed; null until there is one. */
export type FormRow = Omit<Stored, (typeof COLUMN)[Sealed]> & { readonly [name in Sealed]: unknown }

export type FormPatch = Partial<Omit<FormRow, keyof FormKey | 'version' | 'position'>>
export type Forms = ReturnType<typeof createForms>

export function createForms(keyring: Keyring) {
  /** The first form's place is that of the time when a case had one form only. */
  const place = (column: Sealed, { tenant, caseId, formId }: FormKey) => ({
    tenant,
    table: `form.${column}`,
    id: formId === 'main' ? caseId : `${caseId}/${formId}`,
  })
  const open = (row: Stored): FormRow => {
    const { packageSealed: _p, responseSealed: _r, metaSealed: _m, workSealed: _w, ...clear } = row
    const opened = SEALED.map((name): [Sealed, unknown] => {
      const value = row[COLUMN[name]]
      return [name, value === null ? null : keyring.openJson(value, place(name, row))]
    })
    return { ...clear, ...(Object.fromEntries(opened) as Record<Sealed, unknown>) }
  }
  /** The sealed columns that a row or a patch names. */
  const sealAll = (values: Partial<Record<Sealed, unknown>>, key: FormKey): Partial<Stored> =>
    Object.fromEntries(
      SEALED.filter((name) => name in values).map((name) => {
        const value = values[name] ?? null
        return [COLUMN[name], value === null ? null : keyring.sealJson(value, place(name, key))]
      }),
    )
  const withoutSealed = <T extends object>(values: T): Omit<T, Sealed> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !(name in COLUMN))) as Omit<T, Sealed>
  const same = ({ tenant, caseId, formId }: FormKey) =>
    and(eq(form.tenant, tenant), eq(form.caseId, caseId), eq(form.formId, formId))

  return {
    /** Writes a form that is new to its case; gives false where it is there already (two requests at once). */
    async insert(tx: Tx, row: FormRow): Promise<boolean> {
      const inserted = await tx
        .insert(form)
        .values({ ...withoutSealed(row), ...sealAll(row, row) })
        .onConflictDoNothing()
        .returning({ version: form.version })
      return inserted.length > 0
    },

    async find(tx: Tx, key: FormKey): Promise<FormRow | undefined> {
      const [row] = await tx.select().from(form).where(same(key))
      return row && open(row)
    },

    /** All forms of a case in the payer's order, opened. */
    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<FormRow[]> {
      const rows = await tx
        .select()
        .from(form)
        .where(and(eq(form.tenant, tenant), eq(form.caseId, caseId)))
        .orderBy(asc(form.position), asc(form.formId))
      return rows.map(open)
    },

    /** What the list of forms shows; nothing is unsealed for it. */
    async listFigures(tx: Tx, tenant: string, caseId: string) {
      return tx
        .select({ formId: form.formId, status: form.status, version: form.version, summary: form.summary })
        .from(form)
        .where(and(eq(form.tenant, tenant), eq(form.caseId, caseId)))
        .orderBy(asc(form.position), asc(form.formId))
    },

    /**
     * Changes what the patch names and counts the version up. Gives the new version; undefined where `expectedVersion` is
     * given and somebody saved in between (or there is no form).
     */
    async update(
      tx: Tx,
      where: FormKey & { readonly expectedVersion?: number },
      patch: FormPatch,
    ): Promise<number | undefined> {
      const { expectedVersion } = where
      const [row] = await tx
        .update(form)
        .set({ ...withoutSealed(patch), ...sealAll(patch, where), version: sql`${form.version} + 1` })
        .where(expectedVersion === undefined ? same(where) : and(same(where), eq(form.version, expectedVersion)))
        .returning({ version: form.version })
      return row?.version
    },

    /** What is beside the form, such as its copy in the EHR: the version stays, so that no edit is refused for it. */
    async setWork(tx: Tx, key: FormKey, work: unknown): Promise<void> {
      await tx.update(form).set(sealAll({ work }, key)).where(same(key))
    },

    /** Tells how far the population is; not a change of the form, so the version stays. */
    async setProgress(tx: Tx, key: FormKey, progress: { read: number; total: number } | null): Promise<void> {
      await tx.update(form).set({ progress }).where(same(key))
    },
  }
}
