/**
 * Writes down what became of a request: one transaction each, with the bytes, the submission's state and what the case is
 * told. Locks come in one order, case before submission: the app's own changes begin with the case.
 */
import { buildErrorResponse } from '#domain/pas/pended-response.ts'
import type { PasError, PasResponse } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { relayRefusal } from '#domain/pas/refusal.ts'
import { addDuration } from '#domain/time.ts'
import { isStale, type KnownAnswer } from '#domain/tracking/apply-answer.ts'
import { encodeJson, parseJsonBody } from '../clients/http-exchange.ts'
import type { SubmissionPatch, SubmissionRow } from '../store/repositories/submissions.ts'
import type { Tx } from '../store/tx.ts'
import { APP } from './accept-submission.ts'
import { findAnswer } from './answer-inquiry.ts'
import type { UnknownStep } from './case-updates.ts'
import type { IntermediaryDeps } from './deps.ts'
import { notifyClient } from './notify-client.ts'
import { measure } from './record-metrics.ts'
import { readStoredRequest } from './stored-request.ts'
import type { ChannelAnswer } from './payer-channel.ts'
import { recodeResponse, versionOfPayer } from './versions.ts'

/** Who waits for an answer listens here: payload `tenant/submissionRowId`. */
export const ANSWER_CHANNEL = 'precert_pas_answer'

type Kind = 'pas-answer' | 'pas-inquiry-answer' | 'pas-notification'

/** Reads and holds a submission (and its case first). */
export async function lockSubmission(
  deps: Pick<IntermediaryDeps, 'store'>,
  tx: Tx,
  tenant: string,
  id: string,
): Promise<SubmissionRow | undefined> {
  const seen = await deps.store.submissions.find(tx, tenant, id)
  if (seen?.caseId) await deps.store.cases.lock(tx, tenant, seen.caseId)
  return deps.store.submissions.lock(tx, tenant, id)
}

/** Keeps what came in; gives the exchange's id. */
export async function keepExchange(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  row: SubmissionRow,
  message: {
    kind: Kind | 'pas-refusal' | 'pas-nonsense' | 'pas-pended'
    body: Uint8Array
    contentType: string | null
    status: number | null
    at: string
    direction?: 'in' | 'out'
  },
): Promise<string> {
  const id = deps.newId()
  await deps.store.exchanges.insert(tx, {
    tenant: row.tenant,
    id,
    caseId: row.caseId,
    requestId: row.bundleExchangeId,
    direction: message.direction ?? 'in',
    kind: message.kind,
    partner: message.direction === 'out' ? row.source : row.payerId,
    contentType: message.contentType,
    httpStatus: message.status,
    body: message.body,
    at: message.at,
  })
  return id
}

async function close(deps: IntermediaryDeps, tx: Tx, row: SubmissionRow, patch: SubmissionPatch): Promise<void> {
  await deps.store.submissions.update(
    tx,
    { tenant: row.tenant, id: row.id },
    { unknownSince: null, unknownStep: null, nextAt: null, pended: false, ...patch },
  )
  await deps.store.notify(tx, ANSWER_CHANNEL, `${row.tenant}/${row.id}`)
}

/** Another system's repeated `$submit` gets this answer from now on; one that had another before is notified. */
async function keepForReplay(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  status: number,
  body: Uint8Array,
): Promise<void> {
  if (row.source === APP) return
  const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
  const wasAnswered = await deps.store.idempotency.finish(tx, key, { httpStatus: status, body })
  if (!wasAnswered) return
  const readSender = async (): Promise<string | null> =>
    (await readStoredRequest(deps, tx, row)).request.interchangeSenderId
  await notifyClient(deps, tx, row, body, readSender)
}

/** The last answer to a request, as its order counts; undefined where it cannot be read. */
const knownOf = (last: PasResponse | undefined): KnownAnswer | undefined =>
  last && { createdAt: last.createdAt, decided: last.rollUp !== 'pended' && last.rollUp !== 'unknown' }

/**
 * Whether this answer is known already, or a newer one: payers repeat themselves, and out of order. A repetition to the app
 * is no harm: the case knows it by itself.
 */
async function isOldNews(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  response: PasResponse,
  body: Uint8Array,
): Promise<boolean> {
  if (row.state !== 'answered') return false
  if (row.source === APP) {
    const exchange =
      row.answerExchangeId === null ? undefined : await deps.store.exchanges.find(tx, row.tenant, row.answerExchangeId)
    const { request } = await readStoredRequest(deps, tx, row)
    const known = knownOf(findAnswer(row, request, exchange, versionOfPayer(deps, row.payerId))?.response)
    return known !== undefined && isStale(response, known)
  }
  const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
  const kept = await deps.store.idempotency.read(tx, key)
  if (kept === undefined) return false
  if (Buffer.compare(kept.body, body) === 0) return true
  const last = readPasResponse(parseJsonBody(kept.body), { version: row.pasVersion })
  const known = knownOf(last.ok ? last.value : undefined)
  return known !== undefined && isStale(response, known)
}

