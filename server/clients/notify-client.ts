/** Posts notifications to another system's endpoint. Redirects are refused: the client's own credential goes along. */
import type { ClientNotifier } from '../intermediary/client-deliveries.ts'
import { exchangeHttp } from './http-exchange.ts'

/** An answer to a notification says nothing that we need. */
const MAX_ANSWER_BYTES = 64_000

export function createClientNotifier(send: typeof fetch): ClientNotifier {
  return async ({ endpoint, contentType, headers, body, timeoutMs }) => {
    const all = [...headers, ['content-type', contentType] as const].map(([name, value]): [string, string] => [
      name,
      value,
    ])
    const init: RequestInit = { method: 'POST', headers: all, body: Buffer.from(body) }
    const answer = await exchangeHttp(send, endpoint.href, init, timeoutMs, MAX_ANSWER_BYTES)
    return answer.ok && answer.value.status >= 200 && answer.value.status < 300
  }
}
