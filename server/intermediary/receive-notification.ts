/**
 * Takes a payer's notification in: authenticated by our own bearer, stored as bytes, matched, and left to the outbox, once
 * for each (subscription, event number). Late, repeated and foreign ones do no harm (pas.md §6.2).
 */
import { createHash } from 'node:crypto'
import type { Bundle, FhirResource } from 'fhir/r4'
import { readNotification, type PasNotification } from '#domain/pas/notification.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { readGap } from '#domain/pas/subscription-care.ts'
import type { Answered } from '#domain/tracking/answered-request.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { encodeJson, parseJsonBody } from '../clients/http-exchange.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps, UnmatchedReason } from './deps.ts'
import { findSubmission } from './find-submission.ts'
import { fetchNamedAnswer } from './fetch-named-answer.ts'
import { hashSecret } from './payer-subscriptions.ts'
import { dedupeOf, enqueueGap } from './recover-worker.ts'
import { lockSubmission, recordAnswer } from './record-outcome.ts'
import { readStoredRequest } from './stored-request.ts'
import { versionOfPayer } from './versions.ts'
import { enqueueWork, NOTIFICATION_JOB } from './work.ts'

export interface IncomingNotification {
  readonly payerId: string
  readonly bearer: string | null
  readonly body: Uint8Array
  readonly contentType: string | null
}

export type NotificationRefusal = Failure<'notification-unauthorized' | 'not-a-notification' | 'event-without-response'>

/** It lives, and so many events are known of; those that are missing are looked for after a while. */
async function noteHeard(
  deps: IntermediaryDeps,
  tx: Tx,
  seen: SubscriptionRow,
  notification: PasNotification,
): Promise<void> {
  const row = (await deps.store.subscriptions.lock(tx, seen.tenant, seen.id)) ?? seen
  const at = deps.now()
  const gap = readGap(row.eventCount, notification)
  if (gap !== null) await enqueueGap(deps, tx, row, gap, at)
  const numbers = notification.events.flatMap(({ number }) => number ?? [])
  // A handshake counts from the start: it says nothing of what has come since.
  const counted = notification.type === 'handshake' ? [] : [notification.eventsSinceStart ?? 0]
  const eventCount = Math.max(row.eventCount, ...numbers, ...counted)
  const patch = { status: 'active', eventCount, sentAt: at, updatedAt: at }
  await deps.store.subscriptions.update(tx, { tenant: row.tenant, id: row.id }, patch)
}

/** Stores a notification and its work; gives nothing: the payer is answered at once, whatever it was about. */
export async function receiveNotification(
  deps: IntermediaryDeps,
  incoming: IncomingNotification,
): Promise<Result<null, NotificationRefusal>> {
  const { store } = deps
  const { bearer } = incoming
  const subscription =
    bearer === null ? undefined : await store.read((tx) => store.subscriptions.findBySecret(tx, hashSecret(bearer)))
  if (subscription?.party !== 'payer' || subscription.partyId !== incoming.payerId)
    return err({ reason: 'notification-unauthorized' })
  const version = versionOfPayer(deps, incoming.payerId)
  const notification = readNotification(parseJsonBody(incoming.body), version)
  if (!notification.ok) return notification
  const { tenant } = subscription
  const sha256 = createHash('sha256').update(incoming.body).digest('hex')

  await store.transaction(async (tx) => {
    await noteHeard(deps, tx, subscription, notification.value)
    const exchangeId = deps.newId()
    const at = deps.now()
    let owner: SubmissionRow | undefined
    let isNew = notification.value.events.length === 0 && notification.value.type === 'event-notification'
    for (const [index, event] of notification.value.events.entries()) {
      const dedupe = dedupeOf(subscription, event.number ?? sha256)
      let payload: LeasedJob['payload']
      if (event.response === null) payload = { payerId: incoming.payerId, focus: event.focus }
      else {
        const read = readPasResponse(event.response, { version })
        const about = read.ok
          ? await findSubmission(deps, tx, { tenant, payerId: incoming.payerId }, read.value)
          : undefined
        const row = about?.kind === 'found' ? about.request : undefined
        owner ??= row
        payload = { id: row?.id ?? null, payerId: incoming.payerId, exchangeId, index }
      }
      if (await enqueueWork(deps, tx, { tenant, kind: NOTIFICATION_JOB, payload, dedupe }, at)) isNew = true
    }
    if (!isNew) return
    await store.exchanges.insert(tx, {
      tenant,
      id: exchangeId,
      caseId: owner?.caseId ?? null,
      requestId: owner?.bundleExchangeId ?? null,
      direction: 'in',
      kind: 'pas-notification',
      partner: incoming.payerId,
      contentType: incoming.contentType,
      httpStatus: null,
      body: incoming.body,
      at,
    })
  })
  return ok(null)
}

