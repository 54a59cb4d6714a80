import { and, desc, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { coverageAssertion } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof coverageAssertion.$inferSelect

/**
 * What a payer said about one order under one coverage (or that it did not answer), through the hook or asked by the app.
 * `content` is sealed JSON: the coverage-information as received and after upcast, and the payer's own words.
 */
export type AssertionRow = Omit<Stored, 'contentSealed'> & { readonly content: unknown }
export type Assertions = ReturnType<typeof createAssertions>

export function createAssertions(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({
    tenant: row.tenant,
    table: 'coverage_assertion',
    id: row.id,
  })

  return {
    async insert(tx: Tx, rows: readonly AssertionRow[]): Promise<void> {
      if (rows.length === 0) return
      await tx
        .insert(coverageAssertion)
        .values(rows.map(({ content, ...row }) => ({ ...row, contentSealed: keyring.sealJson(content, place(row)) })))
    },

    /** All that was said about a patient's orders, the latest first. */
    async listByPatient(tx: Tx, tenant: string, patientId: string): Promise<AssertionRow[]> {
      const rows = await tx
        .select()
        .from(coverageAssertion)
        .where(and(eq(coverageAssertion.tenant, tenant), eq(coverageAssertion.patientId, patientId)))
        .orderBy(desc(coverageAssertion.answeredAt), desc(coverageAssertion.id))
      return rows.map(({ contentSealed, ...row }) => ({ ...row, content: keyring.openJson(contentSealed, place(row)) }))
    },
  }
}
