/** Waits for the outcome of a request: woken by NOTIFY, which may be lost, so it looks by itself, too. */
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { IntermediaryDeps } from './deps.ts'
import { ANSWER_CHANNEL } from './record-outcome.ts'
import { isSettled } from './submission-row.ts'

const LOOK_AGAIN_MS = 1_000

export interface AnswerWaiter {
  start(): Promise<void>
  stop(): Promise<void>
  /** The submission as it stands when it is settled, or when the time is over. */
  wait(tenant: string, id: string, untilMs: number): Promise<SubmissionRow | undefined>
}

export function createAnswerWaiter(deps: Pick<IntermediaryDeps, 'store'>): AnswerWaiter {
  const waiting = new Map<string, Set<() => void>>()
  let stopListening: (() => Promise<void>) | undefined

  const wake = (key: string): void => waiting.get(key)?.forEach((go) => go())
  const sleep = (key: string, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const going = waiting.get(key) ?? new Set<() => void>()
      const go = (): void => {
        clearTimeout(timer)
        going.delete(go)
        if (going.size === 0) waiting.delete(key)
        resolve()
      }
      const timer = setTimeout(go, ms)
      going.add(go)
      waiting.set(key, going)
    })

  return {
    async start() {
      stopListening = await deps.store.listen(ANSWER_CHANNEL, wake)
    },
    async stop() {
      await stopListening?.()
      for (const key of waiting.keys()) wake(key)
    },
    async wait(tenant, id, untilMs) {
      for (;;) {
        const key = `${tenant}/${id}`
        const left = untilMs - performance.now()
        // Listening begins before looking, or an outcome in between would go unseen.
        const slept = sleep(key, Math.max(0, Math.min(left, LOOK_AGAIN_MS)))
        const row = await deps.store.read((tx) => deps.store.submissions.find(tx, tenant, id))
        if (row === undefined || isSettled(row) || left <= 0) {
          wake(key)
          return row
        }
        await slept
      }
    },
  }
}
