/**
 * A payer's CDS service. Discovery is cached a day and read again after any error (crd.md §2.3); every call carries a fresh
 * JWT whose audience is exactly the service's URL (§4.1). The caller decides how long it waits; the call itself has its own
 * limit, so that a late answer still arrives.
 */
import { readPayerFailure, type PayerFailure } from '#domain/crd/payer-failure.ts'
import type { JsonObject } from '#domain/crd/json.ts'
import { readPayerService, type PayerService } from '#domain/crd/service-catalog.ts'
import { err, ok, type Result } from '#domain/result.ts'
import { millisecondsBetween } from '#domain/time.ts'
import type { PayerConfig } from '../config.ts'
import { encodeJson, exchangeHttp, parseJsonBody, type HttpFailure } from './http-exchange.ts'

const DISCOVERY_TIMEOUT_MS = 3_000
const DISCOVERY_LIFE_MS = 86_400_000
/** Longer than any screen waits: what comes after the screen's limit is stored and shown later (found-7). */
const CALL_TIMEOUT_MS = 60_000
const FEEDBACK_TIMEOUT_MS = 5_000

export interface PayerCrdDeps {
  readonly fetch: typeof fetch
  readonly now: () => string
  /** A CDS Hooks client JWT (ES384; iss = our base URL; jti; at most five minutes) for one audience. */
  readonly signHookJwt: (audience: string) => Promise<string>
}

/** A call as it was on the wire, with what it came to. */
export interface PayerExchange {
  readonly requestBody: Uint8Array
  readonly responseBody: Uint8Array
  readonly status: number | null
  readonly contentType: string | null
  readonly sentAt: string
  readonly answeredAt: string
  readonly result: Result<unknown, PayerFailure>
}

/** What the store keeps of a call to a payer (`exchanges.insertCall`). */
export function readCall(exchange: PayerExchange, requestType: string, newId: () => string) {
  const { status, contentType, requestBody, responseBody, sentAt, answeredAt } = exchange
  return {
    asked: 'out' as const,
    request: { id: newId(), contentType: requestType, body: requestBody, at: sentAt },
    answer:
      status === null ? null : { id: newId(), contentType, httpStatus: status, body: responseBody, at: answeredAt },
  }
}

export interface PayerCrdClient {
  service(payer: PayerConfig): Promise<Result<PayerService, PayerFailure>>
  orderSign(payer: PayerConfig, request: JsonObject): Promise<PayerExchange>
  /** Passes feedback on; gives whether the payer took it. */
  feedback(payer: PayerConfig, body: JsonObject): Promise<boolean>
}

const noService: PayerFailure = { reason: 'payer-service-missing', status: null }

/** CDS Hooks: discovery at `{base}/cds-services`; a base that already names it is taken as it is. */
function servicesUrl(base: string): string {
  const trimmed = base.replace(/\/+$/, '')
  return trimmed.endsWith('/cds-services') ? trimmed : `${trimmed}/cds-services`
}

function lost(failure: HttpFailure): PayerFailure {
  return { reason: failure.reason === 'timeout' ? 'payer-timeout' : 'payer-unavailable', status: null }
}

/** Builds the client for all payers. */
export function createPayerCrdClient(deps: PayerCrdDeps): PayerCrdClient {
  const known = new Map<string, { readonly service: PayerService; readonly at: string }>()
  const reading = new Map<string, Promise<Result<PayerService, PayerFailure>>>()

  const post = async (url: string, body: Uint8Array, timeoutMs: number) =>
    exchangeHttp(
      deps.fetch,
      url,
      {
        method: 'POST',
        body: Buffer.from(body),
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: `Bearer ${await deps.signHookJwt(url)}`,
        },
      },
      timeoutMs,
    )

  const discover = async (payer: PayerConfig): Promise<Result<PayerService, PayerFailure>> => {
    if (payer.crd === null) return err(noService)
    const url = servicesUrl(payer.crd.base)
    const headers = { accept: 'application/json', authorization: `Bearer ${await deps.signHookJwt(url)}` }
    const sent = await exchangeHttp(deps.fetch, url, { headers }, DISCOVERY_TIMEOUT_MS)
    if (!sent.ok) return err(lost(sent.error))
    const body = parseJsonBody(sent.value.body)
    if (sent.value.status !== 200) return err(readPayerFailure(sent.value.status, body))
    const service = readPayerService(body, payer.crd.serviceId)
    if (!service.ok)
      return err({
        reason: service.error.reason === 'service-missing' ? 'payer-service-missing' : 'payer-nonsense',
        status: sent.value.status,
      })
    known.set(payer.id, { service: service.value, at: deps.now() })
    return ok(service.value)
  }

  return {
    service(payer) {
      const held = known.get(payer.id)
      if (held !== undefined && millisecondsBetween(held.at, deps.now()) < DISCOVERY_LIFE_MS)
        return Promise.resolve(ok(held.service))
      const running = reading.get(payer.id) ?? discover(payer).finally(() => reading.delete(payer.id))
      reading.set(payer.id, running)
      return running
    },

    async orderSign(payer, request) {
      const requestBody = encodeJson(request)
      const sentAt = deps.now()
      const nothing = { requestBody, responseBody: new Uint8Array(), status: null, contentType: null, sentAt }
      if (payer.crd === null) return { ...nothing, answeredAt: sentAt, result: err(noService) }
      const sent = await post(`${servicesUrl(payer.crd.base)}/${payer.crd.serviceId}`, requestBody, CALL_TIMEOUT_MS)
      const answeredAt = deps.now()
      if (!sent.ok) {
        known.delete(payer.id)
        return { ...nothing, answeredAt, result: err(lost(sent.error)) }
      }
      const { status, headers, body } = sent.value
      const parsed = parseJsonBody(body)
      if (status !== 200) known.delete(payer.id)
      const result: Result<unknown, PayerFailure> =
        status !== 200
          ? err(readPayerFailure(status, parsed))
          : parsed === undefined
            ? err({ reason: 'payer-nonsense', status })
            : ok(parsed)
      return {
        requestBody,
        responseBody: body,
        status,
        contentType: headers.get('content-type'),
        sentAt,
        answeredAt,
        result,
      }
    },

    async feedback(payer, body) {
      if (payer.crd === null) return false
      const url = `${servicesUrl(payer.crd.base)}/${payer.crd.serviceId}/feedback`
      const sent = await post(url, encodeJson(body), FEEDBACK_TIMEOUT_MS)
      return sent.ok && sent.value.status < 300
    },
  }
}
