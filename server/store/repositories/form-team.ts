import { and, eq, gt } from 'drizzle-orm'
import { formDelegation, formPresence } from '../schema.ts'
import type { Tx } from '../tx.ts'
import type { FormKey } from './forms.ts'

export type DelegationRow = typeof formDelegation.$inferSelect
export type PresenceRow = typeof formPresence.$inferSelect
export type FormTeam = ReturnType<typeof createFormTeam>

/** Who works on a case's forms: who has them open, and who has which part in hand. */
export function createFormTeam() {
  return {
    /** Says that a user has the form open now, and where. */
    async seen(tx: Tx, row: PresenceRow): Promise<void> {
      await tx
        .insert(formPresence)
        .values(row)
        .onConflictDoUpdate({
          target: [formPresence.tenant, formPresence.caseId, formPresence.formId, formPresence.userId],
          set: { name: row.name, role: row.role, itemKey: row.itemKey, seenAt: row.seenAt },
        })
    },

    /** Who was seen after an instant. */
    async listPresent(tx: Tx, { tenant, caseId, formId }: FormKey, after: string): Promise<PresenceRow[]> {
      return tx
        .select()
        .from(formPresence)
        .where(
          and(
            eq(formPresence.tenant, tenant),
            eq(formPresence.caseId, caseId),
            eq(formPresence.formId, formId),
            gt(formPresence.seenAt, after),
          ),
        )
        .orderBy(formPresence.name)
    },

    /** Hands a part over; the one before is replaced. */
    async delegate(tx: Tx, row: DelegationRow): Promise<void> {
      await tx
        .insert(formDelegation)
        .values(row)
        .onConflictDoUpdate({
          target: [formDelegation.tenant, formDelegation.caseId, formDelegation.part],
          set: { owner: row.owner, since: row.since, delegatedBy: row.delegatedBy },
        })
    },

    async listDelegations(tx: Tx, tenant: string, caseId: string): Promise<DelegationRow[]> {
      return tx
        .select()
        .from(formDelegation)
        .where(and(eq(formDelegation.tenant, tenant), eq(formDelegation.caseId, caseId)))
        .orderBy(formDelegation.part)
    },
  }
}
