/** One HTTP call with a time limit and its raw bytes. Redirects are refused: a credential goes where it was sent, nowhere else. */
import { err, ok, type Failure, type Result } from '#domain/result.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

export type HttpFailure = Failure<'timeout' | 'unreachable' | 'too-large'>

/**
 * Sends and reads the whole answer within `timeoutMs`, or until the signal of `init` ends it. Any HTTP status is an
 * answer; only no answer is a failure, and one of
 * more than `maxBytes`.
 */
export async function exchangeHttp(
  send: typeof fetch,
  url: string,
  init: RequestInit,
  timeoutMs: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Result<HttpAnswer, HttpFailure>> {
  try {
    const limit = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([limit, init.signal]) : limit
    const response = await send(url, { ...init, redirect: 'error', signal })
    const body = await readBody(response, maxBytes)
    if (body === undefined) return err({ reason: 'too-large' })
    return ok({ status: response.status, headers: response.headers, body })
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
    return err({ reason: isTimeout ? 'timeout' : 'unreachable' })
  }
}

/** The bytes; undefined, and no more is read, where they exceed the limit. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (maxBytes === Number.POSITIVE_INFINITY || response.body === null)
    return new Uint8Array(await response.arrayBuffer())
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length
    // Leaving the loop cancels the stream.
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** The body as JSON; undefined where it is none. */
export function parseJsonBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown
  } catch {
    return undefined
  }
}
