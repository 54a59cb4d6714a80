/**
 * Documents that a payer asked for, on their way (CDex `$submit-attachment`, pas.md §6.4): each call is stored before it
 * leaves, they go one after the other, and the case is told when the last was taken, or one was refused. A payer that gives
 * no answer, or a 5xx, is tried again by the outbox, for as long as makes sense; then the case says that it did not answer, and
 * a person goes on.
 */
import type { Parameters } from 'fhir/r4'
import { encodeJson } from '../clients/http-exchange.ts'
import { routeOf } from '../config.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { Tx } from '../store/tx.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import type { ChannelAnswer } from './payer-channel.ts'
import { readRefusal } from './record-outcome.ts'
import { ATTACH_JOB, enqueueWork } from './work.ts'

export interface Attachments {
  readonly tenant: string
  readonly caseId: string
  readonly requestId: string
  readonly payerId: string
  readonly calls: readonly Parameters[]
  readonly at: string
}

interface Work {
  readonly caseId: string
  readonly requestId: string
  readonly payerId: string
  /** Stored calls that are still to be sent, in order. */
  readonly exchangeIds: readonly string[]
}

/** Stores the calls and the job that sends the first. */
export async function enqueueAttachments(
  deps: Pick<IntermediaryDeps, 'store' | 'newId'>,
  tx: Tx,
  { tenant, caseId, requestId, payerId, calls, at }: Attachments,
): Promise<void> {
  const exchangeIds: string[] = []
  for (const call of calls) {
    const id = deps.newId()
    exchangeIds.push(id)
    await deps.store.exchanges.insert(tx, {
      tenant,
      id,
      caseId,
      requestId: null,
      direction: 'out',
      kind: 'pas-attachment',
      partner: payerId,
      contentType: 'application/fhir+json',
      httpStatus: null,
      body: encodeJson(call),
      at,
    })
  }
  const payload: Work = { caseId, requestId, payerId, exchangeIds }
  await enqueueWork(deps, tx, { tenant, kind: ATTACH_JOB, payload: { ...payload } }, at)
}

/** Handler of `pas-attach`. Throws where nobody knows whether the payer has it, while it may be sent again. */
export function createAttachHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const work = job.payload as unknown as Work
    const [exchangeId, ...left] = work.exchangeIds
    const call = exchangeId && (await store.read((tx) => store.exchanges.find(tx, job.tenant, exchangeId)))
    const payer = findPayer(deps, work.payerId)
    if (!call || payer === undefined) throw new Error('attachments have lost their bytes, or their payer')
    // Asked for anew: what may be called may have changed since a person sent it.
    const payerUrl = await store.read((tx) => deps.cases.addressFor(tx, { tenant: job.tenant, ...work }))
    const route = routeOf(payer, payerUrl)
    if (route.kind !== 'send') return giveUp(deps, job, work)
    const answer = await deps.channelOf(payer).attach(route.to, call.body, deps.settings.attachMs)
    if (answer.kind === 'not-sent' || answer.kind === 'lost') {
      if (job.attempts >= deps.settings.attachTries) return giveUp(deps, job, work)
      throw new Error(`the payer did not answer: ${answer.reason}`)
    }
    await store.transaction(async (tx) => {
      const at = deps.now()
      // Case before job, as everywhere.
      await store.cases.lock(tx, job.tenant, work.caseId)
      if (!(await store.jobs.complete(tx, job, at))) throw new Error('the lease was lost')
      await keepAnswer(deps, tx, { tenant: job.tenant, ...work, requestId: call.id }, answer, at)
      if (answer.kind === 'answered' && left.length > 0) {
        const payload = { ...work, exchangeIds: left }
        await enqueueWork(deps, tx, { tenant: job.tenant, kind: ATTACH_JOB, payload }, at)
        return
      }
      const status = answer.kind === 'answered' ? 'received' : 'refused'
      const reason = answer.kind === 'refused' ? (readRefusal(answer.json, answer.status)[0]?.text ?? null) : null
      await deps.cases.attached(tx, { tenant: job.tenant, ...work, status, reason, at })
    })
  }
}

/** Ends it without an answer: a person goes on. */
async function giveUp(deps: IntermediaryDeps, job: LeasedJob, work: Work): Promise<void> {
  const { store } = deps
  await store.transaction(async (tx) => {
    const at = deps.now()
    await store.cases.lock(tx, job.tenant, work.caseId)
    if (!(await store.jobs.complete(tx, job, at))) throw new Error('the lease was lost')
    await deps.cases.attached(tx, { tenant: job.tenant, ...work, status: 'unanswered', reason: null, at })
  })
}

async function keepAnswer(
  deps: IntermediaryDeps,
  tx: Tx,
  about: { tenant: string; caseId: string; payerId: string; requestId: string },
  answer: Extract<ChannelAnswer, { kind: 'answered' | 'refused' }>,
  at: string,
): Promise<void> {
  await deps.store.exchanges.insert(tx, {
    tenant: about.tenant,
    id: deps.newId(),
    caseId: about.caseId,
    requestId: about.requestId,
    direction: 'in',
    kind: 'pas-attachment-answer',
    partner: about.payerId,
    contentType: answer.contentType,
    httpStatus: answer.status,
    body: answer.body,
    at,
  })
}
