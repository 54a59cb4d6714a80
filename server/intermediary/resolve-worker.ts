/**
 * What becomes of a request whose fate nobody knows, in four steps (design.md, After a time-out): wait for the answer or a
 * notification; resend the same bytes to a payer that deduplicates; ask once, and believe only a trace-number match; then a
 * person decides. Never lost, never decided twice.
 */
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import { millisecondsBetween } from '#domain/time.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import { inquireOnce } from './inquire-worker.ts'
import { lockSubmission, recordUnknown } from './record-outcome.ts'
import { readStoredRequest } from './stored-request.ts'
import { settle } from './submit-worker.ts'
import { recodeRequest, versionOfPayer } from './versions.ts'

const idOf = (job: LeasedJob): string => String(job.payload['id'])
const find = (deps: IntermediaryDeps, job: LeasedJob): Promise<SubmissionRow | undefined> =>
  deps.store.read((tx) => deps.store.submissions.find(tx, job.tenant, idOf(job)))

async function complete(deps: IntermediaryDeps, job: LeasedJob): Promise<void> {
  await deps.store.transaction((tx) => deps.store.jobs.complete(tx, job, deps.now()))
}

/** Moves an open request to a step and its job to when that step is due; ends the job where nothing more is automatic. */
async function moveTo(
  deps: IntermediaryDeps,
  job: LeasedJob,
  step: 'waiting' | 'resending' | 'inquiring' | 'person',
  inSeconds: number | null,
): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const row = await lockSubmission(deps, tx, job.tenant, idOf(job))
    const isOpen = row?.state === 'sending' || row?.state === 'unknown'
    const nextAt = row !== undefined && isOpen ? await recordUnknown(deps, tx, row, step, inSeconds) : null
    if (nextAt === null) await deps.store.jobs.complete(tx, job, deps.now())
    else await deps.store.jobs.postpone(tx, job, nextAt)
  })
}

/** How often the same bytes were sent again so far; a resend counts as an attempt. */
async function resend(deps: IntermediaryDeps, job: LeasedJob, seen: SubmissionRow): Promise<void> {
  const payer = findPayer(deps, seen.payerId)
  if (payer === undefined) return moveTo(deps, job, 'person', null)
  const begun = await deps.store.transaction(async (tx) => {
    const row = await lockSubmission(deps, tx, seen.tenant, seen.id)
    if (row?.state !== 'unknown') return undefined
    const attempts = row.attempts + 1
    await deps.store.submissions.update(tx, { tenant: row.tenant, id: row.id }, { attempts })
    const { bytes, request } = await readStoredRequest(deps, tx, row)
    return { row: { ...row, attempts }, bytes, sequences: request.sequences }
  })
  if (begun === undefined) return complete(deps, job)
  const bytesOfPayer = recodeRequest(begun.bytes, begun.row.pasVersion, versionOfPayer(deps, payer.id))
  const answer = await deps.channelOf(payer).submit(bytesOfPayer, deps.settings.payerLegMs)
  const settled = answer.kind !== 'not-sent' && (await settle(deps, begun.row, answer, begun.sequences))
  if (settled) return complete(deps, job)
  const resent = begun.row.attempts - Number(job.payload['attempt'] ?? 1)
  const pause = deps.settings.resendSeconds[resent]
  return pause === undefined ? moveTo(deps, job, 'inquiring', 0) : moveTo(deps, job, 'resending', pause)
}

/** Handler of `pas-resolve`: one job walks a request through the steps, postponing itself in between. */
export function createResolveHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  return async (job) => {
    const row = await find(deps, job)
    const isOurs = row !== undefined && (row.state === 'unknown' || row.attempts === Number(job.payload['attempt']))
    if (row === undefined || !isOurs || !['sending', 'unknown'].includes(row.state)) return complete(deps, job)
    if (row.state === 'sending') return moveTo(deps, job, 'waiting', deps.settings.waitSeconds)
    const early = row.nextAt === null ? 0 : millisecondsBetween(deps.now(), row.nextAt)
    if (early > 0 && row.nextAt !== null) {
      const until = row.nextAt
      await deps.store.transaction((tx) => deps.store.jobs.postpone(tx, job, until))
      return
    }
    const deduplicates = findPayer(deps, row.payerId)?.pas?.deduplicates === true
    switch (row.unknownStep) {
      case 'waiting':
        return moveTo(
          deps,
          job,
          deduplicates ? 'resending' : 'inquiring',
          deduplicates ? (deps.settings.resendSeconds[0] ?? 0) : 0,
        )
      case 'resending':
        return resend(deps, job, row)
      case 'inquiring':
        if ((await inquireOnce(deps, row)) === 'taken') return complete(deps, job)
        return moveTo(deps, job, 'person', null)
      case 'person':
      case null:
        return complete(deps, job)
    }
  }
}
