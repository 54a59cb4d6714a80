import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchCase, type LiveState } from './event-stream.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  setVisible(true)
})

function setVisible(visible: boolean): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: visible ? 'visible' : 'hidden' })
  document.dispatchEvent(new Event('visibilitychange'))
}

/** A server that streams what is pushed, and ends when the reader goes. */
function streaming() {
  const open: { push: (text: string) => void; end: () => void }[] = []
  const fetching = vi.fn<typeof fetch>((_path, init) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const end = (): void => controller.error(new DOMException('aborted', 'AbortError'))
        init?.signal?.addEventListener('abort', end)
        open.push({ push: (text) => controller.enqueue(new TextEncoder().encode(text)), end })
      },
    })
    return Promise.resolve(new Response(body))
  })
  vi.stubGlobal('fetch', fetching)
  return { open, fetching }
}

function watching() {
  const states: LiveState[] = []
  const onChange = vi.fn()
  const stop = watchCase({ path: '/stream', onChange, onState: (state) => states.push(state) })
  return { states, onChange, stop }
}

it('a change that comes by the stream is told at once, also when it comes in pieces', async () => {
  const { open } = streaming()
  const { states, onChange, stop } = watching()
  await vi.advanceTimersByTimeAsync(10)
  expect(states.at(-1)).toBe('live')
  open[0]?.push(': hello\n\nevent: change\nda')
  await vi.advanceTimersByTimeAsync(10)
  expect(onChange).not.toHaveBeenCalled()
  open[0]?.push('ta: {"caseId":"c","version":2}\n\n')
  await vi.advanceTimersByTimeAsync(10)
  expect(onChange).toHaveBeenCalledTimes(1)
  stop()
})

it('where no stream opens in three seconds, the case is polled', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(
      (_path, init?: RequestInit) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        }),
    ),
  )
  const { states, onChange, stop } = watching()
  await vi.advanceTimersByTimeAsync(2_900)
  expect(states).toEqual(['connecting'])
  await vi.advanceTimersByTimeAsync(200)
  expect(states.at(-1)).toBe('polling')
  await vi.advanceTimersByTimeAsync(4_100)
  expect(onChange).toHaveBeenCalledTimes(1)
  stop()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(onChange).toHaveBeenCalledTimes(1)
})

it('a frame that cannot be seen holds no stream, and catches up when it is seen again', async () => {
  const { fetching } = streaming()
  const { states, onChange, stop } = watching()
  await vi.advanceTimersByTimeAsync(10)
  setVisible(false)
  expect(fetching.mock.calls[0]?.[1]?.signal?.aborted).toBe(true)
  expect(states.at(-1)).toBe('paused')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fetching).toHaveBeenCalledTimes(1)
  setVisible(true)
  await vi.advanceTimersByTimeAsync(10)
  expect(fetching).toHaveBeenCalledTimes(2)
  expect(onChange).toHaveBeenCalledTimes(1)
  stop()
})

it('where the server has no more streams for this user, the case is polled', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response(null, { status: 204 }))),
  )
  const { states, onChange, stop } = watching()
  await vi.advanceTimersByTimeAsync(10)
  expect(states).toEqual(['connecting', 'polling'])
  await vi.advanceTimersByTimeAsync(4_100)
  expect(onChange).toHaveBeenCalledTimes(1)
  stop()
})
