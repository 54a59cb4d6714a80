/**
 * Runs the checks of other systems' messages beside the requests: half of what a `$submit` costs this process is its check,
 * and a thread of its own leaves the other half room. Bytes go over, issues come back. The thread starts with the
 * first message, which is judged here like those after it until the thread is ready, and ends when nobody asks any more, since
 * it holds memory.
 */
import { Worker } from 'node:worker_threads'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import type { ProfileSet } from '#domain/profile/profile-set.ts'
import type { ReportPort } from '../coverage/ports.ts'
import { threadFile } from '../thread-file.ts'
import { judgeBundle, type AskedCheck, type BundleCheck, type Verdict } from './bundle-check.ts'

export type ToBundleThread = AskedCheck & { readonly id: number }
export type FromBundleThread =
  'ready' | { readonly id: number; readonly verdict: Verdict } | { readonly id: number; readonly bug: string }

export interface BundleChecks {
  /** Fails where the thread ended under the message, or the check has a bug. */
  readonly check: BundleCheck
  /** Ends the thread; what it was asked fails. */
  close(): Promise<void>
}

export interface BundleChecksDeps {
  readonly profiles: (version: PasVersion) => ProfileSet
  readonly report: ReportPort
  /** The thread's script. */
  readonly file?: ReturnType<typeof threadFile>
  readonly idleMs?: number
}

const IDLE_MS = 5 * 60_000
/** A thread that cannot run is not started for each message. */
const RESTART_MS = 10_000

interface Pending {
  readonly resolve: (verdict: Verdict) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
  isReady: boolean
}

export function createBundleChecks(deps: BundleChecksDeps): BundleChecks {
  const { profiles, report, file = threadFile('intermediary/bundle-thread'), idleMs = IDLE_MS } = deps
  let thread: Thread | undefined
  let startedAt = -Infinity
  let asked = 0
  let idle: NodeJS.Timeout | undefined

  /** What was asked of a thread that is gone fails; the next message starts another. */
  const end = async (ended: Thread, error?: unknown): Promise<void> => {
    if (thread === ended) thread = undefined
    for (const { reject } of ended.pending.values()) reject(new Error('the thread of the checks ended'))
    ended.pending.clear()
    if (error !== undefined) report('bundle-thread-ended', {}, error)
    await ended.worker.terminate()
  }

  const start = (): Thread => {
    startedAt = performance.now()
    const worker = new Worker(file.entry, { eval: file.eval, execArgv: [], env: {}, stdout: true, stderr: true })
    // What is printed there could quote a message: it goes nowhere.
    worker.stdout.resume()
    worker.stderr.resume()
    worker.unref()
    const started: Thread = { worker, pending: new Map(), isReady: false }
    worker.on('message', (message: FromBundleThread) => {
      if (message === 'ready') {
        started.isReady = true
        return
      }
      const waiting = started.pending.get(message.id)
      started.pending.delete(message.id)
      if ('verdict' in message) waiting?.resolve(message.verdict)
      else waiting?.reject(new Error(message.bug))
    })
    worker.on('error', (error) => void end(started, error))
    worker.on('exit', () => void end(started))
    return started
  }

  const ask = ({ worker, pending }: Thread, { body, ...how }: AskedCheck): Promise<Verdict> =>
    new Promise((resolve, reject) => {
      const id = (asked += 1)
      pending.set(id, { resolve, reject })
      // A copy that is handed over: the bytes themselves are kept and sent on.
      const bytes = new Uint8Array(body)
      worker.postMessage({ id, body: bytes, ...how } satisfies ToBundleThread, [bytes.buffer])
    })

  return {
    check(check) {
      if (thread === undefined && performance.now() - startedAt > RESTART_MS) thread = start()
      if (idle === undefined) idle = setTimeout(endWhenIdle, idleMs).unref()
      else idle.refresh()
      if (thread?.isReady === true) return ask(thread, check)
      return new Promise((resolve) => resolve(judgeBundle(profiles, check)))
    },
    async close() {
      clearTimeout(idle)
      if (thread !== undefined) await end(thread)
    },
  }

  function endWhenIdle(): void {
    if (thread !== undefined && thread.pending.size === 0) void end(thread)
  }
}
