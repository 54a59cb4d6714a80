/**
 * A payer's DTR service: `$questionnaire-package` at type level (OperationDefinition; DTR 2.2), with a backend token. What
 * was sent and received is given back as bytes; a failure is a value.
 */
import type { Parameters } from 'fhir/r4'
import { readPayerFailure, type PayerFailure } from '#domain/crd/payer-failure.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { PayerConfig } from '../config.ts'
import type { BackendTokens } from './backend-token.ts'
import { exchangeHttp, parseJsonBody, type HttpAnswer } from './http-exchange.ts'
import type { PayerExchange } from './payer-crd.ts'

const FHIR_JSON = 'application/fhir+json'
const TIMEOUT_MS = 15_000

export interface PayerDtrDeps {
  readonly fetch: typeof fetch
  readonly tokens: BackendTokens
  readonly now: () => string
}

export interface PayerDtrClient {
  /** Asks for the forms that an order needs. The result is the parsed body, whatever it is; `parseQuestionnairePackage` judges. */
  questionnairePackage(payer: PayerConfig, request: Parameters): Promise<PayerExchange>
}

type Sent = Result<HttpAnswer, PayerFailure>

/** Builds the client for all payers. */
export function createPayerDtrClient(deps: PayerDtrDeps): PayerDtrClient {
  const post = async (payer: PayerConfig, url: string, body: Uint8Array): Promise<Sent> => {
    const token = await deps.tokens.get(payer)
    if (!token.ok) return err({ reason: 'payer-refused-access', status: null })
    const headers = { 'content-type': FHIR_JSON, accept: FHIR_JSON, authorization: `Bearer ${token.value}` }
    const sent = await exchangeHttp(deps.fetch, url, { method: 'POST', headers, body: Buffer.from(body) }, TIMEOUT_MS)
    return sent.ok
      ? sent
      : err({ reason: sent.error.reason === 'timeout' ? 'payer-timeout' : 'payer-unavailable', status: null })
  }

  return {
    async questionnairePackage(payer, request) {
      const requestBody = new TextEncoder().encode(JSON.stringify(request))
      const sentAt = deps.now()
      const nothing = { requestBody, responseBody: new Uint8Array(), status: null, contentType: null, sentAt }
      if (payer.dtr === null)
        return { ...nothing, answeredAt: sentAt, result: err({ reason: 'payer-service-missing', status: null }) }
      const url = `${payer.dtr.base.replace(/\/+$/, '')}/Questionnaire/$questionnaire-package`
      let sent = await post(payer, url, requestBody)
      if (sent.ok && sent.value.status === 401) {
        deps.tokens.forget(payer)
        sent = await post(payer, url, requestBody)
      }
      if (!sent.ok) return { ...nothing, answeredAt: deps.now(), result: sent }
      const { status, headers, body } = sent.value
      const parsed = parseJsonBody(body)
      return {
        requestBody,
        responseBody: body,
        status,
        contentType: headers.get('content-type'),
        sentAt,
        answeredAt: deps.now(),
        result: readAnswer(status, parsed),
      }
    },
  }
}

function readAnswer(status: number, parsed: unknown): Result<unknown, PayerFailure> {
  if (status < 200 || status >= 300) return err(readPayerFailure(status, parsed))
  return parsed === undefined ? err({ reason: 'payer-nonsense', status }) : ok(parsed)
}
