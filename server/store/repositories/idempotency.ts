import { and, eq } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { idempotency } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** Key of a `$submit`: who sent it and the identifier of its Bundle. */
export interface IdempotencyKey {
  readonly tenant: string
  readonly clientId: string
  readonly bundleIdentifier: string
}

/**
 * What is known of a request: `new` (it is now recorded, go on), `replay` (the same body was answered: answer the same),
 * `in-progress` (the same body is being worked on), `conflict` (another body under the same identifier: 409).
 */
export type IdempotencyOutcome =
  | { readonly outcome: 'new' }
  | { readonly outcome: 'replay'; readonly httpStatus: number; readonly answer: Uint8Array }
  | { readonly outcome: 'in-progress' }
  | { readonly outcome: 'conflict' }

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency(keyring: Keyring) {
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

  return {
    async begin(tx: Tx, key: IdempotencyKey, bodySha256: string, now: string): Promise<IdempotencyOutcome> {
      const { tenant, clientId, bundleIdentifier } = key
      const inserted = await tx
        .insert(idempotency)
        .values({ tenant, clientId, bundleIdentifier, bodySha256, createdAt: now })
        .onConflictDoNothing()
        .returning({ tenant: idempotency.tenant })
      if (inserted.length > 0) return { outcome: 'new' }
      const [row] = await tx.select().from(idempotency).where(one(key))
      if (row === undefined || row.bodySha256 !== bodySha256) return { outcome: 'conflict' }
      if (row.answerSealed === null || row.httpStatus === null) return { outcome: 'in-progress' }
      return { outcome: 'replay', httpStatus: row.httpStatus, answer: keyring.open(row.answerSealed, place(key)) }
    },

    /** The answer that a repetition gets; undefined where there is none yet. */
    async read(tx: Tx, key: IdempotencyKey): Promise<{ status: number; body: Uint8Array } | undefined> {
      const [row] = await tx.select().from(idempotency).where(one(key))
      if (row === undefined || row.answerSealed === null || row.httpStatus === null) return undefined
      return { status: row.httpStatus, body: keyring.open(row.answerSealed, place(key)) }
    },

    /** Keeps the answer that a repetition will get. */
    async finish(tx: Tx, key: IdempotencyKey, answer: { httpStatus: number; body: Uint8Array }): Promise<void> {
      await tx
        .update(idempotency)
        .set({ httpStatus: answer.httpStatus, answerSealed: keyring.seal(answer.body, place(key)) })
        .where(one(key))
    },

    /** Forgets a request that was refused before anything came of it, so that a corrected body may use the identifier. */
    async forget(tx: Tx, key: IdempotencyKey): Promise<void> {
      await tx.delete(idempotency).where(one(key))
    },
  }
}
