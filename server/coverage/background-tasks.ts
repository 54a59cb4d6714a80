/** Work that outlives the request that began it: never lost without a report, waited for at shutdown. */
import type { ReportPort } from './ports.ts'

export interface BackgroundTasks {
  run(name: string, work: () => Promise<unknown>): void
  settle(): Promise<void>
}

export function createBackgroundTasks(report: ReportPort): BackgroundTasks {
  const running = new Set<Promise<void>>()
  return {
    run(name, work) {
      const task = work().then(
        () => undefined,
        (error: unknown) => report('background-task-failed', { name }, error),
      )
      running.add(task)
      void task.finally(() => running.delete(task))
    },
    async settle() {
      await Promise.all(running)
    },
  }
}
