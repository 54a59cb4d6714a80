/** Work that outlives the request that began it: never lost without a report, waited for at shutdown. */
import type { ReportPort } from './ports.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Long enough for the present answer to be out, and for the next call of the same signing: a hook often comes in twos. */
const AFTER_ANSWER_MS = 250

export interface BackgroundTasks {
  /** Begins when what runs now has had its turn: an answer that is ready goes out first. */
  run(name: string, work: () => Promise<unknown>): void
  /** Begins when the present request has been answered: records that nobody waits for. */
  runLater(name: string, work: () => Promise<unknown>): void
  settle(): Promise<void>
}

export function createBackgroundTasks(report: ReportPort): BackgroundTasks {
  const running = new Set<Promise<void>>()
  const run = (name: string, work: () => Promise<unknown>): void => {
    const task = nextTurn()
      .then(work)
      .then(
        () => undefined,
        (error: unknown) => report('background-task-failed', { name }, error),
      )
    running.add(task)
    void task.finally(() => running.delete(task))
  }
  return {
    run,
    runLater(name, work) {
      run(name, async () => {
        await new Promise((resolve) => setTimeout(resolve, AFTER_ANSWER_MS))
        await work()
      })
    },
    async settle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
