import { and, asc, desc, eq, gte, notExists, sql } from 'drizzle-orm'
import { addDuration } from '#domain/time.ts'
import type { ChainHead } from '../event-chain.ts'
import { anchorHash, CHAIN_START, holdsAnchor } from '../event-chain.ts'
import { anchor, anchorHead, event } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** An event is written at most this long after what it tells of: older ones are not looked at again. */
const WRITTEN_WITHIN_HOURS = 24 * 7
/** PostgreSQL takes 65,535 parameters a statement. */
const INSERTED_AT_ONCE = 5_000
const BEGINNING = '1970-01-01T00:00:00Z'

/** What does not hold: an anchor itself (altered, or the one before it removed), or a case whose events were cut off. */
export type AnchorFault =
  | { readonly reason: 'anchor-broken'; readonly hour: string }
  /** The event of this number was anchored, and is gone or another one now. */
  | { readonly reason: 'events-missing'; readonly caseId: string; readonly seq: number }

export type Anchors = ReturnType<typeof createAnchors>

export function createAnchors(chainKey: Uint8Array) {
  /** The last event of each case that has news since, where it is not anchored yet. */
  const newHeads = async (tx: Tx, tenant: string, since: string): Promise<ChainHead[]> => {
    const changed = tx
      .selectDistinct({ caseId: event.caseId })
      .from(event)
      .where(and(eq(event.tenant, tenant), gte(event.at, since)))
    const head = tx
      .selectDistinctOn([event.caseId], { caseId: event.caseId, seq: event.seq, hash: event.hash })
      .from(event)
      .where(and(eq(event.tenant, tenant), sql`${event.caseId} in (${changed})`))
      .orderBy(asc(event.caseId), desc(event.seq))
      .as('head')
    const anchored = tx
      .select({ seq: anchorHead.seq })
      .from(anchorHead)
      .where(and(eq(anchorHead.tenant, tenant), eq(anchorHead.caseId, head.caseId), eq(anchorHead.seq, head.seq)))
    return tx.select().from(head).where(notExists(anchored))
  }

  /** Looks at one anchor after the other: a month of heads need not be in memory at once. */
  const findBroken = async (
    tx: Tx,
    anchors: readonly (typeof anchor.$inferSelect)[],
    start: string | undefined,
  ): Promise<string | undefined> => {
    let before = start
    for (const { tenant, hour, prevHash, hash } of anchors) {
      const heads = await tx
        .select({ caseId: anchorHead.caseId, seq: anchorHead.seq, hash: anchorHead.hash })
        .from(anchorHead)
        .where(and(eq(anchorHead.tenant, tenant), eq(anchorHead.hour, hour)))
      if (!holdsAnchor(chainKey, { anchor: { tenant, hour, heads }, prevHash, hash }, before)) return hour
      before = hash
    }
    return undefined
  }

  return {
    /** Anchors the hour of `now`, once: gives its hash, to be kept outside of the database too; nothing where it stands already. */
    async make(tx: Tx, tenant: string, now: string): Promise<{ hour: string; hash: string } | undefined> {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`anchor|${tenant}`}, 0))`)
      const hour = `${new Date(now).toISOString().slice(0, 13)}:00:00.000Z`
      const [last] = await tx.select().from(anchor).where(eq(anchor.tenant, tenant)).orderBy(desc(anchor.hour)).limit(1)
      if (last !== undefined && last.hour >= hour) return undefined
      const since = last === undefined ? BEGINNING : addDuration(last.hour, { hours: -WRITTEN_WITHIN_HOURS })
      const heads = await newHeads(tx, tenant, since)
      const prevHash = last?.hash ?? CHAIN_START
      const hash = anchorHash(chainKey, prevHash, { tenant, hour, heads })
      await tx.insert(anchor).values({ tenant, hour, prevHash, hash })
      for (let start = 0; start < heads.length; start += INSERTED_AT_ONCE) {
        const rows = heads.slice(start, start + INSERTED_AT_ONCE).map((head) => ({ ...head, tenant, hour }))
        await tx.insert(anchorHead).values(rows)
      }
      return { hour, hash }
    },

    /** What no longer agrees with a tenant's anchors, from an hour on or all of them; empty where everything holds. */
    async verify(tx: Tx, tenant: string, since?: string): Promise<AnchorFault[]> {
      const from = since ?? BEGINNING
      const ofAnchors = and(eq(anchor.tenant, tenant), gte(anchor.hour, from))
      const ofHeads = and(eq(anchorHead.tenant, tenant), gte(anchorHead.hour, from))
      const anchors = await tx.select().from(anchor).where(ofAnchors).orderBy(asc(anchor.hour))
      const hour = await findBroken(tx, anchors, since === undefined ? CHAIN_START : undefined)
      const sameEvent = and(
        eq(event.tenant, anchorHead.tenant),
        eq(event.caseId, anchorHead.caseId),
        eq(event.seq, anchorHead.seq),
      )
      const missing = await tx
        .select({ caseId: anchorHead.caseId, seq: sql<number>`min(${anchorHead.seq})` })
        .from(anchorHead)
        .leftJoin(event, sameEvent)
        .where(and(ofHeads, sql`${event.hash} is distinct from ${anchorHead.hash}`))
        .groupBy(anchorHead.caseId)
        .orderBy(asc(anchorHead.caseId))
      return [
        ...(hour === undefined ? [] : [{ reason: 'anchor-broken' as const, hour }]),
        ...missing.map((each) => ({ reason: 'events-missing' as const, ...each })),
      ]
    },
  }
}
