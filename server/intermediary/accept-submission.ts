/**
 * The app's door (docs/decisions, Sending): a request is stored with its bytes and its outbox job in the caller's
 * transaction, and leaves from the outbox alone. Another system's takes the short way (`send-directly.ts`).
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { readPasRequest } from '#domain/pas/pas-request.ts'
import { encodeJson } from '../clients/http-exchange.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'
import { newSubmissionRow } from './submission-row.ts'
import { enqueueWork, SUBMIT_JOB } from './work.ts'

/** `source` of a submission that our own app made. */
export const APP = 'app'

export interface Submission {
  readonly tenant: string
  readonly caseId: string
  /** Minted by the browser; unique per (tenant, case). */
  readonly submissionId: string
  readonly payerId: string
  /** Must have passed `validatePasRequestBundle`. */
  readonly bundle: Bundle<FhirResource>
  readonly at: string
}

/**
 * Stores a request and its job. Gives the submission row's id; undefined where the same submission (tenant, case,
 * submissionId) was taken in before: nothing is stored then.
 */
export async function acceptSubmission(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  submission: Submission,
): Promise<string | undefined> {
  const { tenant, caseId, submissionId, payerId, bundle, at } = submission
  const { store, newId } = deps
  const request = readPasRequest(bundle)
  if (request === undefined) throw new Error('acceptSubmission was given a Bundle that was not checked')
  const id = newId()
  const exchangeId = newId()
  const row = newSubmissionRow(request, {
    tenant,
    id,
    caseId,
    submissionId,
    source: APP,
    payerId,
    bundleExchangeId: exchangeId,
    state: 'queued',
    attempts: 0,
    createdAt: at,
    sentAt: null,
    pasVersion: '2.2.1',
  })
  if (!(await store.submissions.insert(tx, row))) return undefined
  await store.exchanges.insert(tx, {
    tenant,
    id: exchangeId,
    caseId,
    requestId: null,
    direction: 'out',
    kind: 'pas-request',
    partner: payerId,
    contentType: 'application/fhir+json',
    httpStatus: null,
    body: encodeJson(bundle),
    at,
  })
  await store.events.append(tx, {
    tenant,
    caseId,
    at,
    kind: 'pas-accepted',
    actor: null,
    payload: { submissionRowId: id, exchangeId, bundleIdentifier: request.bundleIdentifier },
  })
  await enqueueWork(deps, tx, { tenant, kind: SUBMIT_JOB, payload: { id }, dedupe: `${id}:0` }, at)
  return id
}
