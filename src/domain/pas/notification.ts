/** Reads a notification of the R4 subscriptions backport (pas.md §6.2). Pure; nonsense is a failure, never an empty list. */
import type { Bundle, FhirResource } from 'fhir/r4'
import { err, ok, type Failure, type Result } from '../result.ts'
import { isNode } from './profile-rule.ts'

export interface PasNotification {
  readonly type: 'handshake' | 'heartbeat' | 'event-notification'
  /** Events since the subscription began, as the payer counts. */
  readonly eventsSinceStart: number | null
  readonly events: readonly { readonly number: number | null; readonly response: Bundle<FhirResource> }[]
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

/** Fails with `not-a-notification`, or `event-without-response` when the full resource did not come along. */
export function readNotification(body: unknown): Result<PasNotification, NotificationError> {
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

  const events: { number: number | null; response: Bundle<FhirResource> }[] = []
  for (const event of parameters.filter((one) => one['name'] === 'notification-event')) {
    const parts = children(event['part'])
    const focus = part(parts, 'focus')?.['valueReference']
    const response = findResponse(entries, isNode(focus) ? focus['reference'] : undefined)
    if (response === undefined) return err({ reason: 'event-without-response', path: 'Bundle.entry' })
    events.push({ number: toNumber(part(parts, 'event-number')?.['valueString']), response })
  }
  return events.length === 0
    ? err({ reason: 'event-without-response', path: 'Bundle.entry[0].resource.parameter' })
    : ok({ type, eventsSinceStart, events })
}
