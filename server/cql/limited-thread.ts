/**
 * A worker thread that answers one question at a time within limits. Too long, or too much memory, and it is ended; the next
 * question gets a new one. A thread that nobody asks for a while is ended too, since it holds memory.
 */
import { Worker } from 'node:worker_threads'
import type { ThreadFile } from '../thread-file.ts'

export interface ThreadLimits {
  readonly timeMs: number
  readonly memoryMb: number
  /** A new thread has this long to load its code. */
  readonly startMs: number
  readonly idleMs: number
}

export type ThreadAnswer<A> =
  { readonly ok: true; readonly answer: A } | { readonly ok: false; readonly reason: 'timeout' | 'memory' | 'failed' }

interface Running {
  readonly worker: Worker
  readonly ready: Promise<boolean>
}

export class LimitedThread<Question, Answer extends { readonly type: string }> {
  private readonly file: ThreadFile
  private readonly limits: ThreadLimits
  private running: Running | null = null
  private queue: Promise<unknown> = Promise.resolve()
  private idle: NodeJS.Timeout | undefined
  /** Counts the threads: who has told something to one must tell it to the next again. */
  generation = 0

  constructor(file: ThreadFile, limits: ThreadLimits) {
    this.file = file
    this.limits = limits
  }

  /**
   * Asks when all before have been answered. `before` is called with the thread's generation and gives what it must be told
   * first.
   */
  ask(
    question: Question,
    before: (generation: number) => readonly Question[] = () => [],
  ): Promise<ThreadAnswer<Answer>> {
    const answer = this.queue.then(() => this.askNow(question, before))
    this.queue = answer.catch(() => undefined)
    return answer
  }

  private async askNow(
    question: Question,
    before: (generation: number) => readonly Question[],
  ): Promise<ThreadAnswer<Answer>> {
    clearTimeout(this.idle)
    const { worker, ready } = this.start()
    worker.ref()
    if (!(await ready)) {
      await this.end()
      return { ok: false, reason: 'failed' }
    }
    before(this.generation).forEach((told) => worker.postMessage(told))
    const answer = await this.answerOf(worker, question)
    if (!answer.ok) await this.end()
    else this.rest(worker)
    return answer
  }

  /** Tells without waiting; nothing where no thread runs. */
  tell(question: Question): void {
    this.running?.worker.postMessage(question)
  }

  /** Starts the thread before it is needed. */
  warm(): void {
    this.rest(this.start().worker)
  }

  async end(): Promise<void> {
    const { running } = this
    this.running = null
    clearTimeout(this.idle)
    await running?.worker.terminate()
  }

  private start(): Running {
    if (this.running !== null) return this.running
    this.generation += 1
    const worker = new Worker(this.file.entry, {
      eval: this.file.eval,
      execArgv: [],
      env: {},
      // What libraries print may quote the chart: it goes nowhere.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: this.limits.memoryMb, maxYoungGenerationSizeMb: 32 },
    })
    worker.stdout.resume()
    worker.stderr.resume()
    this.running = { worker, ready: this.readyOf(worker) }
    return this.running
  }

  private rest(worker: Worker): void {
    worker.unref()
    clearTimeout(this.idle)
    this.idle = setTimeout(() => void this.end(), this.limits.idleMs)
    this.idle.unref()
  }

  private readyOf(worker: Worker): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.limits.startMs)
      const settle = (isReady: boolean) => (): void => {
        clearTimeout(timer)
        resolve(isReady)
      }
      worker.once('message', settle(true))
      worker.on('error', settle(false))
      worker.once('exit', settle(false))
    })
  }

  private answerOf(worker: Worker, question: Question): Promise<ThreadAnswer<Answer>> {
    return new Promise((resolve) => {
      const settle = (answer: ThreadAnswer<Answer>): void => {
        clearTimeout(timer)
        worker.off('message', onMessage)
        worker.off('error', onError)
        worker.off('exit', onExit)
        resolve(answer)
      }
      const onMessage = (answer: Answer): void => settle({ ok: true, answer })
      const onError = (error: Error & { code?: string }): void =>
        settle({ ok: false, reason: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed' })
      const onExit = (): void => settle({ ok: false, reason: 'failed' })
      const timer = setTimeout(() => settle({ ok: false, reason: 'timeout' }), this.limits.timeMs)
      worker.on('message', onMessage)
      worker.on('error', onError)
      worker.on('exit', onExit)
      worker.postMessage(question)
    })
  }
}
