/** Why a payer gave no usable answer, by HTTP class (crd.md §2.4). 400 and 422 mean the same to a client. */
import type { Failure } from '../result.ts'
import { asArray, asObject, asText } from './json.ts'

export type PayerFailure = Failure<
  | 'payer-rejected-request'
  | 'payer-refused-access'
  | 'payer-needs-prefetch'
  | 'payer-service-missing'
  | 'payer-busy'
  | 'payer-unavailable'
  | 'payer-timeout'
  | 'payer-nonsense'
  | 'payer-answer-too-large'
> & { readonly status: number | null }

function reasonOf(status: number): PayerFailure['reason'] {
  if (status === 400 || status === 422) return 'payer-rejected-request'
  if (status === 401 || status === 403) return 'payer-refused-access'
  if (status === 404 || status === 410) return 'payer-service-missing'
  if (status === 412) return 'payer-needs-prefetch'
  if (status === 429) return 'payer-busy'
  return status >= 500 ? 'payer-unavailable' : 'payer-nonsense'
}

/** FHIRPaths of an OperationOutcome's issues, where the body holds one; the body may be absent or plain text. */
function expressionOf(body: unknown): string | undefined {
  const outcome = asObject(body)
  if (outcome?.['resourceType'] !== 'OperationOutcome') return undefined
  for (const issue of asArray(outcome['issue'])) {
    const object = asObject(issue)
    const found = asText(asArray(object?.['expression'])[0]) ?? asText(asArray(object?.['location'])[0])
    if (found !== undefined) return found
  }
  return undefined
}

/** Classifies an HTTP answer that is not a 2xx. Its text is not carried: it may hold anything; the raw bytes are kept. */
export function readPayerFailure(status: number, body: unknown): PayerFailure {
  const path = expressionOf(body)
  return { reason: reasonOf(status), status, ...(path === undefined ? {} : { path }) }
}
