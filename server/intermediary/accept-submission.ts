/**
 * The one door (docs/decisions, Sending): a request is stored with its bytes and its outbox job in the caller's
 * transaction, and leaves from the outbox alone.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { readPasRequest } from '#domain/pas/pas-request.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'
import { enqueueWork, SUBMIT_JOB } from './work.ts'

/** `source` of a submission that our own app made. */
export const APP = 'app'

export interface Submission {
  readonly tenant: string
  /** Null for another system's request. */
  readonly caseId: string | null
  /** Minted by the browser, or null; unique per (tenant, case). */
  readonly submissionId: string | null
  readonly payerId: string
  /** Must have passed `validatePasRequestBundle`. */
  readonly bundle: Bundle<FhirResource>
  /** As received from another system; the app's own are written here. */
  readonly bytes?: Uint8Array
  /** Client id of the other system, or `app`. */
  readonly source?: string
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
  const source = submission.source ?? APP
  const inserted = await store.submissions.insert(tx, {
    tenant,
    id,
    caseId,
    submissionId,
    source,
    payerId,
    bundleIdentifier: request.bundleIdentifier,
    claimIdentifier: request.claimIdentifier,
    traceNumbers: request.traces,
    bundleExchangeId: exchangeId,
    state: 'queued',
    attempts: 0,
    unknownSince: null,
    unknownStep: null,
    nextAt: null,
    createdAt: at,
    sentAt: null,
    answeredAt: null,
  })
  if (!inserted) return undefined
  await store.exchanges.insert(tx, {
    tenant,
    id: exchangeId,
    caseId,
    requestId: null,
    direction: source === APP ? 'out' : 'in',
    kind: 'pas-request',
    partner: source === APP ? payerId : source,
    contentType: 'application/fhir+json',
    httpStatus: null,
    body: submission.bytes ?? new TextEncoder().encode(JSON.stringify(bundle)),
    at,
  })
  await store.events.append(tx, {
    tenant,
    caseId: caseId ?? id,
    at,
    kind: 'pas-accepted',
    actor: source === APP ? null : source,
    payload: { submissionRowId: id, exchangeId, bundleIdentifier: request.bundleIdentifier },
  })
  await enqueueWork(deps, tx, { tenant, kind: SUBMIT_JOB, payload: { id }, dedupe: `${id}:0` }, at)
  return id
}
