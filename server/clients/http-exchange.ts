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

/** An escape: a whole surrogate pair, NUL or half a pair, any other. */
const ESCAPE = /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u(?:0000|[dD][89a-fA-F][\da-fA-F]{2})|\\./g
const UNKEEPABLE_LENGTH = '\\u0000'.length

/**
 * A partner's body as JSON; undefined where it is none. What PostgreSQL keeps in no text, NUL and half a surrogate pair, is read
 * as U+FFFD, as bytes that are no UTF-8 are: one bad character loses no answer. The bytes themselves are kept as they came.
 */
export function parseJsonBody(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body)
  try {
    const keepable = text.includes('\\u')
      ? text.replace(ESCAPE, (escape) => (escape.length === UNKEEPABLE_LENGTH ? '\\ufffd' : escape))
      : text
    return JSON.parse(keepable) as unknown
  } catch {
    return undefined
  }
}

/** A value as the bytes of its JSON. */
export const encodeJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
