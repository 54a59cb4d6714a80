import { and, eq, gt, lt } from 'drizzle-orm'
import { hookContext } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** What a launch card's appContext `pa1.<id>` stands for; it outlives the hook by hours, so that the card works later. */
export type HookContextRow = typeof hookContext.$inferSelect
export type HookContexts = ReturnType<typeof createHookContexts>

export function createHookContexts() {
  return {
    async insert(tx: Tx, row: HookContextRow): Promise<void> {
      await tx.insert(hookContext).values(row)
    },

    /** Undefined where it does not exist in this tenant or has expired. */
    async find(tx: Tx, tenant: string, id: string, now: string): Promise<HookContextRow | undefined> {
      const [row] = await tx
        .select()
        .from(hookContext)
        .where(and(eq(hookContext.tenant, tenant), eq(hookContext.id, id), gt(hookContext.expiresAt, now)))
      return row
    },

    async prune(tx: Tx, now: string): Promise<void> {
      await tx.delete(hookContext).where(lt(hookContext.expiresAt, now))
    },
  }
}
