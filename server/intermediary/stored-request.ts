/** A request that was taken in, read again from its bytes. */
import type { Bundle, FhirResource } from 'fhir/r4'
import { readPasRequest, type PasRequest } from '#domain/pas/pas-request.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'

/** The request's own bytes and what they say. */
export async function readStoredRequest(
  deps: Pick<IntermediaryDeps, 'store'>,
  tx: Tx,
  row: SubmissionRow,
): Promise<{ bytes: Uint8Array; bundle: Bundle<FhirResource>; request: PasRequest }> {
  const exchange = await deps.store.exchanges.find(tx, row.tenant, row.bundleExchangeId)
  if (exchange === undefined) throw new Error('a submission has lost its bytes')
  const bundle = JSON.parse(new TextDecoder().decode(exchange.body)) as Bundle<FhirResource>
  const request = readPasRequest(bundle)
  if (request === undefined) throw new Error('a stored request is not readable')
  return { bytes: exchange.body, bundle, request }
}