/** The payer answered. `exchangeId` where the bytes are kept already (notifications). */
export async function recordAnswer(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  answer: {
    kind: Kind
    response: PasResponse
    /** The PAS response Bundle as bytes. */
    body: Uint8Array
    contentType: string | null
    status: number
    exchangeId?: string
  },
): Promise<void> {
  const at = deps.now()
  const exchangeId = answer.exchangeId ?? (await keepExchange(deps, tx, row, { ...answer, at }))
  const ofClient =
    row.source === APP ? answer.body : recodeResponse(answer.body, versionOfPayer(deps, row.payerId), row.pasVersion)
  if (await isOldNews(deps, tx, row, answer.response, ofClient)) return
  // The times of the answer before this one would be lost with it.
  if (row.state === 'answered' && row.metricAt === null) await measure(deps, tx, row)
  await close(deps, tx, row, {
    state: 'answered',
    answeredAt: at,
    pended: answer.response.rollUp === 'pended',
    answerExchangeId: exchangeId,
    // An answer without a name of its own leaves the one that is known.
    answerReference: answer.response.reference ?? row.answerReference,
    metricAt: null,
  })
  await keepForReplay(deps, tx, row, 200, ofClient)
  if (row.caseId === null) {
    const payload = { submissionRowId: row.id, exchangeId, rollUp: answer.response.rollUp }
    await deps.store.events.append(tx, {
      tenant: row.tenant,
      caseId: row.id,
      at,
      kind: 'pas-answered',
      actor: row.payerId,
      payload,
    })
    return
  }
  await deps.cases.answered(tx, {
    tenant: row.tenant,
    caseId: row.caseId,
    submissionRowId: row.id,
    response: answer.response,
    decisionSource: 'payer',
    exchangeId,
    at,
  })
}

/** OperationOutcome issues as errors for the case; a refusal without any still is one. */
export function readRefusal(json: unknown, status: number): PasError[] {
  const none = { text: null, followUp: null, element: null, path: null, note: null }
  const issues = (json as { issue?: unknown } | null | undefined)?.issue
  const read = (Array.isArray(issues) ? (issues as unknown[]) : []).flatMap((issue): PasError[] => {
    if (typeof issue !== 'object' || issue === null) return []
    const { code, details, diagnostics, expression } = issue as {
      code?: unknown
      details?: { text?: unknown }
      diagnostics?: unknown
      expression?: unknown
    }
    const text = [details?.text, diagnostics].find((one) => typeof one === 'string')
    const path: unknown = Array.isArray(expression) ? expression[0] : undefined
    return [
      {
        ...none,
        code: typeof code === 'string' ? code : 'invalid',
        text: typeof text === 'string' ? text : null,
        path: typeof path === 'string' ? path : null,
      },
    ]
  })
  return read.length > 0 ? read : [{ ...none, code: `http-${status}` }]
}

/**
 * What another system learns of a refusal: the payer's own words where it is the first answer. After a pended one, and for
 * a request that never arrived, an error response of ours (pas.md §7, error after pend).
 */
async function answerRefused(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  answer: Extract<ChannelAnswer, { kind: 'refused' | 'not-sent' }>,
): Promise<void> {
  const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
  if (answer.kind === 'refused' && (await deps.store.idempotency.read(tx, key)) === undefined) {
    const { status, outcome } = relayRefusal(answer)
    return keepForReplay(deps, tx, row, status, outcome === undefined ? answer.body : encodeJson(outcome))
  }
  const { bundle } = await readStoredRequest(deps, tx, row)
  const isRefused = answer.kind === 'refused'
  const response = buildErrorResponse(bundle, {
    source: deps.config.baseUrl,
    createdAt: deps.now(),
    bundleIdentifier: { system: `${deps.config.baseUrl}/response`, value: deps.newId() },
    claimResponseId: deps.newUuid(),
    reason: isRefused ? 'refused' : 'not-sent',
    errors: isRefused ? readRefusal(answer.json, answer.status) : [],
  })
  await keepForReplay(deps, tx, row, 200, recodeResponse(encodeJson(response), '2.2.1', row.pasVersion))
}

/** The payer did not process it, or it never arrived: nothing is under way. */
export async function recordRefusal(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  answer: Extract<ChannelAnswer, { kind: 'refused' | 'not-sent' }>,
): Promise<void> {
  const at = deps.now()
  const isRefused = answer.kind === 'refused'
  const exchangeId = isRefused ? await keepExchange(deps, tx, row, { ...answer, kind: 'pas-refusal', at }) : null
  await close(deps, tx, row, { state: isRefused ? 'refused' : 'not-sent', answeredAt: isRefused ? at : null })
  if (row.source !== APP) await answerRefused(deps, tx, row, answer)
  if (row.caseId === null) {
    const payload = { submissionRowId: row.id, exchangeId }
    const kind = isRefused ? 'pas-refused' : 'pas-not-sent'
    await deps.store.events.append(tx, { tenant: row.tenant, caseId: row.id, at, kind, actor: row.payerId, payload })
    return
  }
  await deps.cases.refused(tx, {
    tenant: row.tenant,
    caseId: row.caseId,
    submissionRowId: row.id,
    reason: isRefused ? 'refused' : 'not-sent',
    errors: isRefused ? readRefusal(answer.json, answer.status) : [],
    exchangeId,
    at,
  })
}

/** Takes a request to a step of *unknown*; gives when the next step is due (null: a person decides). */
export async function recordUnknown(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  step: UnknownStep,
  inSeconds: number | null,
): Promise<string | null> {
  const at = deps.now()
  const since = row.unknownSince ?? at
  const nextAt = inSeconds === null ? null : addDuration(at, { seconds: inSeconds })
  const patch = { state: 'unknown', unknownSince: since, unknownStep: step, nextAt }
  await deps.store.submissions.update(tx, { tenant: row.tenant, id: row.id }, patch)
  if (row.caseId === null) return nextAt
  const about = { tenant: row.tenant, caseId: row.caseId, submissionRowId: row.id, at }
  await deps.cases.unknown(tx, { ...about, since, step, nextAt })
  return nextAt
}
