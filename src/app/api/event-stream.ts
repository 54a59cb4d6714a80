/**
 * Live changes of a case: server-sent events read by fetch, since EventSource cannot carry the bearer. A stream is held
 * only while the frame can be seen; where none opens in three seconds, or the server has no more for this user, the case is
 * polled. Browsers give HTTP/1.1 six connections; frames of several charts cannot agree among themselves who streams (Web
 * Locks are refused in a cross-site frame), so the server counts.
 */
import { apiHeaders } from './http.ts'

export type LiveState = 'connecting' | 'live' | 'polling' | 'paused'

const OPEN_WITHIN_MS = 3_000
const POLL_MS = 4_000
const RETRY_MS = 15_000
/** The server's word for: this user has streams enough, poll. */
const NO_STREAM_LEFT = 204

interface Watch {
  readonly path: string
  readonly onChange: () => void
  readonly onState: (state: LiveState) => void
}

/** Watches until the returned function is called. */
export function watchCase({ path, onChange, onState }: Watch): () => void {
  let stop: (() => void) | null = null
  const resume = (): void => {
    if (stop !== null) return
    onState('connecting')
    stop = follow({ path, onChange, onState })
  }
  const pause = (): void => {
    stop?.()
    stop = null
    onState('paused')
  }
  let first = true
  const unwatch = watchVisibility((visible) => {
    if (!visible) return pause()
    resume()
    if (!first) onChange()
    first = false
  })
  return () => {
    unwatch()
    stop?.()
  }
}

/** One stretch of being visible: stream where possible, polling in the meantime. */
function follow({ path, onChange, onState }: Watch): () => void {
  const whole = new AbortController()
  let poll: ReturnType<typeof setInterval> | undefined
  const startPolling = (): void => {
    if (whole.signal.aborted || poll !== undefined) return
    onState('polling')
    poll = setInterval(onChange, POLL_MS)
  }
  const stopPolling = (): void => {
    clearInterval(poll)
    poll = undefined
  }
  const attempt = async (): Promise<void> => {
    const opening = new AbortController()
    const abort = (): void => opening.abort()
    whole.signal.addEventListener('abort', abort)
    const tooLate = setTimeout(abort, OPEN_WITHIN_MS)
    const opened = (): void => {
      clearTimeout(tooLate)
      stopPolling()
      onState('live')
    }
    await readStream(path, opening.signal, opened, onChange)
    clearTimeout(tooLate)
    whole.signal.removeEventListener('abort', abort)
  }
  const run = async (): Promise<void> => {
    while (!whole.signal.aborted) {
      await attempt()
      startPolling()
      await pauseFor(RETRY_MS, whole.signal)
    }
  }
  void run()
  return () => {
    whole.abort()
    stopPolling()
  }
}

/** Reads one stream to its end. A refused, broken or ended stream is not an error here: polling takes over. */
async function readStream(path: string, signal: AbortSignal, onOpen: () => void, onEvent: () => void): Promise<void> {
  try {
    const response = await fetch(path, { headers: { ...apiHeaders(), accept: 'text/event-stream' }, signal })
    if (!response.ok || response.status === NO_STREAM_LEFT || response.body === null) return
    onOpen()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + value).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      if (blocks.some((block) => /^data:/m.test(block))) onEvent()
    }
  } catch {
    return
  }
}

/**
 * Tells whether this frame can be seen: the tab by its visibility, the frame inside the EHR by its intersection with the
 * window (a frame behind another chart's tab is in a visible document and yet not to be seen).
 */
function watchVisibility(onChange: (visible: boolean) => void): () => void {
  let onScreen = true
  let last: boolean | undefined
  const update = (): void => {
    const visible = document.visibilityState !== 'hidden' && onScreen
    if (visible !== last) onChange(visible)
    last = visible
  }
  const observer =
    typeof IntersectionObserver === 'undefined'
      ? null
      : new IntersectionObserver((entries) => {
          onScreen = entries.at(-1)?.isIntersecting ?? true
          update()
        })
  observer?.observe(document.documentElement)
  document.addEventListener('visibilitychange', update)
  update()
  return () => {
    observer?.disconnect()
    document.removeEventListener('visibilitychange', update)
  }
}

function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
