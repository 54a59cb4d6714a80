/** A fake of Precert's API for component tests: answers by method and path, and remembers what it was asked. */
import type { ApiError } from '#domain/contract/common.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
}

export type Answer =
  { readonly status?: number; readonly body?: unknown } | ((asked: Asked) => { status?: number; body?: unknown })
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
    const question: Asked = { method, path, headers: new Headers(init.headers), body }
    asked.push(question)
    const answer = table[`${method} ${path}`]
    const { status = 200, body: content } =
      answer === undefined
        ? { status: 404, body: failure('not-found') }
        : typeof answer === 'function'
          ? answer(question)
          : answer
    await Promise.resolve()
    return new Response(content === undefined ? null : JSON.stringify(content), {
      status,
      headers: { 'content-type': 'application/json' },
    })
  }
  return { fetch: reply, asked, answers: table }
}

export function failure(reason: string): ApiError {
  return { reason, ref: 'req-4711' }
}
