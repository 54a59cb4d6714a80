import { and, asc, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { document } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof document.$inferSelect
type Clear = Omit<Stored, 'contentSealed'>

/** A document that we made (the signed summary): bytes sealed. `content` is null until it is rendered. */
export type DocumentRow = Clear & { readonly content: Uint8Array | null }
export type DocumentPatch = Partial<Pick<DocumentRow, 'content' | 'writtenToChart' | 'writeFailure'>>
export type Documents = ReturnType<typeof createDocuments>

export function createDocuments(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'document', id: row.id })
  const seal = (content: Uint8Array | null, row: { tenant: string; id: string }): Uint8Array | null =>
    content === null ? null : keyring.seal(content, place(row))

  return {
    async insert(tx: Tx, { content, ...row }: DocumentRow): Promise<void> {
      await tx.insert(document).values({ ...row, contentSealed: seal(content, row) })
    },

    async update(tx: Tx, where: { tenant: string; id: string }, { content, ...patch }: DocumentPatch): Promise<void> {
      await tx
        .update(document)
        .set({ ...patch, ...(content === undefined ? {} : { contentSealed: seal(content, where) }) })
        .where(and(eq(document.tenant, where.tenant), eq(document.id, where.id)))
    },

    async find(tx: Tx, tenant: string, caseId: string, id: string): Promise<DocumentRow | undefined> {
      const [row] = await tx
        .select()
        .from(document)
        .where(and(eq(document.tenant, tenant), eq(document.caseId, caseId), eq(document.id, id)))
      if (row === undefined) return undefined
      const { contentSealed, ...clear } = row
      return { ...clear, content: contentSealed === null ? null : keyring.open(contentSealed, place(row)) }
    },

    /** Without their bytes. */
    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<Clear[]> {
      const rows = await tx
        .select()
        .from(document)
        .where(and(eq(document.tenant, tenant), eq(document.caseId, caseId)))
        .orderBy(asc(document.createdAt))
      return rows.map(({ contentSealed: _, ...clear }) => clear)
    },
  }
}
