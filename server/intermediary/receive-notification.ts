/**
 * Takes a payer's notification in: authenticated by our own bearer, stored as bytes, matched, and left to the outbox, once
 * for each (subscription, event number). Late, repeated and foreign ones do no harm (pas.md §6.2).
 */
import { createHash } from 'node:crypto'
import { answersRequest } from '#domain/pas/inquiry-bundle.ts'
import { readNotification } from '#domain/pas/notification.ts'
import type { PasResponse } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { withoutEarlierVersions } from '#domain/tracking/request-versions.ts'
import { parseJsonBody } from '../clients/http-exchange.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import type { IntermediaryDeps } from './deps.ts'
import { fetchNamedAnswer } from './fetch-named-answer.ts'
import { hashSecret } from './payer-subscriptions.ts'
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

/** The request that an answer is about, among those that this payer got from this tenant. */
async function findSubmission(
  deps: Pick<IntermediaryDeps, 'store'>,
  tx: Tx,
  from: { tenant: string; payerId: string },
  response: PasResponse,
): Promise<SubmissionRow | undefined> {
  const { submissions } = deps.store
  const { identifier, reference } = response.answers
  const traces = [
    ...(reference === null ? [] : [reference]),
    ...response.lines.flatMap((line) => line.traceNumbers.map(({ value }) => value)),
  ]
  const candidates =
    identifier === null ? [] : await submissions.listByClaimIdentifier(tx, from.tenant, identifier.value)
  for (const trace of new Set(traces)) candidates.push(...(await submissions.listByTraceNumber(tx, from.tenant, trace)))
  const matching = candidates.filter(
    (row) =>
      row.payerId === from.payerId &&
      row.attempts > 0 &&
      answersRequest(response, row.claimIdentifier, row.traceNumbers),
  )
  const named = matching.filter(({ claimIdentifier }) => claimIdentifier === identifier?.value)
  return onlyOne(named.length > 0 ? named : withoutEarlierVersions(matching))
}

/** Two requests that answer to the same name are nobody's: a person must look. */
function onlyOne(rows: readonly SubmissionRow[]): SubmissionRow | undefined {
  return new Set(rows.map(({ id }) => id)).size === 1 ? rows[0] : undefined
}

async function markActive(deps: IntermediaryDeps, tx: Tx, row: SubscriptionRow, events: number | null): Promise<void> {
  const eventCount = Math.max(row.eventCount, events ?? 0)
  if (row.status === 'active' && row.eventCount === eventCount) return
  const patch = { status: 'active', eventCount, updatedAt: deps.now() }
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
    await markActive(deps, tx, subscription, notification.value.eventsSinceStart)
    const exchangeId = deps.newId()
    const at = deps.now()
    let owner: SubmissionRow | undefined
    let isNew = notification.value.events.length === 0 && notification.value.type === 'event-notification'
    for (const [index, event] of notification.value.events.entries()) {
      const dedupe = `${subscription.id}:${event.number ?? sha256}`
      let payload: LeasedJob['payload']
      if (event.response === null) payload = { payerId: incoming.payerId, focus: event.focus }
      else {
        const read = readPasResponse(event.response, { version })
        const row = read.ok
          ? await findSubmission(deps, tx, { tenant, payerId: incoming.payerId }, read.value)
          : undefined
        owner ??= row
        payload = { id: row?.id ?? null, exchangeId, index }
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

/**
 * Handler of `pas-notification`: the answer goes where it belongs, or is fetched where the payer only named it. One that
 * matches no request stays stored, no more.
 */
export function createNotificationHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { id, focus } = job.payload
    if (typeof focus === 'string')
      return fetchNamedAnswer(deps, job, { payerId: String(job.payload['payerId']), focus })
    const exchangeId = String(job.payload['exchangeId'])
    await store.transaction(async (tx) => {
      await store.jobs.complete(tx, job, deps.now())
      const row = typeof id === 'string' ? await lockSubmission(deps, tx, job.tenant, id) : undefined
      const exchange = row && (await store.exchanges.find(tx, job.tenant, exchangeId))
      if (row === undefined || exchange === undefined) return
      const { request } = await readStoredRequest(deps, tx, row)
      const version = versionOfPayer(deps, row.payerId)
      const notification = readNotification(parseJsonBody(exchange.body), version)
      const event = notification.ok ? notification.value.events[Number(job.payload['index'])] : undefined
      const read = readPasResponse(event?.response, { version, requestedSequences: request.sequences })
      if (!read.ok) return
      await recordAnswer(deps, tx, row, {
        kind: 'pas-notification',
        response: read.value,
        body: new TextEncoder().encode(JSON.stringify(event?.response)),
        contentType: exchange.contentType,
        status: 200,
        exchangeId,
      })
    })
  }
}
