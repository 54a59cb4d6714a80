/**
 * The one way to the server: same origin, JSON, our header against forged requests, and one kind of failure. Nothing else
 * in the app calls `fetch`, except the event stream and the session's first exchange.
 */
import type { ApiError } from '#domain/contract/common.ts'
import { endSession, sessionHeaders } from './session.ts'

type Params = Readonly<Record<string, string | number>>

/** A request that did not succeed: the server's reason, or `network` when there was no answer. */
export class ApiFailure extends Error {
  readonly reason: string
  readonly params: Params
  readonly status: number | null
  readonly ref: string | null

  constructor(failure: { reason: string; params?: Params | undefined; status: number | null; ref: string | null }) {
    super(failure.reason)
    this.name = 'ApiFailure'
    this.reason = failure.reason
    this.params = failure.params ?? {}
    this.status = failure.status
    this.ref = failure.ref
  }
}

interface RequestOptions {
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Lets the request outlive the page, for the last save on leaving. */
  readonly keepalive?: boolean
}

export function get<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return request<T>('GET', path, options)
}

export function post<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
  return request<T>('POST', path, { ...options, body })
}

export function put<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
  return request<T>('PUT', path, { ...options, body })
}

/** A document as the server keeps it. */
export async function getFile(path: string): Promise<Blob> {
  const response = await send('GET', path, {})
  if (response.ok) return response.blob()
  throw await refuse(response)
}

/** Headers of every call to our own server. */
export function apiHeaders(): Record<string, string> {
  return { accept: 'application/json', 'x-precert': '1', ...sessionHeaders() }
}

async function request<T>(method: string, path: string, options: RequestOptions): Promise<T> {
  const response = await send(method, path, options)
  if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
  throw await refuse(response)
}

/**
 * The failure of an answer; one without a session ends the app's. So does a launch that is not this session's: another user
 * was launched in this browser, and must not find the first one's patient on the screen.
 */
async function refuse(response: Response): Promise<ApiFailure> {
  const failure = await readFailure(response)
  if (response.status === 401 || failure.reason === 'launch-unknown') endSession()
  return failure
}

async function send(method: string, path: string, { body, signal, keepalive }: RequestOptions): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? apiHeaders() : { ...apiHeaders(), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      ...(keepalive === undefined ? {} : { keepalive }),
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiFailure({ reason: 'network', status: null, ref: null })
  }
}

/** Reads the error body of `/api`; an answer in another shape (a proxy's page) is `unexpected` with its status. */
async function readFailure(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => null)
  if (isApiError(body))
    return new ApiFailure({ reason: body.reason, params: body.params, status: response.status, ref: body.ref })
  return new ApiFailure({
    reason: 'unexpected',
    status: response.status,
    ref: response.headers.get('x-request-id'),
  })
}

function isApiError(value: unknown): value is ApiError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'reason' in value &&
    typeof value.reason === 'string' &&
    'ref' in value
  )
}
