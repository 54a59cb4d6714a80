import { and, eq, isNull, lt } from 'drizzle-orm'
import { session } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** A signed-in person in one browser. The secrets (cookie, bearer) are kept as hashes. */
export type SessionRow = typeof session.$inferSelect
export type Sessions = ReturnType<typeof createSessions>

export function createSessions() {
  const one = (tenant: string, id: string) => and(eq(session.tenant, tenant), eq(session.id, id))

  return {
    async insert(tx: Tx, row: SessionRow): Promise<void> {
      await tx.insert(session).values(row)
    },

    /** By the hash of the cookie's value; ended and expired ones too: the caller judges. */
    async findBySecret(tx: Tx, secretHash: string): Promise<SessionRow | undefined> {
      const [row] = await tx.select().from(session).where(eq(session.secretHash, secretHash))
      return row
    },

    async find(tx: Tx, tenant: string, id: string): Promise<SessionRow | undefined> {
      const [row] = await tx.select().from(session).where(one(tenant, id))
      return row
    },

    async findByBearer(tx: Tx, bearerHash: string): Promise<SessionRow | undefined> {
      const [row] = await tx.select().from(session).where(eq(session.bearerHash, bearerHash))
      return row
    },

    async touch(tx: Tx, tenant: string, id: string, seenAt: string): Promise<void> {
      await tx.update(session).set({ seenAt }).where(one(tenant, id))
    },

    async setBearer(tx: Tx, tenant: string, id: string, bearerHash: string): Promise<void> {
      await tx.update(session).set({ bearerHash }).where(one(tenant, id))
    },

    async end(tx: Tx, at: { tenant: string; id: string }, reason: string, now: string): Promise<void> {
      await tx
        .update(session)
        .set({ endedAt: now, endReason: reason })
        .where(and(one(at.tenant, at.id), isNull(session.endedAt)))
    },

    async prune(tx: Tx, expiredBefore: string): Promise<void> {
      await tx.delete(session).where(lt(session.expiresAt, expiredBefore))
    },
  }
}
