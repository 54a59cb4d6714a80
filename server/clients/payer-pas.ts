/**
 * The `fhir-pas` channel: PAS 2.2.1 over HTTP with SMART Backend Services. Bytes go out as given and come back as received.
 * Redirects are not followed. A 401 is tried once more with a fresh token: it was turned away before processing.
 */
import { isTurnedAway } from '#domain/pas/refusal.ts'
import type { PayerConfig } from '../config.ts'
import type { ChannelAnswer, PayerChannel } from '../intermediary/payer-channel.ts'
import type { BackendTokens } from './backend-token.ts'
import { parseJsonBody } from './http-exchange.ts'

export interface PayerPasDeps {
  readonly fetch: typeof fetch
  readonly tokens: Pick<BackendTokens, 'get' | 'forget'>
}

const FHIR_JSON = 'application/fhir+json'

/** A connection that was never made: nothing was sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
])

function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at instanceof AggregateError && at.errors[0] !== undefined) return codeOf(at.errors[0])
  }
  return undefined
}

function explain(error: unknown): ChannelAnswer {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { kind: 'lost', reason: 'timeout', status: null, contentType: null, body: null }
  const code = codeOf(error) ?? ''
  if (NOT_CONNECTED.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT'))
    return { kind: 'not-sent', reason: 'unreachable' }
  return { kind: 'lost', reason: 'broken', status: null, contentType: null, body: null }
}

/** pas.md §7: 2xx processed, 4xx refused, 5xx transient; 429 is turned away before processing. */
function classify(
  status: number,
  contentType: string | null,
  body: Uint8Array,
  bodyMayBeEmpty: boolean,
): ChannelAnswer {
  if (status === 429) return { kind: 'not-sent', reason: 'busy' }
  const json = parseJsonBody(body)
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'refused', status, contentType, body, json }
  const isJson = typeof json === 'object' && json !== null
  if (status >= 200 && status < 300 && (isJson || (bodyMayBeEmpty && body.length === 0)))
    return { kind: 'answered', status, contentType, body, json }
  return { kind: 'lost', reason: status >= 500 ? 'server-error' : 'nonsense', status, contentType, body }
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly body: Uint8Array | null
  readonly bodyMayBeEmpty?: boolean
}

/** Builds the channel to one payer; its `pas` configuration must be there. */
export function createPayerPas(deps: PayerPasDeps, payer: PayerConfig): PayerChannel {
  const base = payer.pas?.base.replace(/\/$/, '') ?? ''

  const once = async ({ method, url, body, bodyMayBeEmpty = false }: Call, until: number): Promise<ChannelAnswer> => {
    const token = await deps.tokens.get(payer)
    if (!token.ok) return { kind: 'not-sent', reason: 'token' }
    try {
      const response = await deps.fetch(url, {
        method,
        ...(body === null ? {} : { body }),
        headers: {
          accept: FHIR_JSON,
          authorization: `Bearer ${token.value}`,
          ...(body === null ? {} : { 'content-type': FHIR_JSON }),
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(Math.max(1, until - Date.now())),
      })
      const received = new Uint8Array(await response.arrayBuffer())
      return classify(response.status, response.headers.get('content-type'), received, bodyMayBeEmpty)
    } catch (error) {
      return explain(error)
    }
  }

  const call = async (one: Call, timeoutMs: number): Promise<ChannelAnswer> => {
    const until = Date.now() + timeoutMs
    const answer = await once(one, until)
    if (answer.kind !== 'refused' || answer.status !== 401) return answer
    deps.tokens.forget(payer)
    const again = await once(one, until)
    return again.kind === 'refused' && again.status === 401 ? { kind: 'not-sent', reason: 'token' } : again
  }

  const post = (path: string, body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer> =>
    call({ method: 'POST', url: `${base}/${path}`, body }, timeoutMs)
  const operate = async (name: '$submit' | '$inquire', body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer> => {
    const answer = await post(`Claim/${name}`, body, timeoutMs)
    return answer.kind === 'refused' && isTurnedAway(answer) ? { kind: 'not-sent', reason: 'turned-away' } : answer
  }
  const subscriptionUrl = (id: string): string => `${base}/Subscription/${encodeURIComponent(id)}`

  return {
    submit: (body, timeoutMs) => operate('$submit', body, timeoutMs),
    inquire: (body, timeoutMs) => operate('$inquire', body, timeoutMs),
    attach: (url, body, timeoutMs) => call({ method: 'POST', url, body, bodyMayBeEmpty: true }, timeoutMs),
    subscribe: (body, timeoutMs) => post('Subscription', body, timeoutMs),
    updateSubscription: (id, body, timeoutMs) => call({ method: 'PUT', url: subscriptionUrl(id), body }, timeoutMs),
    readSubscription: (id, timeoutMs) => call({ method: 'GET', url: subscriptionUrl(id), body: null }, timeoutMs),
  }
}
