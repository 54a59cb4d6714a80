import { and, eq } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Keyring } from '../keyring.ts'
import { idempotency } from '../schema.ts'
import type { Tx } from '../tx.ts'
import type { Exchanges } from './exchanges.ts'

type Stored = typeof idempotency.$inferSelect

/** Key of a `$submit`: who sent it and the identifier of its Bundle. */
export interface IdempotencyKey {
  readonly tenant: string
  readonly clientId: string
  readonly bundleIdentifier: string
}

/**
 * What is known of a request: `replay` (the same body was answered: answer the same),
 * `in-progress` (the same body is being worked on), `conflict` (another body under the same identifier: 409).
 */
export type IdempotencyOutcome =
  | { readonly outcome: 'replay'; readonly httpStatus: number; readonly answer: Uint8Array }
  | { readonly outcome: 'in-progress' }
  | { readonly outcome: 'conflict' }

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency(keyring: Keyring, exchanges: Pick<Exchanges, 'find'>) {
  const one = (key: IdempotencyKey) =>
    and(
      eq(idempotency.tenant, key.tenant),
      eq(idempotency.clientId, key.clientId),
      eq(idempotency.bundleIdentifier, key.bundleIdentifier),
    )
  const place = (key: IdempotencyKey) => ({
    tenant: key.tenant,
    table: 'idempotency',
    id: `${key.clientId}|${key.bundleIdentifier}`,
  })

  /** The answer of a row: its own copy, or the exchange that it names; undefined where there is none yet. */
  const answerOf = async (
    tx: Tx,
    key: IdempotencyKey,
    { httpStatus, answerSealed, answerExchangeId }: Stored,
  ): Promise<{ status: number; body: Uint8Array } | undefined> => {
    if (httpStatus === null) return undefined
    if (answerSealed !== null) return { status: httpStatus, body: keyring.open(answerSealed, place(key)) }
    const kept = answerExchangeId === null ? undefined : await exchanges.find(tx, key.tenant, answerExchangeId)
    return kept && { status: httpStatus, body: kept.body }
  }

  return {
    /** What is known of a key that was recorded (`directSubmissions.accept`), when a body comes under it. */
    async find(tx: Tx, key: IdempotencyKey, bodySha256: string): Promise<IdempotencyOutcome> {
      const [row] = await tx.select().from(idempotency).where(one(key))
      if (row === undefined || row.bodySha256 !== bodySha256) return { outcome: 'conflict' }
      const answer = await answerOf(tx, key, row)
      if (answer === undefined) return { outcome: 'in-progress' }
      return { outcome: 'replay', httpStatus: answer.status, answer: answer.body }
    },

    /** The answer that a repetition gets; undefined where there is none yet. */
    async read(tx: Tx, key: IdempotencyKey): Promise<{ status: number; body: Uint8Array } | undefined> {
      const [row] = await tx.select().from(idempotency).where(one(key))
      return row && answerOf(tx, key, row)
    },

    /** Keeps the answer that a repetition will get; gives whether another was given before. */
    async finish(tx: Tx, key: IdempotencyKey, answer: { httpStatus: number; body: Uint8Array }): Promise<boolean> {
      const before = alias(idempotency, 'before')
      const [row] = await tx
        .update(idempotency)
        .set({
          httpStatus: answer.httpStatus,
          answerSealed: keyring.seal(answer.body, place(key)),
          answerExchangeId: null,
        })
        .from(before)
        .where(
          and(
            one(key),
            eq(before.tenant, idempotency.tenant),
            eq(before.clientId, idempotency.clientId),
            eq(before.bundleIdentifier, idempotency.bundleIdentifier),
          ),
        )
        .returning({ status: before.httpStatus })
      return (row?.status ?? null) !== null
    },
  }
}
