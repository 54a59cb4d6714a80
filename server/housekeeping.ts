/** Removes, now and then, what has expired. */
import { addDuration } from '#domain/time.ts'
import type { Store } from './store/store.ts'

const EVERY_MS = 15 * 60_000
const JOBS_KEPT_HOURS = 24 * 30
const SESSIONS_KEPT_HOURS = 24

/** Starts at once and goes on; gives the way to stop. */
export function startHousekeeping(deps: {
  readonly store: Store
  readonly now: () => string
  readonly onFailure: (error: unknown) => void
}): () => void {
  const { store, now, onFailure } = deps
  const sweep = (): void => {
    const at = now()
    store
      .transaction(async (tx) => {
        await store.logins.prune(tx, at)
        await store.jtis.prune(tx, at)
        await store.hookContexts.prune(tx, at)
        await store.facadeGrants.prune(tx, at)
        await store.jobs.prune(tx, addDuration(at, { hours: -JOBS_KEPT_HOURS }))
        await store.sessions.prune(tx, addDuration(at, { hours: -SESSIONS_KEPT_HOURS }))
      })
      .catch(onFailure)
  }
  const timer = setInterval(sweep, EVERY_MS)
  sweep()
  return () => clearInterval(timer)
}
