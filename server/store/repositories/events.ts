import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { CHAIN_START, chainHash, findBrokenLink } from '../event-chain.ts'
import type { Keyring } from '../keyring.ts'
import { event } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof event.$inferSelect

/** One thing that happened to a case. `payload` is sealed JSON, its shape belongs to the kind. */
export interface EventRow {
  readonly tenant: string
  readonly caseId: string
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly actor: string | null
  readonly payload: unknown
}

export type NewEvent = Omit<EventRow, 'seq'>
/** Where a chain ends; null before its first event. */
export type ChainEnd = Pick<Stored, 'seq' | 'hash'> | null
export type ChainCheck =
  { readonly intact: true; readonly length: number } | { readonly intact: false; readonly seq: number }
export type Events = ReturnType<typeof createEvents>

export function createEvents(keyring: Keyring, chainKey: Uint8Array) {
  const place = (row: { tenant: string; caseId: string; seq: number }) => ({
    tenant: row.tenant,
    table: 'event',
    id: `${row.caseId}/${row.seq}`,
  })
  const openText = (row: Stored): string => Buffer.from(keyring.open(row.payloadSealed, place(row))).toString()
  const chain = (tx: Tx, tenant: string, caseId: string) =>
    tx
      .select()
      .from(event)
      .where(and(eq(event.tenant, tenant), eq(event.caseId, caseId)))
      .orderBy(asc(event.seq))

  /** The row of an event that follows `end`. */
  const link = (end: ChainEnd, added: NewEvent): Stored => {
    const { tenant, caseId, kind, actor } = added
    const prevHash = end?.hash ?? CHAIN_START
    // The instant in the one form in which it is read back, or the hash would not hold.
    const row = { tenant, caseId, seq: (end?.seq ?? 0) + 1, at: new Date(added.at).toISOString(), kind, actor }
    const payload = JSON.stringify(added.payload ?? null)
    const hash = chainHash(chainKey, prevHash, { ...row, payload })
    return { ...row, payloadSealed: keyring.seal(Buffer.from(payload), place(row)), prevHash, hash }
  }

  return {
    link,

    /** Adds an event at the end of its case's chain; gives its number. Concurrent writers of one case wait for each other. */
    async append(tx: Tx, added: NewEvent): Promise<number> {
      const { tenant, caseId } = added
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`event|${tenant}|${caseId}`}, 0))`)
      const [last] = await tx
        .select({ seq: event.seq, hash: event.hash })
        .from(event)
        .where(and(eq(event.tenant, tenant), eq(event.caseId, caseId)))
        .orderBy(desc(event.seq))
        .limit(1)
      const row = link(last ?? null, added)
      await tx.insert(event).values(row)
      return row.seq
    },

    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<EventRow[]> {
      const rows = await chain(tx, tenant, caseId)
      return rows.map((row) => ({
        tenant: row.tenant,
        caseId: row.caseId,
        seq: row.seq,
        at: row.at,
        kind: row.kind,
        actor: row.actor,
        payload: JSON.parse(openText(row)),
      }))
    },

    /** Whether nothing of a case's history was altered, removed from the middle, inserted or reordered; else where. */
    async verifyChain(tx: Tx, tenant: string, caseId: string): Promise<ChainCheck> {
      const rows = await chain(tx, tenant, caseId)
      const links = []
      for (const row of rows) {
        try {
          links.push({ event: { ...row, payload: openText(row) }, prevHash: row.prevHash, hash: row.hash })
        } catch {
          return { intact: false, seq: row.seq }
        }
      }
      const seq = findBrokenLink(chainKey, links)
      return seq === undefined ? { intact: true, length: rows.length } : { intact: false, seq }
    },
  }
}
