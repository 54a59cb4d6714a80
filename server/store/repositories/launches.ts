import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { launch } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof launch.$inferSelect

/** The EHR's tokens of one launch; sealed, never sent to the browser. */
export interface LaunchTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
}

/** One SMART launch: one patient, one session; its patient never changes. */
export type LaunchRow = Omit<Stored, 'tokensSealed' | 'refreshLease' | 'refreshLeaseUntil'> & {
  readonly tokens: LaunchTokens
}

export type Launches = ReturnType<typeof createLaunches>

export function createLaunches(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'launch', id: row.id })
  const one = (tenant: string, id: string) => and(eq(launch.tenant, tenant), eq(launch.id, id))
  const clear = ({ tokensSealed: _sealed, refreshLease: _lease, refreshLeaseUntil: _until, ...row }: Stored) => row
  const open = (row: Stored): LaunchRow => ({
    ...clear(row),
    tokens: keyring.openJson<LaunchTokens>(row.tokensSealed, place(row)),
  })

  return {
    async insert(tx: Tx, { tokens, ...row }: LaunchRow): Promise<void> {
      await tx.insert(launch).values({ ...row, tokensSealed: keyring.sealJson(tokens, place(row)) })
    },

    async find(tx: Tx, tenant: string, id: string): Promise<LaunchRow | undefined> {
      const [row] = await tx.select().from(launch).where(one(tenant, id))
      return row && open(row)
    },

    /** Whose launch this is, by its id alone: says which EHR may frame the app's page, nothing more. */
    async findTenant(tx: Tx, id: string): Promise<string | undefined> {
      const [row] = await tx.select({ tenant: launch.tenant }).from(launch).where(eq(launch.id, id)).limit(1)
      return row?.tenant
    },

    /**
     * Takes the right to refresh a launch's token, so that one node alone does it. Gives false where another holds it; read
     * the launch again then.
     */
    async leaseRefresh(
      tx: Tx,
      at: { tenant: string; id: string },
      lease: { owner: string; until: string; now: string },
    ): Promise<boolean> {
      const rows = await tx
        .update(launch)
        .set({ refreshLease: lease.owner, refreshLeaseUntil: lease.until })
        .where(
          and(
            one(at.tenant, at.id),
            isNull(launch.endedAt),
            sql`(${launch.refreshLeaseUntil} is null or ${launch.refreshLeaseUntil} <= ${lease.now})`,
          ),
        )
        .returning({ id: launch.id })
      return rows.length > 0
    },

    /** Writes what a refresh brought and gives the lease back. */
    async saveTokens(
      tx: Tx,
      at: { tenant: string; id: string },
      tokens: LaunchTokens,
      tokenExpiresAt: string,
    ): Promise<void> {
      await tx
        .update(launch)
        .set({
          tokensSealed: keyring.sealJson(tokens, place(at)),
          tokenExpiresAt,
          refreshLease: null,
          refreshLeaseUntil: null,
        })
        .where(one(at.tenant, at.id))
    },

    async releaseRefresh(tx: Tx, at: { tenant: string; id: string }, owner: string): Promise<void> {
      await tx
        .update(launch)
        .set({ refreshLease: null, refreshLeaseUntil: null })
        .where(and(one(at.tenant, at.id), eq(launch.refreshLease, owner)))
    },

    async end(tx: Tx, at: { tenant: string; id: string }, reason: string, now: string): Promise<void> {
      await tx
        .update(launch)
        .set({ endedAt: now, endReason: reason })
        .where(and(one(at.tenant, at.id), isNull(launch.endedAt)))
    },

    /** Ends all launches of a session. */
    async endOfSession(tx: Tx, session: { tenant: string; id: string }, reason: string, now: string): Promise<void> {
      await tx
        .update(launch)
        .set({ endedAt: now, endReason: reason })
        .where(and(eq(launch.tenant, session.tenant), eq(launch.sessionId, session.id), isNull(launch.endedAt)))
    },
  }
}
