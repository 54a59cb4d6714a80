/**
 * Runs jobs of the outbox: claims what is due, a few at a time, woken by NOTIFY, looking by itself as the safety net. A
 * handler ends its job with `complete` in the transaction that holds its effect; what it throws puts the job back.
 */
import { addDuration } from '#domain/time.ts'
import type { LeasedJob } from './repositories/jobs.ts'
import { JOB_CHANNEL } from './repositories/jobs.ts'
import type { Store } from './store.ts'

/** A handler is done by then, or somebody else begins the job. */
export const LEASE_SECONDS = 60
const POLL_MS = 2_000
const BACKOFF_BASE_SECONDS = 2
const BACKOFF_MAX_SECONDS = 3_600

/** Works on one job: calls HTTP outside of transactions, then `store.jobs.complete(tx, job, now)` with its effect. */
export type JobHandler = (job: LeasedJob) => Promise<void>

export interface JobWorkerOptions {
  readonly store: Pick<Store, 'transaction' | 'listen' | 'jobs'>
  readonly handlers: Readonly<Record<string, JobHandler>>
  readonly owner: string
  readonly now: () => string
  /** Told of what a handler threw; never given the payload. */
  readonly onFailure: (job: Pick<LeasedJob, 'id' | 'kind' | 'attempts'>, error: unknown) => void
  readonly concurrency?: number
  readonly pollMs?: number
}

export interface JobWorker {
  /** Looks at once, for tests and for what has no NOTIFY. */
  wake(): void
  /** Claims nothing more and waits for what is under way. */
  stop(): Promise<void>
}

/** When to try again after so many attempts: 2, 4, 8 … seconds, an hour at most. */
export function retryAt(now: string, attempts: number): string {
  return addDuration(now, { seconds: Math.min(BACKOFF_BASE_SECONDS * 2 ** (attempts - 1), BACKOFF_MAX_SECONDS) })
}

export async function startJobWorker(options: JobWorkerOptions): Promise<JobWorker> {
  const { store, handlers, owner, now, onFailure, concurrency = 8, pollMs = POLL_MS } = options
  const kinds = Object.keys(handlers)
  const running = new Set<Promise<void>>()
  let claiming: Promise<void> | undefined
  let again = false
  let stopped = false

  const run = async (job: LeasedJob): Promise<void> => {
    try {
      await handlers[job.kind]?.(job)
    } catch (error) {
      onFailure(job, error)
      const failure = { error: nameOf(error), retryAt: retryAt(now(), job.attempts), now: now() }
      await store.transaction((tx) => store.jobs.fail(tx, job, failure)).catch((lost: unknown) => onFailure(job, lost))
    }
  }

  const claim = async (): Promise<void> => {
    const limit = concurrency - running.size
    if (limit <= 0) return
    const at = now()
    const leaseUntil = addDuration(at, { seconds: LEASE_SECONDS })
    const jobs = await store.transaction((tx) => store.jobs.claim(tx, { owner, kinds, limit, leaseUntil, now: at }))
    for (const job of jobs) {
      const work = run(job).finally(() => {
        running.delete(work)
        wake()
      })
      running.add(work)
    }
  }

  const wake = (): void => {
    if (stopped) return
    if (claiming !== undefined) {
      again = true
      return
    }
    claiming = claim()
      .catch((error: unknown) => onFailure({ id: '', kind: 'claim', attempts: 0 }, error))
      .finally(() => {
        claiming = undefined
        if (again) {
          again = false
          wake()
        }
      })
  }

  const stopListening = await store.listen(JOB_CHANNEL, wake)
  const timer = setInterval(wake, pollMs)
  wake()
  return {
    wake,
    async stop() {
      stopped = true
      clearInterval(timer)
      await stopListening()
      await claiming
      await Promise.all(running)
    },
  }
}

/** The error's class and code: messages may carry what a partner sent. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name
}
