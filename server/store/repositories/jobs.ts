import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm'
import { job } from '../schema.ts'
import type { Tx } from '../tx.ts'

/** Who listens here wakes up when a job was committed. */
export const JOB_CHANNEL = 'precert_job'

/** Ids and small values only: the payload is stored in clear. */
export type JobPayload = Readonly<Record<string, unknown>>

export interface NewJob {
  readonly tenant: string
  readonly id: string
  readonly kind: string
  readonly payload: JobPayload
  /** A second job of the same kind and key is not enqueued, finished ones included. */
  readonly dedupe?: string
  readonly runAt?: string
  readonly maxAttempts?: number
}

/** A job in somebody's hands. `attempts` counts the present one. */
export interface LeasedJob {
  readonly tenant: string
  readonly id: string
  readonly kind: string
  readonly payload: JobPayload
  readonly attempts: number
  readonly maxAttempts: number
  readonly owner: string
}

export type Jobs = ReturnType<typeof createJobs>

const DEFAULT_MAX_ATTEMPTS = 10

export function createJobs() {
  const mine = (held: LeasedJob) =>
    and(eq(job.tenant, held.tenant), eq(job.id, held.id), eq(job.leaseOwner, held.owner), eq(job.state, 'ready'))
  const wake = (tx: Tx, kind: string) => tx.execute(sql`select pg_notify(${JOB_CHANNEL}, ${kind})`)

  return {
    /** Writes a job in the caller's transaction; gives false where its dedupe key is taken. */
    async enqueue(tx: Tx, added: NewJob, now: string): Promise<boolean> {
      const inserted = await tx
        .insert(job)
        .values({
          tenant: added.tenant,
          id: added.id,
          kind: added.kind,
          dedupe: added.dedupe ?? null,
          payload: added.payload,
          state: 'ready',
          runAt: added.runAt ?? now,
          attempts: 0,
          maxAttempts: added.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
          createdAt: now,
        })
        .onConflictDoNothing()
        .returning({ id: job.id })
      if (inserted.length > 0) await wake(tx, added.kind)
      return inserted.length > 0
    },

    /**
     * Takes up to `limit` jobs that are due and not leased (or whose lease ran out), oldest first. Two workers never get the
     * same one.
     */
    async claim(
      tx: Tx,
      by: { owner: string; kinds: readonly string[]; limit: number; leaseUntil: string; now: string },
    ): Promise<LeasedJob[]> {
      if (by.kinds.length === 0) return []
      const due = tx
        .select({ tenant: job.tenant, id: job.id })
        .from(job)
        .where(
          and(
            eq(job.state, 'ready'),
            inArray(job.kind, [...by.kinds]),
            sql`${job.runAt} <= ${by.now}`,
            sql`(${job.leaseUntil} is null or ${job.leaseUntil} <= ${by.now})`,
          ),
        )
        .orderBy(job.runAt, job.id)
        .limit(by.limit)
        .for('update', { skipLocked: true })
      const rows = await tx
        .update(job)
        .set({ leaseOwner: by.owner, leaseUntil: by.leaseUntil, attempts: sql`${job.attempts} + 1` })
        .where(sql`(${job.tenant}, ${job.id}) in (${due})`)
        .returning()
      return rows
        .sort((a, b) => (a.runAt + a.id < b.runAt + b.id ? -1 : 1))
        .map(({ tenant, id, kind, payload, attempts, maxAttempts }) => ({
          tenant,
          id,
          kind,
          payload,
          attempts,
          maxAttempts,
          owner: by.owner,
        }))
    },

    /** Whether a job of this kind and key was ever enqueued; those that are done are forgotten some day (`prune`). */
    async wasEnqueued(tx: Tx, tenant: string, kind: string, dedupe: string): Promise<boolean> {
      const rows = await tx
        .select({ id: job.id })
        .from(job)
        .where(and(eq(job.tenant, tenant), eq(job.kind, kind), eq(job.dedupe, dedupe)))
      return rows.length > 0
    },

    /** Who holds leases. */
    async listOwners(tx: Tx): Promise<string[]> {
      const rows = await tx
        .selectDistinct({ owner: job.leaseOwner })
        .from(job)
        .where(and(eq(job.state, 'ready'), isNotNull(job.leaseOwner)))
      return rows.flatMap(({ owner }) => owner ?? [])
    },

    /** Frees the leases of owners that are dead: what they held is due again at once. */
    async freeLeases(tx: Tx, owners: readonly string[]): Promise<void> {
      if (owners.length === 0) return
      await tx
        .update(job)
        .set({ leaseOwner: null, leaseUntil: null })
        .where(and(eq(job.state, 'ready'), inArray(job.leaseOwner, [...owners])))
    },

    /**
     * Ends a job, best in the transaction that holds its effect. Gives false where the lease went to somebody else: throw
     * then, so that the effect is rolled back.
     */
    async complete(tx: Tx, held: LeasedJob, now: string): Promise<boolean> {
      const rows = await tx
        .update(job)
        .set({ state: 'done', leaseOwner: null, leaseUntil: null, lastError: null, finishedAt: now })
        .where(mine(held))
        .returning({ id: job.id })
      return rows.length > 0
    },

    /** Puts a job back until `retryAt`, or buries it when its attempts are used up; gives what became of it. */
    async fail(
      tx: Tx,
      held: LeasedJob,
      failure: { error: string; retryAt: string; now: string },
    ): Promise<'retry' | 'dead' | 'lost'> {
      const dead = held.attempts >= held.maxAttempts
      const rows = await tx
        .update(job)
        .set({
          state: dead ? 'dead' : 'ready',
          runAt: failure.retryAt,
          leaseOwner: null,
          leaseUntil: null,
          lastError: failure.error,
          finishedAt: dead ? failure.now : null,
        })
        .where(mine(held))
        .returning({ id: job.id })
      if (rows.length === 0) return 'lost'
      return dead ? 'dead' : 'retry'
    },

    /** Puts a job back without counting the attempt: waiting, not failing. */
    async postpone(tx: Tx, held: LeasedJob, until: string): Promise<boolean> {
      const rows = await tx
        .update(job)
        .set({ runAt: until, leaseOwner: null, leaseUntil: null, attempts: sql`${job.attempts} - 1` })
        .where(mine(held))
        .returning({ id: job.id })
      return rows.length > 0
    },

    /** When the next job of these kinds is due; undefined where there is none. */
    async nextRunAt(tx: Tx, kinds: readonly string[]): Promise<string | undefined> {
      if (kinds.length === 0) return undefined
      const [row] = await tx
        .select({ runAt: job.runAt })
        .from(job)
        .where(and(eq(job.state, 'ready'), inArray(job.kind, [...kinds])))
        .orderBy(job.runAt)
        .limit(1)
      return row?.runAt
    },

    /** Removes what was finished before an instant; dead jobs stay until somebody looks. */
    async prune(tx: Tx, finishedBefore: string): Promise<void> {
      await tx.delete(job).where(and(eq(job.state, 'done'), lt(job.finishedAt, finishedBefore)))
    },
  }
}
