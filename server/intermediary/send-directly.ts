/**
 * The short way of another system's request: taken in and marked as sending in one statement, sent at once, the answer
 * written down in one more. The job that resolves an unknown outcome is stored before a byte leaves, so a server that dies
 * here loses nothing. Every course but a plain answer is that of the outbox's workers.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { buildPasMetricRecord } from '#domain/pas/metric-record.ts'
import type { PasRequest } from '#domain/pas/pas-request.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { addDuration } from '#domain/time.ts'
import type { PayerConfig } from '../config.ts'
import type { DirectRequest } from '../store/repositories/direct-submissions.ts'
import type { ChainEnd } from '../store/repositories/events.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { IntermediaryDeps } from './deps.ts'
import type { ChannelAnswer } from './payer-channel.ts'
import { newSubmissionRow } from './submission-row.ts'
import { conclude } from './submit-worker.ts'
import { recodeRequest, versionOfPayer } from './versions.ts'
import { FOR_EVER, RESOLVE_JOB } from './work.ts'

export interface DirectSubmission {
  readonly tenant: string
  readonly clientId: string
  readonly payer: PayerConfig
  readonly bundle: Bundle<FhirResource>
  readonly request: PasRequest
  readonly bytes: Uint8Array
  readonly sha256: string
  /** Of `bytes`. */
  readonly pasVersion: PasVersion
}

export interface Sent {
  readonly row: SubmissionRow
  readonly end: NonNullable<ChainEnd>
}

/** Takes a request in, marked as sending; undefined where its Bundle.identifier was used before by this client. */
export async function acceptAsSending(deps: IntermediaryDeps, submission: DirectSubmission): Promise<Sent | undefined> {
  const { tenant, clientId, request } = submission
  const at = deps.now()
  const row = newSubmissionRow(request, {
    tenant,
    id: deps.newId(),
    caseId: null,
    submissionId: null,
    source: clientId,
    payerId: submission.payer.id,
    bundleExchangeId: deps.newId(),
    state: 'sending',
    attempts: 1,
    createdAt: at,
    sentAt: at,
    pasVersion: submission.pasVersion,
  })
  const direct: DirectRequest = {
    key: keyOf(row),
    bodySha256: submission.sha256,
    submission: row,
    exchange: {
      tenant,
      id: row.bundleExchangeId,
      caseId: null,
      requestId: null,
      direction: 'in',
      kind: 'pas-request',
      partner: clientId,
      contentType: 'application/fhir+json',
      httpStatus: null,
      body: submission.bytes,
      at,
    },
    event: {
      tenant,
      caseId: row.id,
      at,
      kind: 'pas-accepted',
      actor: clientId,
      payload: {
        submissionRowId: row.id,
        exchangeId: row.bundleExchangeId,
        bundleIdentifier: request.bundleIdentifier,
      },
    },
    job: {
      tenant,
      id: deps.newId(),
      ...resolveJobOf(row),
      payload: { id: row.id, attempt: row.attempts },
      runAt: addDuration(at, { seconds: Math.ceil(deps.settings.payerLegMs / 1000) }),
      maxAttempts: FOR_EVER,
    },
  }
  const end = await deps.store.statement((db) => deps.store.directSubmissions.accept(db, direct))
  return end && { row, end }
}

/** Sends it. Gives the payer's answer as it will be replayed; undefined where what came back is no plain answer. */
export async function sendDirectly(
  deps: IntermediaryDeps,
  submission: DirectSubmission,
  sent: Sent,
): Promise<{ status: number; body: Uint8Array } | undefined> {
  const version = versionOfPayer(deps, submission.payer.id)
  const bytes = recodeRequest(submission.bytes, submission.pasVersion, version)
  const answer = await deps.channelOf(submission.payer).submit(bytes, deps.settings.listenMs)
  // An answer in another version than the client's is written anew for it, the longer way.
  const isPlain = answer.kind === 'answered' && version === submission.pasVersion
  if (isPlain && (await writeAnswer(deps, submission, sent, answer))) return { status: 200, body: answer.body }
  await conclude(deps, sent.row, answer, submission.request.sequences)
  return undefined
}

async function writeAnswer(
  deps: IntermediaryDeps,
  { bundle, request }: DirectSubmission,
  { row, end }: Sent,
  answer: Extract<ChannelAnswer, { kind: 'answered' }>,
): Promise<boolean> {
  const read = readPasResponse(answer.json, { version: row.pasVersion, requestedSequences: request.sequences })
  if (!read.ok) return false
  const at = deps.now()
  const { tenant, payerId } = row
  const exchangeId = deps.newId()
  return deps.store.statement((db) =>
    deps.store.directSubmissions.answer(db, {
      key: keyOf(row),
      submission: row,
      exchange: {
        tenant,
        id: exchangeId,
        caseId: null,
        requestId: row.bundleExchangeId,
        direction: 'in',
        kind: 'pas-answer',
        partner: payerId,
        contentType: answer.contentType,
        httpStatus: answer.status,
        body: answer.body,
        at,
      },
      event: {
        tenant,
        caseId: row.id,
        at,
        kind: 'pas-answered',
        actor: payerId,
        payload: { submissionRowId: row.id, exchangeId, rollUp: read.value.rollUp },
      },
      end,
      pended: read.value.rollUp === 'pended',
      reference: read.value.reference,
      job: resolveJobOf(row),
      // Both messages are at hand; later they would have to be opened and read anew (record-metrics.ts).
      metric: buildPasMetricRecord({
        source: 'intermediary-src',
        bundle,
        claim: request.claim,
        response: read.value,
        sentAt: row.sentAt ?? row.createdAt,
        answeredAt: at,
        httpStatus: answer.status,
        cameBy: 'response',
        earlier: null,
        documents: [],
        lineOfBusiness: null,
      }),
      at,
    }),
  )
}

const keyOf = ({ tenant, source, bundleIdentifier }: SubmissionRow) => ({ tenant, clientId: source, bundleIdentifier })

const resolveJobOf = ({ id, attempts }: SubmissionRow) => ({ kind: RESOLVE_JOB, dedupe: `${id}:${String(attempts)}` })
