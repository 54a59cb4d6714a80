import { and, eq, gt, isNull, lt } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { login } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof login.$inferSelect

/** A SMART authorization under way, found by the hash of its state. */
export interface LoginRow {
  readonly tenant: string
  readonly stateHash: string
  readonly bindingHash: string | null
  readonly verifierHash: string | null
  readonly nonce: string
  readonly pkceVerifier: string
  readonly createdAt: string
  readonly expiresAt: string
}

/** What a redeemed one-time code opens. */
export interface RedeemedLogin {
  readonly tenant: string
  readonly sessionId: string
  readonly launchId: string
}

export type Logins = ReturnType<typeof createLogins>

export function createLogins(keyring: Keyring) {
  const place = (row: { tenant: string; stateHash: string }) => ({
    tenant: row.tenant,
    table: 'login',
    id: row.stateHash,
  })
  const one = (tenant: string, stateHash: string) => and(eq(login.tenant, tenant), eq(login.stateHash, stateHash))
  const open = ({ pkceSealed, ...row }: Stored): LoginRow => ({
    tenant: row.tenant,
    stateHash: row.stateHash,
    bindingHash: row.bindingHash,
    verifierHash: row.verifierHash,
    nonce: row.nonce,
    pkceVerifier: Buffer.from(keyring.open(pkceSealed, place(row))).toString(),
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
  })

  return {
    async insert(tx: Tx, { pkceVerifier, ...row }: LoginRow): Promise<void> {
      await tx.insert(login).values({ ...row, pkceSealed: keyring.seal(Buffer.from(pkceVerifier), place(row)) })
    },

    /** Binds a state row that has no verifier yet to the one in the browser's `window.name`. */
    async bindVerifier(tx: Tx, tenant: string, stateHash: string, verifierHash: string): Promise<boolean> {
      const rows = await tx
        .update(login)
        .set({ verifierHash })
        .where(and(one(tenant, stateHash), isNull(login.verifierHash), isNull(login.usedAt)))
        .returning({ tenant: login.tenant })
      return rows.length > 0
    },

    /** Uses a state up. Undefined where it does not exist in this tenant, has expired, or was used before. */
    async take(tx: Tx, tenant: string, stateHash: string, now: string): Promise<LoginRow | undefined> {
      const [row] = await tx
        .update(login)
        .set({ usedAt: now })
        .where(and(one(tenant, stateHash), isNull(login.usedAt), gt(login.expiresAt, now)))
        .returning()
      return row && open(row)
    },

    /** Leaves a one-time code (its hash) for the browser that holds the verifier. */
    async offerRedeem(
      tx: Tx,
      of: { tenant: string; stateHash: string },
      offer: { redeemHash: string; redeemUntil: string; sessionId: string; launchId: string },
    ): Promise<void> {
      await tx.update(login).set(offer).where(one(of.tenant, of.stateHash))
    },

    /** Uses a one-time code up, right verifier or not: a code that was guessed at is gone. */
    async redeem(tx: Tx, redeemHash: string, verifierHash: string, now: string): Promise<RedeemedLogin | undefined> {
      const [row] = await tx
        .update(login)
        .set({ redeemedAt: now })
        .where(and(eq(login.redeemHash, redeemHash), isNull(login.redeemedAt), gt(login.redeemUntil, now)))
        .returning()
      if (row === undefined || row.verifierHash !== verifierHash) return undefined
      if (row.sessionId === null || row.launchId === null) return undefined
      return { tenant: row.tenant, sessionId: row.sessionId, launchId: row.launchId }
    },

    async prune(tx: Tx, now: string): Promise<void> {
      await tx.delete(login).where(lt(login.expiresAt, now))
    },
  }
}
