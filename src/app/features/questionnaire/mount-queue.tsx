/**
 * What a long form draws after its first screen: piece by piece, each short enough that a key pressed meanwhile is answered
 * before one notices. Fewer pieces are done sooner: each has a frame of its own, and a frame looks at the whole page. In the
 * end every question is in the page, for Tab, for find-in-page and for a screen reader.
 */
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'

/** One piece of work may take this long before the browser gets its turn: no long task. */
const PIECE_MS = 36

const MOST_PER_PIECE = 40

export interface MountQueue {
  /** Gives a piece its turn; returns the way to withdraw it. */
  wait(mount: () => void): () => void
  /** Draws everything now, for somebody who wants to go to a question that is not there yet. */
  finish(): void
}

/** The next task, without the 4 ms that a timer set by a timer waits at least. */
function soon(task: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    task()
  }
  port2.postMessage(null)
}

export function createMountQueue(): MountQueue {
  const waiting = new Set<() => void>()
  let scheduled = false
  let painted = false
  let hurried = false
  let perPiece = 2
  const schedule = (): void => {
    if (scheduled || waiting.size === 0) return
    scheduled = true
    if (painted) soon(run)
    // After the frame that is being prepared has been drawn.
    else requestAnimationFrame(() => soon(run))
  }
  const mountNext = (count: number): void => {
    for (const mount of [...waiting].slice(0, count)) {
      waiting.delete(mount)
      mount()
    }
  }
  const settle = (took: number): void => {
    perPiece = Math.max(2, Math.min(MOST_PER_PIECE, Math.floor((perPiece * PIECE_MS) / Math.max(took, PIECE_MS / 2))))
    scheduled = false
    schedule()
  }
  const run = (): void => {
    const startedAt = performance.now()
    painted = true
    mountNext(perPiece)
    // React draws in the task that it asks for at the end of this one: that is where the time goes.
    queueMicrotask(() => soon(() => settle(performance.now() - startedAt)))
  }
  return {
    wait(mount) {
      if (hurried) mount()
      else waiting.add(mount)
      schedule()
      return () => waiting.delete(mount)
    },
    finish() {
      hurried = true
      mountNext(waiting.size)
    },
  }
}

const Context = createContext<MountQueue | null>(null)

export const MountQueueProvider = Context.Provider

/** Draws its content at once if it is `early`, else in its turn; until then it keeps the room free. */
export function Later({ early, rows, children }: { early: boolean; rows: number; children: () => ReactNode }) {
  const queue = useContext(Context)
  const [ready, setReady] = useState(early || queue === null)
  useEffect(() => (ready || queue === null ? undefined : queue.wait(() => setReady(true))), [ready, queue])
  return ready ? children() : <div aria-hidden="true" style={{ blockSize: `${String(roomFor(rows))}px` }} />
}

/** About what so many questions take, in pixels; the browser keeps the scroll position when they are drawn. */
const roomFor = (questions: number): number => questions * ROW_PX

const ROW_PX = 92
