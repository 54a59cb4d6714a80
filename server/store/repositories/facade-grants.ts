import { and, eq, gt, isNull, lt } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { facadeGrant } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof facadeGrant.$inferSelect

/**
 * A short right to read one patient through our façade, given to one payer. The token itself is not kept, its hash is;
 * `content` is sealed JSON (the EHR's own token, user, resource types).
 */
export type FacadeGrantRow = Omit<Stored, 'contentSealed' | 'revokedAt'> & { readonly content: unknown }
export type FacadeGrants = ReturnType<typeof createFacadeGrants>

export function createFacadeGrants(keyring: Keyring) {
  const place = (row: { tenant: string; tokenHash: string }) => ({
    tenant: row.tenant,
    table: 'facade_grant',
    id: row.tokenHash,
  })

  const clear = ({ contentSealed: _sealed, revokedAt: _revoked, ...row }: Stored) => row

  return {
    async insert(tx: Tx, { content, ...row }: FacadeGrantRow): Promise<void> {
      await tx.insert(facadeGrant).values({ ...row, contentSealed: keyring.sealJson(content, place(row)) })
    },

    /** Undefined where it does not exist in this tenant, was revoked, or has expired. */
    async find(tx: Tx, tenant: string, tokenHash: string, now: string): Promise<FacadeGrantRow | undefined> {
      const [row] = await tx
        .select()
        .from(facadeGrant)
        .where(
          and(
            eq(facadeGrant.tenant, tenant),
            eq(facadeGrant.tokenHash, tokenHash),
            isNull(facadeGrant.revokedAt),
            gt(facadeGrant.expiresAt, now),
          ),
        )
      return row && { ...clear(row), content: keyring.openJson(row.contentSealed, place(row)) }
    },

    async revoke(tx: Tx, tenant: string, tokenHash: string, now: string): Promise<void> {
      await tx
        .update(facadeGrant)
        .set({ revokedAt: now })
        .where(and(eq(facadeGrant.tenant, tenant), eq(facadeGrant.tokenHash, tokenHash)))
    },

    async prune(tx: Tx, now: string): Promise<void> {
      await tx.delete(facadeGrant).where(lt(facadeGrant.expiresAt, now))
    },
  }
}
