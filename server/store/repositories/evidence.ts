import { and, asc, eq } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import type { Keyring } from '../keyring.ts'
import { evidence } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof evidence.$inferSelect

/** A resource that became evidence, as it was when it was read: the EHR's token is gone when somebody asks later. */
export type EvidenceRow = Omit<Stored, 'resourceSealed'> & { readonly resource: FhirResource }
export type EvidenceStore = ReturnType<typeof createEvidence>

export function createEvidence(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'evidence', id: row.id })
  const open = ({ resourceSealed, ...row }: Stored): EvidenceRow => ({
    ...row,
    resource: keyring.openJson<FhirResource>(resourceSealed, place(row)),
  })

  return {
    async insert(tx: Tx, rows: readonly EvidenceRow[]): Promise<void> {
      if (rows.length === 0) return
      await tx
        .insert(evidence)
        .values(
          rows.map(({ resource, ...row }) => ({ ...row, resourceSealed: keyring.sealJson(resource, place(row)) })),
        )
    },

    async find(tx: Tx, tenant: string, caseId: string, id: string): Promise<EvidenceRow | undefined> {
      const [row] = await tx
        .select()
        .from(evidence)
        .where(and(eq(evidence.tenant, tenant), eq(evidence.caseId, caseId), eq(evidence.id, id)))
      return row && open(row)
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<EvidenceRow[]> {
      const rows = await tx
        .select()
        .from(evidence)
        .where(and(eq(evidence.tenant, tenant), eq(evidence.caseId, caseId)))
        .orderBy(asc(evidence.id))
      return rows.map(open)
    },
  }
}
