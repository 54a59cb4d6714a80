/**
 * Sends a request, once. Before a byte leaves, the request is marked as sending, its job is done and the job that resolves
 * an unknown outcome is waiting: whenever the server dies, that one wakes up, and nothing is sent again by accident.
 */
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { addDuration } from '#domain/time.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import type { ChannelAnswer } from './payer-channel.ts'
import { keepExchange, lockSubmission, recordAnswer, recordRefusal, recordUnknown } from './record-outcome.ts'
import { readStoredRequest } from './stored-request.ts'
import { recodeRequest, versionOfPayer } from './versions.ts'
import { enqueueWork, RESOLVE_JOB, SUBMIT_JOB } from './work.ts'

const idOf = (job: LeasedJob): string => String(job.payload['id'])

/** Marks the request as sending; undefined where it is not waiting to be sent (any more). */
async function beginSending(
  deps: IntermediaryDeps,
  job: LeasedJob,
): Promise<{ row: SubmissionRow; bytes: Uint8Array; sequences: readonly number[] } | undefined> {
  return deps.store.transaction(async (tx) => {
    const at = deps.now()
    const row = await lockSubmission(deps, tx, job.tenant, idOf(job))
    if (!(await deps.store.jobs.complete(tx, job, at))) throw new Error('the lease was lost')
    if (row?.state !== 'queued') return undefined
    const attempts = row.attempts + 1
    await deps.store.submissions.update(
      tx,
      { tenant: row.tenant, id: row.id },
      { state: 'sending', attempts, sentAt: row.sentAt ?? at },
    )
    const runAt = addDuration(at, { seconds: Math.ceil(deps.settings.payerLegMs / 1000) })
    const dedupe = `${row.id}:${attempts}`
    const payload = { id: row.id, attempt: attempts }
    await enqueueWork(deps, tx, { tenant: row.tenant, kind: RESOLVE_JOB, payload, dedupe, runAt }, at)
    const { bytes, request } = await readStoredRequest(deps, tx, row)
    return { row: { ...row, attempts, state: 'sending' }, bytes, sequences: request.sequences }
  })
}

/** Never arrived: try again after a pause, a few times; then it is plainly not sent. */
async function retryOrGiveUp(
  deps: IntermediaryDeps,
  sent: SubmissionRow,
  answer: Extract<ChannelAnswer, { kind: 'not-sent' }>,
): Promise<void> {
  const pause = deps.settings.retrySeconds[sent.attempts - 1]
  await deps.store.transaction(async (tx) => {
    const row = await lockSubmission(deps, tx, sent.tenant, sent.id)
    if (row === undefined || row.attempts !== sent.attempts || !['sending', 'unknown'].includes(row.state)) return
    if (pause === undefined) return recordRefusal(deps, tx, row, answer)
    const at = deps.now()
    const where = { tenant: row.tenant, id: row.id }
    await deps.store.submissions.update(tx, where, {
      state: 'queued',
      unknownSince: null,
      unknownStep: null,
      nextAt: null,
    })
    const runAt = addDuration(at, { seconds: pause })
    const dedupe = `${row.id}:${row.attempts}`
    await enqueueWork(deps, tx, { tenant: row.tenant, kind: SUBMIT_JOB, payload: { id: row.id }, dedupe, runAt }, at)
  })
}

/**
 * Writes down what came back. Gives whether it settles the request: an answer that cannot be read, or none, does not.
 */
export async function settle(
  deps: IntermediaryDeps,
  sent: SubmissionRow,
  answer: ChannelAnswer,
  sequences: readonly number[],
): Promise<boolean> {
  const read =
    answer.kind === 'answered'
      ? readPasResponse(answer.json, { version: versionOfPayer(deps, sent.payerId), requestedSequences: sequences })
      : undefined
  return deps.store.transaction(async (tx) => {
    const row = await lockSubmission(deps, tx, sent.tenant, sent.id)
    if (row === undefined) return true
    if (answer.kind === 'answered' && read?.ok === true) {
      await recordAnswer(deps, tx, row, { ...answer, kind: 'pas-answer', response: read.value })
      return true
    }
    const isOpen = row.state === 'sending' || row.state === 'unknown'
    if (answer.kind === 'refused' && isOpen) {
      await recordRefusal(deps, tx, row, answer)
      return true
    }
    if ((answer.kind === 'answered' || answer.kind === 'lost') && answer.body !== null && answer.body.length > 0)
      await keepExchange(deps, tx, row, { ...answer, body: answer.body, kind: 'pas-nonsense', at: deps.now() })
    if (row.state === 'sending') await recordUnknown(deps, tx, row, 'waiting', deps.settings.waitSeconds)
    return !isOpen
  })
}

/** What becomes of a request after it was sent, or could not be. */
export async function conclude(
  deps: IntermediaryDeps,
  sent: SubmissionRow,
  answer: ChannelAnswer,
  sequences: readonly number[],
): Promise<void> {
  if (answer.kind === 'not-sent') await retryOrGiveUp(deps, sent, answer)
  else await settle(deps, sent, answer, sequences)
}

/** Tells the case *sent, no answer yet* when the payer takes its time. */
async function announceSent(deps: IntermediaryDeps, sent: SubmissionRow): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await lockSubmission(deps, tx, sent.tenant, sent.id)
    if (row?.state !== 'sending' || row.caseId === null) return
    await deps.cases.sent(tx, { tenant: row.tenant, caseId: row.caseId, submissionRowId: row.id, at: deps.now() })
  })
}

/**
 * Handler of `pas-submit`. Returns when the payer's share of time is over; a late answer on the same connection is still
 * taken, in `background`.
 */
export function createSubmitHandler(
  deps: IntermediaryDeps,
  background: (work: Promise<unknown>) => void,
): (job: LeasedJob) => Promise<void> {
  const send = async (begun: {
    row: SubmissionRow
    bytes: Uint8Array
    sequences: readonly number[]
  }): Promise<void> => {
    const payer = findPayer(deps, begun.row.payerId)
    const announce = setTimeout(() => background(announceSent(deps, begun.row)), deps.settings.sentAfterMs)
    const answer: ChannelAnswer =
      payer === undefined
        ? { kind: 'not-sent', reason: 'unreachable' }
        : await deps
            .channelOf(payer)
            .submit(
              recodeRequest(begun.bytes, begun.row.pasVersion, versionOfPayer(deps, payer.id)),
              deps.settings.listenMs,
            )
    clearTimeout(announce)
    await conclude(deps, begun.row, answer, begun.sequences)
  }

  return async (job) => {
    const begun = await beginSending(deps, job)
    if (begun === undefined) return
    const work = send(begun)
    background(work)
    await Promise.race([work.catch(() => undefined), delay(deps.settings.payerLegMs)])
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
