/** One HTTP call with a time limit and its raw bytes. Redirects are refused: a credential goes where it was sent, nowhere else. */
import { err, ok, type Failure, type Result } from '#domain/result.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

export type HttpFailure = Failure<'timeout' | 'unreachable'>

/** Sends and reads the whole answer within `timeoutMs`. Any HTTP status is an answer; only no answer is a failure. */
export async function exchangeHttp(
  send: typeof fetch,
  url: string,
  init: RequestInit,
  timeoutMs: number,
): Promise<Result<HttpAnswer, HttpFailure>> {
  try {
    const response = await send(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    const body = new Uint8Array(await response.arrayBuffer())
    return ok({ status: response.status, headers: response.headers, body })
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
    return err({ reason: isTimeout ? 'timeout' : 'unreachable' })
  }
}

/** The body as JSON; undefined where it is none. */
export function parseJsonBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown
  } catch {
    return undefined
  }
}
