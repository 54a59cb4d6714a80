/**
 * Tells another system of an answer that it has not heard: the payer's decision after a pended answer or after our own A4
 * (pas.md §6.2). One event for each of the client's Subscriptions that follows the request's sender, written in the
 * transaction that holds the answer, its bytes kept as an exchange.
 */
import { writeEventNotification } from '#domain/pas/notification-bundle.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import { enqueueDelivery } from './client-deliveries.ts'
import type { IntermediaryDeps } from './deps.ts'
import { answerAddress } from './read-answer.ts'
import { readStored, statusAbout, statusOf } from './subscription-row.ts'

/** Its number is given in the order of the transactions: the row is held. */
async function addEvent(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  subscription: SubscriptionRow,
  response: string,
): Promise<void> {
  const { store } = deps
  const at = deps.now()
  const held = await store.subscriptions.lock(tx, subscription.tenant, subscription.id)
  const asked = held && readStored(held)
  if (held === undefined || asked === undefined || statusOf(held, at) === 'off') return
  const number = held.eventCount + 1
  const about = { ...statusAbout(deps, held, 'active'), eventsSinceStart: number }
  // With full content the focus is in the notification; alone it must be an address that the client can read.
  const isFull = asked.content === 'full-resource'
  const focus = isFull ? `urn:uuid:${deps.newUuid()}` : answerAddress(deps, row)
  const exchangeId = deps.newId()
  await store.exchanges.insert(tx, {
    tenant: row.tenant,
    id: exchangeId,
    caseId: null,
    requestId: row.bundleExchangeId,
    direction: 'out',
    kind: 'pas-client-notification',
    partner: row.source,
    contentType: asked.payload,
    httpStatus: null,
    body: new TextEncoder().encode(writeEventNotification(about, { number, at, focus }, isFull ? response : null)),
    at,
  })
  const event = { tenant: held.tenant, subscriptionId: held.id, number, exchangeId, at, deliveredAt: null }
  await store.subscriptions.addEvent(tx, event)
  await store.subscriptions.update(tx, held, { eventCount: number })
  // One that is not active gets it when it is: the number is counted all the same (backport, error handling).
  if (held.status === 'active') await enqueueDelivery(deps, tx, held, { what: 'event', number }, at)
}

/**
 * Writes the events of an answer.
 * @param response the PAS response Bundle as it came
 * @param readSender the request's interchangeSenderID; null where it names none, as in 2.0.1, which has no place for it: then
 * every Subscription of the client hears of it, since each follows senders of that client alone
 */
export async function notifyClient(
  deps: IntermediaryDeps,
  tx: Tx,
  row: SubmissionRow,
  response: Uint8Array,
  readSender: () => Promise<string | null>,
): Promise<void> {
  const all = await deps.store.subscriptions.listByParty(tx, row.tenant, 'client', row.source)
  const ofVersion = all.filter(({ pasVersion }) => pasVersion === row.pasVersion)
  if (ofVersion.length === 0) return
  const sender = await readSender()
  const text = new TextDecoder().decode(response)
  for (const one of ofVersion)
    if (sender === null || readStored(one)?.senderIds.includes(sender) === true)
      await addEvent(deps, tx, row, one, text)
}
