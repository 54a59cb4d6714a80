/**
 * Sends notifications to subscribers: the handshake after creation, one event for each answer. The channel's headers are
 * replayed; a failed delivery is tried again, and still counts as an event (Backport §1.6).
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { buildEvent, buildHandshake } from './notification.ts'
import type { PayerRequest, StoredSubscription } from './ledger.ts'
import type { Payer } from './payer.ts'

const DEFAULT_RETRY_DELAYS_MS = [500, 2000, 5000, 10_000, 20_000, 30_000]
const TIMEOUT_MS = 5000

/** Shakes hands with a new subscriber: 2xx makes the subscription active, anything else an error. */
export async function shakeHands(payer: Payer, subscription: StoredSubscription): Promise<void> {
  const body = buildHandshake(subscription, payer.frame(subscription.version))
  const first = await post(payer, subscription, body)
  const status = isSuccess(first) ? first : await retry(payer, subscription, body)
  if (payer.isClosing()) return
  const known = payer.ledger.subscriptions().find((one) => one.resource.id === subscription.resource.id)
  if (known === undefined) return
  const next = isSuccess(status) ? 'active' : 'error'
  payer.ledger.saveSubscription({ ...known, resource: { ...known.resource, status: next } })
}

/** Tells every active subscriber of the request's sender, at the endpoint that it came to, about its latest answer. */
export async function notify(payer: Payer, request: PayerRequest, copies: number): Promise<void> {
  const { answer } = request
  if (answer === null) return
  const heard = payer.ledger
    .subscriptions()
    .filter(
      (one) => one.senderId === request.senderId && one.version === request.version && one.resource.status === 'active',
    )
  await Promise.all(heard.map((subscription) => notifyOne(payer, subscription, request, answer, copies)))
}

async function notifyOne(
  payer: Payer,
  subscription: StoredSubscription,
  request: PayerRequest,
  answer: Bundle<FhirResource>,
  copies: number,
): Promise<void> {
  const { ledger } = payer
  const eventNumber = subscription.events + 1
  const counted = { ...subscription, events: eventNumber }
  ledger.saveSubscription(counted)
  const body = buildEvent(counted, eventNumber, answer, payer.frame(subscription.version))
  const note = (status: number | null): void => {
    if (payer.isClosing()) return
    const delivery = { subscriptionId: subscription.resource.id, requestId: request.id, eventNumber, status }
    ledger.noteDelivery({ at: payer.now(), ...delivery })
  }
  for (let copy = 0; copy < copies; copy++) {
    const status = await post(payer, counted, body)
    note(status)
    // Nobody waits for a subscriber that is down; it is tried again beside.
    if (!isSuccess(status)) void retry(payer, counted, body).then(note)
  }
}

async function retry(
  payer: Payer,
  subscription: StoredSubscription,
  body: Bundle<FhirResource>,
): Promise<number | null> {
  let status: number | null = null
  for (const delay of payer.options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS) {
    await payer.sleep(delay)
    if (payer.isClosing()) return status
    status = await post(payer, subscription, body)
    if (isSuccess(status)) return status
  }
  return status
}

async function post(
  payer: Payer,
  subscription: StoredSubscription,
  body: Bundle<FhirResource>,
): Promise<number | null> {
  const { channel } = subscription.resource
  const headers = new Headers({ 'content-type': channel.payload ?? 'application/fhir+json' })
  for (const line of channel.header ?? []) {
    const at = line.indexOf(':')
    if (at > 0) headers.append(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  try {
    const response = await payer.send(channel.endpoint ?? '', {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return null
  }
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}
