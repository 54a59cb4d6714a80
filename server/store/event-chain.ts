/**
 * The chain of a case's events: each hash is an HMAC, under a key that the database does not hold, of the previous hash and
 * of the row itself. Hourly anchors hold the ends of the chains in a chain of their own. Pure but for node:crypto.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What stands before a case's first event, and before a tenant's first anchor. */
export const CHAIN_START = '0'.repeat(64)

export interface ChainedEvent {
  readonly tenant: string
  readonly caseId: string
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly actor: string | null
  /** The payload's JSON text, as sealed. */
  readonly payload: string
}

/** The hash of an event that follows `prevHash`; hex. */
export function chainHash(key: Uint8Array, prevHash: string, event: ChainedEvent): string {
  const payloadHash = createHash('sha256').update(event.payload).digest('hex')
  const row = [prevHash, event.tenant, event.caseId, event.seq, event.at, event.kind, event.actor, payloadHash]
  return createHmac('sha256', key).update(JSON.stringify(row)).digest('hex')
}

export interface StoredLink {
  readonly event: ChainedEvent
  readonly prevHash: string
  readonly hash: string
}

/**
 * The first sequence number at which the chain does not hold (altered, removed, inserted or reordered rows), or undefined
 * when it holds from the first event to the last given.
 */
export function findBrokenLink(key: Uint8Array, links: readonly StoredLink[]): number | undefined {
  let prevHash = CHAIN_START
  for (const [index, link] of links.entries()) {
    const seq = index + 1
    if (link.event.seq !== seq || link.prevHash !== prevHash) return seq
    if (!isEqualHash(chainHash(key, prevHash, link.event), link.hash)) return seq
    prevHash = link.hash
  }
  return undefined
}

/** The last event of a case's chain. */
export interface ChainHead {
  readonly caseId: string
  readonly seq: number
  readonly hash: string
}

export interface Anchor {
  readonly tenant: string
  readonly hour: string
  readonly heads: readonly ChainHead[]
}

/** The hash of an anchor that follows `prevHash`; hex. The order of the heads does not matter. */
export function anchorHash(key: Uint8Array, prevHash: string, { tenant, hour, heads }: Anchor): string {
  const rows = heads.map(({ caseId, seq, hash }) => [caseId, seq, hash] as const)
  const sorted = rows.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHmac('sha256', key)
    .update(JSON.stringify(['anchor', prevHash, tenant, hour, sorted]))
    .digest('hex')
}

export interface StoredAnchor {
  readonly anchor: Anchor
  readonly prevHash: string
  readonly hash: string
}

/** Whether an anchor is as it was made, and follows `before`: the hash of the one before it, where that is known. */
export function holdsAnchor(
  key: Uint8Array,
  { anchor, prevHash, hash }: StoredAnchor,
  before: string | undefined,
): boolean {
  return isEqualHash(anchorHash(key, prevHash, anchor), hash) && (before === undefined || before === prevHash)
}

function isEqualHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
