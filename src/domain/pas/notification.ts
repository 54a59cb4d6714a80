/**
 * Reads a notification of the R4 subscriptions backport (pas.md §6.2). In 2.2.1 the whole answer comes along (spec-62); a
 * 2.0.1 payer may name it only (id-only), and the answer is then asked for (§13). Pure; nonsense is a failure, never an
 * empty list.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { normalizeReference } from '../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { isJson as isNode } from '../profile/path/item.ts'
import type { PasVersion } from './pas-response.ts'

export type PasEvent =
  | { readonly number: number | null; readonly response: Bundle<FhirResource> }
  /** `focus`: the ClaimResponse as the payer names it, `Type/id` where it has an address. */
  | { readonly number: number | null; readonly response: null; readonly focus: string }

export interface PasNotification {
  readonly type: 'handshake' | 'heartbeat' | 'event-notification'
  /** Events since the subscription began, as the payer counts. */
  readonly eventsSinceStart: number | null
  readonly events: readonly PasEvent[]
}

export type NotificationError = Failure<'not-a-notification' | 'event-without-response'>

type Node = Readonly<Record<string, unknown>>

const children = (value: unknown): Node[] => (Array.isArray(value) ? (value as unknown[]).filter(isNode) : [])
const part = (of: readonly Node[], name: string): Node | undefined => of.find((one) => one['name'] === name)
const toNumber = (value: unknown): number | null =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null

/** The Bundle that an event is about: its focus by fullUrl, else the only Bundle there is. */
function findResponse(entries: readonly Node[], focus: unknown): Bundle<FhirResource> | undefined {
  const bundles = entries.filter((entry) => isNode(entry['resource']) && entry['resource']['resourceType'] === 'Bundle')
  const named = bundles.find((entry) => entry['fullUrl'] === focus)
  return (named ?? (bundles.length === 1 ? bundles[0] : undefined))?.['resource'] as Bundle<FhirResource> | undefined
}

/**
 * Fails with `not-a-notification`, or `event-without-response` when the full resource did not come along where it must: in
 * 2.2.1 always, in 2.0.1 where nothing names it either.
 */
export function readNotification(body: unknown, version: PasVersion): Result<PasNotification, NotificationError> {
  if (!isNode(body) || body['resourceType'] !== 'Bundle' || body['type'] !== 'history')
    return err({ reason: 'not-a-notification', path: 'Bundle.type' })
  const entries = children(body['entry'])
  const status = entries[0]?.['resource']
  if (!isNode(status) || status['resourceType'] !== 'Parameters')
    return err({ reason: 'not-a-notification', path: 'Bundle.entry[0].resource' })
  const parameters = children(status['parameter'])
  const type = part(parameters, 'type')?.['valueCode']
  if (type !== 'handshake' && type !== 'heartbeat' && type !== 'event-notification')
    return err({ reason: 'not-a-notification', path: 'Bundle.entry[0].resource.parameter' })
  const eventsSinceStart = toNumber(part(parameters, 'events-since-subscription-start')?.['valueString'])
  if (type !== 'event-notification') return ok({ type, eventsSinceStart, events: [] })

  const events: PasEvent[] = []
  for (const event of parameters.filter((one) => one['name'] === 'notification-event')) {
    const parts = children(event['part'])
    const reference = part(parts, 'focus')?.['valueReference']
    const focus = isNode(reference) ? reference['reference'] : undefined
    const number = toNumber(part(parts, 'event-number')?.['valueString'])
    const response = findResponse(entries, focus)
    if (response !== undefined) events.push({ number, response })
    else if (version === '2.0.1' && typeof focus === 'string')
      events.push({ number, response: null, focus: normalizeReference(focus) })
    else return err({ reason: 'event-without-response', path: 'Bundle.entry' })
  }
  return events.length === 0
    ? err({ reason: 'event-without-response', path: 'Bundle.entry[0].resource.parameter' })
    : ok({ type, eventsSinceStart, events })
}
