/**
 * Saves the form a moment after each change, one save at a time, each with the version it rests on. A conflict stops it:
 * somebody else's answers are never overwritten. Anything else is tried again until it succeeds.
 */
import type { z } from 'zod'
import type { saveFormRequestSchema, saveFormResponseSchema } from '#domain/contract/form.ts'

export type SaveRequest = z.infer<typeof saveFormRequestSchema>
export type SaveResponse = z.infer<typeof saveFormResponseSchema>

export type SaveState =
  | { readonly kind: 'saved'; readonly at: string | null }
  | { readonly kind: 'unsaved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'failed'; readonly failure: Error }
  | { readonly kind: 'conflict' }

const QUIET_MS = 700
const RETRY_MS = 5_000

export interface FormSaver {
  /** Something changed. */
  touch(): void
  /** Saves now what is unsaved; true when everything is saved. */
  flush(options?: { keepalive?: boolean }): Promise<boolean>
  read(): SaveState
  /** The version that the next save rests on. */
  version(): number
  /** Somebody else's version has been taken over. */
  adopt(version: number): void
  subscribe(listener: () => void): () => void
  /** Stops the timers. */
  stop(): void
}

interface SaverParts {
  readonly version: number
  readonly savedAt: string | null
  /** How many changes there are so far. */
  readonly revision: () => number
  /** What would be saved now, without the version. */
  readonly content: () => Omit<SaveRequest, 'version'>
  readonly send: (request: SaveRequest, options: { keepalive?: boolean }) => Promise<SaveResponse>
  readonly isConflict: (failure: unknown) => boolean
  /** A save is kept. */
  readonly onSaved?: (saved: SaveResponse) => void
  /** Somebody had saved in between; the server kept what only one of the two changed. */
  readonly onMerge: (merge: Merge) => void
}

export type Merge = NonNullable<SaveResponse['merge']>

/** A long form is put together in one task and sent in the next, so that neither holds up a key. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

export function createFormSaver(parts: SaverParts): FormSaver {
  let version = parts.version
  let savedRevision = parts.revision()
  let state: SaveState = { kind: 'saved', at: parts.savedAt }
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | null = null
  const listeners = new Set<() => void>()
  const set = (next: SaveState): void => {
    state = next
    for (const listener of listeners) listener()
  }
  const schedule = (delay: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), delay)
  }
  const isDirty = (): boolean => parts.revision() !== savedRevision
  const saveOnce = async (options: { keepalive?: boolean }): Promise<void> => {
    const revision = parts.revision()
    set({ kind: 'saving' })
    try {
      const content = parts.content()
      if (options.keepalive !== true) await nextTask()
      const saved = await parts.send({ version, ...content }, options)
      version = saved.version
      savedRevision = revision
      parts.onSaved?.(saved)
      if (saved.merge !== undefined) parts.onMerge(saved.merge)
      set(isDirty() ? { kind: 'unsaved' } : { kind: 'saved', at: saved.savedAt })
    } catch (failure) {
      if (parts.isConflict(failure)) return set({ kind: 'conflict' })
      set({ kind: 'failed', failure: failure instanceof Error ? failure : new Error('save failed') })
      schedule(RETRY_MS)
    }
  }
  /** Saves until nothing is unsaved; stops at a fault or a conflict. */
  const saveAll = async (options: { keepalive?: boolean }): Promise<void> => {
    do await saveOnce(options)
    while (isDirty() && state.kind === 'unsaved')
  }
  const flush = async (options: { keepalive?: boolean } = {}): Promise<boolean> => {
    clearTimeout(timer)
    if (running === null && isDirty() && state.kind !== 'conflict')
      running = saveAll(options).finally(() => {
        running = null
      })
    await running
    return !isDirty()
  }
  return {
    touch() {
      if (!isDirty() || state.kind === 'conflict') return
      if (state.kind !== 'saving') set({ kind: 'unsaved' })
      schedule(QUIET_MS)
    },
    flush,
    read: () => state,
    version: () => version,
    adopt(next) {
      version = next
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => clearTimeout(timer),
  }
}
