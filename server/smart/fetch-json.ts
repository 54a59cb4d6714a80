import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'

const TIMEOUT_MS = 5_000
const LARGEST_BYTES = 1_000_000

export type FetchFailure = Failure<'ehr-unavailable' | 'ehr-timeout' | 'ehr-nonsense'>

/**
 * Fetches one JSON document from a registered address. A redirect is refused: it could lead to an unregistered one. An answer
 * that is no JSON has body null unless it is a success (`ehr-nonsense`).
 */
export async function fetchJson(
  fetchFrom: typeof fetch,
  url: string,
  init: RequestInit = {},
): Promise<Result<{ readonly status: number; readonly body: unknown }, FetchFailure>> {
  try {
    const headers = new Headers(init.headers)
    if (!headers.has('accept')) headers.set('accept', 'application/json')
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetchFrom(url, { ...init, headers, redirect: 'error', signal })
    const text = await response.text()
    if (text.length > LARGEST_BYTES) return err({ reason: 'ehr-nonsense', params: { status: response.status } })
    const body = parseJson(text)
    if (response.ok && body === undefined) return err({ reason: 'ehr-nonsense', params: { status: response.status } })
    return ok({ status: response.status, body: body ?? null })
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return err({ reason: timedOut ? 'ehr-timeout' : 'ehr-unavailable' })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
