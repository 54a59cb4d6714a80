/**
 * The present answer to another system's own request, read by the address that its id-only notifications name (PAS 2.0.1).
 * Of a request that another client sent, or under the other version, there is nothing to be found.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { readNamedAnswer } from '#domain/pas/named-answer.ts'
import { err, ok, type Result } from '#domain/result.ts'
import { encodeJson, parseJsonBody } from '../clients/http-exchange.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { Asking } from './client-subscriptions.ts'
import type { IntermediaryDeps } from './deps.ts'
import { endpointBase } from './endpoint.ts'

/** Where the answer to this request can be read by who sent it. */
export const answerAddress = (deps: Pick<IntermediaryDeps, 'config'>, row: SubmissionRow): string =>
  `${endpointBase(deps.config.baseUrl, row.pasVersion)}/ClaimResponse/${row.id}`

/** The ClaimResponse as JSON bytes. Fails with `not-found`. */
export async function readAnswer(
  { store }: Pick<IntermediaryDeps, 'store'>,
  { client, version }: Asking,
  id: string,
): Promise<Result<Uint8Array, { readonly reason: 'not-found' }>> {
  const kept = await store.read(async (tx) => {
    const row = await store.submissions.find(tx, client.tenant, id)
    if (row?.source !== client.clientId || row.pasVersion !== version) return undefined
    const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
    return store.idempotency.read(tx, key)
  })
  if (kept?.status !== 200) return err({ reason: 'not-found' })
  const answer = parseJsonBody(kept.body) as Bundle<FhirResource>
  const response = readNamedAnswer(answer, id)
  return response === undefined ? err({ reason: 'not-found' }) : ok(encodeJson(response))
}
