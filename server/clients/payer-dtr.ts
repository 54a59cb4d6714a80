/**
 * A payer's DTR service with a backend token: `$questionnaire-package`, `$next-question`, `$expand`,
 * `$log-questionnaire-errors`. What was sent and received is given back as bytes; a failure is a value. The token goes to the
 * payer's own base and nowhere else; a terminology server is asked without one.
 */
import type { Parameters } from 'fhir/r4'
import { readPayerFailure, type PayerFailure } from '#domain/crd/payer-failure.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { PayerConfig } from '../config.ts'
import type { BackendTokens } from './backend-token.ts'
import { encodeJson, exchangeHttp, parseJsonBody, type HttpAnswer } from './http-exchange.ts'
import type { PayerExchange } from './payer-crd.ts'

const FHIR_JSON = 'application/fhir+json'
const TIMEOUT_MS = 15_000
const EXPAND_TIMEOUT_MS = 5_000
/** A package of 10 MB is large and real; what is beyond this is not held in memory. */
const MAX_BYTES = 32 * 1024 * 1024

export interface PayerDtrDeps {
  readonly fetch: typeof fetch
  readonly tokens: BackendTokens
  readonly now: () => string
}

export interface PayerDtrClient {
  /** Asks for the forms that an order needs. The result is the parsed body, undefined where there is none (nothing changed). */
  questionnairePackage(payer: PayerConfig, request: Parameters): Promise<PayerExchange>
  /** Asks an adaptive form's own address, which lies under the payer's base (`readNextQuestionUrl`); `signal` ends the call. */
  nextQuestion(payer: PayerConfig, url: string, request: Parameters, signal?: AbortSignal): Promise<PayerExchange>
  /** `server`: null for the payer's own; else an address of its configured terminology servers. */
  expand(payer: PayerConfig, server: string | null, query: string): Promise<PayerExchange>
  logErrors(payer: PayerConfig, request: Parameters): Promise<PayerExchange>
}

interface Call {
  readonly url: string
  readonly body: Uint8Array | null
  readonly timeoutMs: number
  readonly withToken: boolean
  readonly signal?: AbortSignal | undefined
}

type Sent = Result<HttpAnswer, PayerFailure>

const trimmed = (base: string): string => base.replace(/\/+$/, '')

/** Builds the client for all payers. */
export function createPayerDtrClient(deps: PayerDtrDeps): PayerDtrClient {
  const sendOnce = async (payer: PayerConfig, { url, body, timeoutMs, withToken, signal }: Call): Promise<Sent> => {
    const token = withToken ? await deps.tokens.get(payer) : null
    if (token?.ok === false) return err({ reason: 'payer-refused-access', status: null })
    const headers = {
      accept: FHIR_JSON,
      ...(body === null ? {} : { 'content-type': FHIR_JSON }),
      ...(token === null ? {} : { authorization: `Bearer ${token.value}` }),
    }
    const content = body === null ? { method: 'GET' } : { method: 'POST', body: Buffer.from(body) }
    const init = { ...content, headers, signal: signal ?? null }
    const sent = await exchangeHttp(deps.fetch, url, init, timeoutMs, MAX_BYTES)
    if (sent.ok) return sent
    if (sent.error.reason === 'too-large') return err({ reason: 'payer-answer-too-large', status: null })
    return err({ reason: sent.error.reason === 'timeout' ? 'payer-timeout' : 'payer-unavailable', status: null })
  }

  const send = async (payer: PayerConfig, call: Call): Promise<PayerExchange> => {
    const sentAt = deps.now()
    const requestBody = call.body ?? new TextEncoder().encode(call.url)
    const nothing = { requestBody, responseBody: new Uint8Array(), status: null, contentType: null, sentAt }
    if (payer.dtr === null)
      return { ...nothing, answeredAt: sentAt, result: err({ reason: 'payer-service-missing', status: null }) }
    let sent = await sendOnce(payer, call)
    if (call.withToken && sent.ok && sent.value.status === 401) {
      deps.tokens.forget(payer)
      sent = await sendOnce(payer, call)
    }
    if (!sent.ok) return { ...nothing, answeredAt: deps.now(), result: sent }
    const { status, headers, body } = sent.value
    const contentType = headers.get('content-type')
    return {
      ...nothing,
      responseBody: body,
      status,
      contentType,
      answeredAt: deps.now(),
      result: readAnswer(sent.value),
    }
  }

  const operate = (payer: PayerConfig, operation: string, request: Parameters): Promise<PayerExchange> => {
    const base = trimmed(payer.dtr?.base ?? '')
    const url = payer.dtr?.urlStyle === 'base' ? `${base}/${operation}` : `${base}/Questionnaire/${operation}`
    return send(payer, { url, body: encodeJson(request), timeoutMs: TIMEOUT_MS, withToken: true })
  }

  return {
    questionnairePackage: (payer, request) => operate(payer, '$questionnaire-package', request),
    nextQuestion: (payer, url, request, signal) =>
      send(payer, { url, body: encodeJson(request), timeoutMs: TIMEOUT_MS, withToken: true, signal }),
    logErrors: (payer, request) => operate(payer, '$log-questionnaire-errors', request),
    expand(payer, server, query) {
      const base = trimmed(server ?? payer.dtr?.base ?? '')
      const url = `${base}/ValueSet/$expand?${query}`
      return send(payer, { url, body: null, timeoutMs: EXPAND_TIMEOUT_MS, withToken: server === null })
    },
  }
}

/** No content is an answer: to `changedsince` it says that nothing changed, to a report that it was taken. */
function readAnswer({ status, body }: HttpAnswer): Result<unknown, PayerFailure> {
  const parsed = body.length === 0 ? undefined : parseJsonBody(body)
  if (status < 200 || status >= 300) return err(readPayerFailure(status, parsed))
  return parsed === undefined && body.length > 0 ? err({ reason: 'payer-nonsense', status }) : ok(parsed)
}
