import { createHash } from 'node:crypto'
import { and, asc, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { exchange } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof exchange.$inferSelect
type Clear = Omit<Stored, 'bodySealed'>

/**
 * A message exactly as it was on the wire: its bytes, sealed, and their SHA-256. `requestId` of an answer is the exchange it
 * answers; `kind` is a short tag such as `pas-submit`.
 */
export type ExchangeRow = Clear & { readonly body: Uint8Array }
export type NewExchange = Omit<ExchangeRow, 'bodySha256'>
export type Exchanges = ReturnType<typeof createExchanges>

export function createExchanges(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'exchange', id: row.id })

  return {
    async insert(tx: Tx, { body, ...row }: NewExchange): Promise<void> {
      const bodySha256 = createHash('sha256').update(body).digest('hex')
      await tx.insert(exchange).values({ ...row, bodySha256, bodySealed: keyring.seal(body, place(row)) })
    },

    async find(tx: Tx, tenant: string, id: string): Promise<ExchangeRow | undefined> {
      const [row] = await tx
        .select()
        .from(exchange)
        .where(and(eq(exchange.tenant, tenant), eq(exchange.id, id)))
      if (row === undefined) return undefined
      const { bodySealed, ...clear } = row
      return { ...clear, body: keyring.open(bodySealed, place(row)) }
    },

    /** Without their bodies, oldest first. */
    async listByCase(tx: Tx, tenant: string, caseId: string): Promise<Clear[]> {
      const rows = await tx
        .select()
        .from(exchange)
        .where(and(eq(exchange.tenant, tenant), eq(exchange.caseId, caseId)))
        .orderBy(asc(exchange.at), asc(exchange.id))
      return rows.map(({ bodySealed: _, ...clear }) => clear)
    },
  }
}
