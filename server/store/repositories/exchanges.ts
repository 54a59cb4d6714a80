import { createHash } from 'node:crypto'
import { and, asc, eq, inArray } from 'drizzle-orm'
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
/** One call: what was asked, and what came back where anything did. */
export interface NewCall extends Pick<NewExchange, 'tenant' | 'caseId' | 'kind' | 'partner'> {
  /** Who asked: the partner (`in`) or we (`out`). */
  readonly asked: NewExchange['direction']
  readonly request: Said
  readonly answer: (Said & { readonly httpStatus: number }) | null
}
type Said = Pick<NewExchange, 'id' | 'contentType' | 'body' | 'at'>
export type Exchanges = ReturnType<typeof createExchanges>

const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

export function createExchanges(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'exchange', id: row.id })
  const sealed = ({ body, ...row }: NewExchange, bodySha256 = hashOf(body)): Stored => ({
    ...row,
    bodySha256,
    bodySealed: keyring.seal(body, place(row)),
  })

  return {
    /** The row as it is stored; its hash where that is known already. */
    seal: sealed,

    async insert(tx: Tx, row: NewExchange): Promise<void> {
      await tx.insert(exchange).values(sealed(row))
    },

    /** Both messages of a call in one statement. */
    async insertCall(tx: Tx, { asked, request, answer, ...call }: NewCall): Promise<void> {
      const rows = [sealed({ ...call, ...request, requestId: null, direction: asked, httpStatus: null })]
      const back = asked === 'in' ? 'out' : 'in'
      if (answer !== null) rows.push(sealed({ ...call, ...answer, requestId: request.id, direction: back }))
      await tx.insert(exchange).values(rows)
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

    /** Those that there are, by id. */
    async findAll(tx: Tx, tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, ExchangeRow>> {
      if (ids.length === 0) return new Map()
      const rows = await tx
        .select()
        .from(exchange)
        .where(and(eq(exchange.tenant, tenant), inArray(exchange.id, [...ids])))
      return new Map(
        rows.map(({ bodySealed, ...clear }) => [clear.id, { ...clear, body: keyring.open(bodySealed, place(clear)) }]),
      )
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
