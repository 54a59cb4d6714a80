/** A fake of Precert's API for component tests: answers by method and path, and remembers what it was asked. */
import type { ApiError } from '#domain/contract/common.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
  readonly signal: AbortSignal | null
}

interface Given {
  readonly status?: number
  readonly body?: unknown
}
/** A promise is an answer that lets wait; who takes the call back meanwhile does not get it. */
export type Answer = Given | ((asked: Asked) => Given | Promise<Given>)
export type Answers = Readonly<Record<string, Answer>>

/** Answers `METHOD /path`; anything else is 404. Give it to `vi.stubGlobal('fetch', server.fetch)`. */
export function createFakeServer(answers: Answers): {
  fetch: typeof fetch
  asked: Asked[]
  answers: Record<string, Answer>
} {
  const asked: Asked[] = []
  const table: Record<string, Answer> = { ...answers }
  const reply = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? 'GET'
    const path = input instanceof Request ? input.url : String(input)
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    const signal = init.signal ?? null
    const question: Asked = { method, path, headers: new Headers(init.headers), body, signal }
    asked.push(question)
    const answer = table[`${method} ${path}`]
    const { status = 200, body: content } =
      answer === undefined
        ? { status: 404, body: failure('not-found') }
        : typeof answer === 'function'
          ? await Promise.race([answer(question), aborted(signal)])
          : answer
    await Promise.resolve()
    return new Response(content === undefined ? null : JSON.stringify(content), {
      status,
      headers: { 'content-type': 'application/json' },
    })
  }
  return { fetch: reply, asked, answers: table }
}

function aborted(signal: AbortSignal | null): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason as DOMException)),
  )
}

export function failure(reason: string): ApiError {
  return { reason, ref: 'req-4711' }
}
