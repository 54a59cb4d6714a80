import { lt } from 'drizzle-orm'
import { jti } from '../schema.ts'
import type { Tx } from '../tx.ts'

export type Jtis = ReturnType<typeof createJtis>

/** Token ids seen: a signed token is good for one use. */
export function createJtis() {
  return {
    /** Marks a token id as used; gives false where it was used before. */
    async use(tx: Tx, used: { issuer: string; jti: string; expiresAt: string }): Promise<boolean> {
      const inserted = await tx.insert(jti).values(used).onConflictDoNothing().returning({ jti: jti.jti })
      return inserted.length > 0
    },

    async prune(tx: Tx, now: string): Promise<void> {
      await tx.delete(jti).where(lt(jti.expiresAt, now))
    },
  }
}
