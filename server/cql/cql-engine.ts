/**
 * CQL for the rest of the server: sessions, one per form, whose defines are evaluated one at a time in a thread with limits.
 * What one form does to the thread, another does not notice but for the wait.
 */
import type { CqlResult } from '#domain/dtr/cql/result.ts'
import type { EngineFailure, FromEngine, ToEngine } from './engine-messages.ts'
import type { DefineName, SessionInput } from './engine-session.ts'
import { LimitedThread, type ThreadLimits } from './limited-thread.ts'
import { threadFile } from '../thread-file.ts'

export type EngineAnswer =
  { readonly ok: true; readonly result: CqlResult } | { readonly ok: false; readonly failure: EngineFailure }

export interface CqlSession {
  /** Evaluates one define over what was given so far and these resources. */
  evaluate(name: DefineName, resources: readonly object[]): Promise<EngineAnswer>
  close(): void
}

export interface CqlEngine {
  open(input: SessionInput): CqlSession
  /** Starts the thread before the first form asks. */
  warm(): void
  close(): Promise<void>
}

const LIMITS: ThreadLimits = { timeMs: 10_000, memoryMb: 512, startMs: 30_000, idleMs: 5 * 60_000 }

/** A form whose logic had to be stopped this often is not run any further: each time costs the whole limit. */
const MAX_STOPS = 3

type Thread = LimitedThread<ToEngine, FromEngine>

/** Creates an engine; its thread starts with the first question. */
export function createCqlEngine(limits: Partial<ThreadLimits> = {}): CqlEngine {
  const thread: Thread = new LimitedThread(threadFile('cql/worker'), { ...LIMITS, ...limits })
  let sessions = 0
  return {
    open: (input) => new Session(thread, (sessions += 1), input),
    warm: () => thread.warm(),
    close: () => thread.end(),
  }
}

class Session implements CqlSession {
  private readonly thread: Thread
  private readonly session: number
  private readonly input: SessionInput
  private readonly resources = new Set<object>()
  private openedIn = 0
  private stops = 0
  private lastStop: EngineFailure = { reason: 'failed' }

  constructor(thread: Thread, session: number, input: SessionInput) {
    this.thread = thread
    this.session = session
    this.input = input
  }

  async evaluate(name: DefineName, resources: readonly object[]): Promise<EngineAnswer> {
    if (this.stops >= MAX_STOPS) return { ok: false, failure: this.lastStop }
    const { session } = this
    const answered = await this.thread.ask({ type: 'evaluate', session, name }, (generation) =>
      this.tellFirst(generation, resources),
    )
    if (!answered.ok) {
      this.stops += 1
      this.lastStop = { reason: answered.reason }
      return { ok: false, failure: this.lastStop }
    }
    const { answer } = answered
    if (answer.type === 'result') return { ok: true, result: answer.result }
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : { reason: 'failed' } }
  }

  /** Only what this thread has not been told: a new one is told all again. */
  private tellFirst(generation: number, given: readonly object[]): ToEngine[] {
    const { session, input } = this
    const told: ToEngine[] = []
    const fresh = given.filter((resource) => !this.resources.has(resource))
    fresh.forEach((resource) => this.resources.add(resource))
    const isNew = this.openedIn !== generation
    if (isNew) told.push({ type: 'open', session, input })
    this.openedIn = generation
    const resources = isNew ? [...this.resources] : fresh
    if (resources.length > 0) told.push({ type: 'add', session, resources })
    return told
  }

  close(): void {
    if (this.openedIn === this.thread.generation) this.thread.tell({ type: 'close', session: this.session })
    this.resources.clear()
  }
}