/** The response Bundle of a stored notification, as a job names it; undefined where nothing can be read there. */
function eventOf({ payload }: LeasedJob, body: Uint8Array, version: PasVersion): Bundle<FhirResource> | undefined {
  const notification = readNotification(parseJsonBody(body), version)
  const event = notification.ok ? notification.value.events[Number(payload['index'])] : undefined
  return event?.response ?? undefined
}

/** Whose answer it is; looked for once more where it was nobody's when it came: the request may have been answered since. */
async function findOwner(
  deps: IntermediaryDeps,
  tx: Tx,
  { tenant, payload }: LeasedJob,
  event: Bundle<FhirResource> | undefined,
): Promise<Answered<SubmissionRow> | { readonly kind: 'unreadable' }> {
  const { id } = payload
  const known = typeof id === 'string' ? await lockSubmission(deps, tx, tenant, id) : undefined
  if (known !== undefined) return { kind: 'found', request: known }
  const payerId = String(payload['payerId'])
  const read = readPasResponse(event, { version: versionOfPayer(deps, payerId) })
  if (!read.ok) return { kind: 'unreadable' }
  const found = await findSubmission(deps, tx, { tenant, payerId }, read.value)
  const row = found.kind === 'found' ? await lockSubmission(deps, tx, tenant, found.request.id) : undefined
  return row === undefined ? found : { kind: 'found', request: row }
}

/**
 * Handler of `pas-notification`: the answer goes where it belongs, or is fetched where the payer only named it. One that
 * matches no request, or more than one, stays stored, and whoever runs this server is told: nobody else can know of it.
 */
export function createNotificationHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { focus, payerId } = job.payload
    if (typeof focus === 'string') return fetchNamedAnswer(deps, job, { payerId: String(payerId), focus })
    const exchangeId = String(job.payload['exchangeId'])
    const unmatched = await store.transaction(async (tx): Promise<UnmatchedReason | undefined> => {
      await store.jobs.complete(tx, job, deps.now())
      const exchange = await store.exchanges.find(tx, job.tenant, exchangeId)
      // The same notification once more: its bytes are kept under the first, whose job does the work.
      if (exchange === undefined) return undefined
      const version = versionOfPayer(deps, exchange.partner)
      const event = eventOf(job, exchange.body, version)
      const owner = await findOwner(deps, tx, job, event)
      if (owner.kind !== 'found') return owner.kind
      const row = owner.request
      const { request } = await readStoredRequest(deps, tx, row)
      const read = readPasResponse(event, { version, requestedSequences: request.sequences })
      if (!read.ok) return 'unreadable'
      await recordAnswer(deps, tx, row, {
        kind: 'pas-notification',
        response: read.value,
        body: encodeJson(event),
        contentType: exchange.contentType,
        status: 200,
        exchangeId,
      })
      return undefined
    })
    if (unmatched !== undefined) deps.onUnmatched({ payerId: String(payerId), reason: unmatched, ref: exchangeId })
  }
}
