/**
 * The notifications that we send as server (R4 subscriptions backport, pas.md §6.2), and the answer to `$status`. Pure.
 * The payer's words go into a notification as they came: as text, so that no number is written anew.
 */
import type { Bundle, FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import { PAS_SUBSCRIPTION_TOPIC, PROFILE } from '../fhir/canonical.ts'

export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off'

export interface StatusAbout {
  /** Base URL of the PAS endpoint. */
  readonly base: string
  readonly subscriptionId: string
  readonly status: SubscriptionStatus
  readonly eventsSinceStart: number
  /** UUID v4 of the status resource. */
  readonly statusId: string
}

export interface NotifiedEvent {
  readonly number: number
  readonly at: string
  /** The focus; with full content also the fullUrl of what happened. */
  readonly focus: string
}

type StatusType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status'

function buildStatus(about: StatusAbout, type: StatusType, event?: NotifiedEvent): Parameters {
  const parts: ParametersParameter[] =
    event === undefined
      ? []
      : [
          {
            name: 'notification-event',
            part: [
              { name: 'event-number', valueString: String(event.number) },
              { name: 'timestamp', valueInstant: event.at },
              { name: 'focus', valueReference: { reference: event.focus } },
            ],
          },
        ]
  return {
    resourceType: 'Parameters',
    id: about.statusId,
    meta: { profile: [PROFILE.backportStatus] },
    parameter: [
      {
        name: 'subscription',
        valueReference: { reference: `${about.base}/Subscription/${about.subscriptionId}` },
      },
      { name: 'topic', valueCanonical: PAS_SUBSCRIPTION_TOPIC },
      { name: 'status', valueCode: about.status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(about.eventsSinceStart) },
      ...parts,
    ],
  }
}

const statusUrl = ({ statusId }: StatusAbout): string => `urn:uuid:${statusId}`

function buildNotification(about: StatusAbout, at: string, status: Parameters): Bundle<FhirResource> {
  return {
    resourceType: 'Bundle',
    type: 'history',
    timestamp: at,
    entry: [
      {
        fullUrl: statusUrl(about),
        resource: status,
        request: { method: 'GET', url: `${about.base}/Subscription/${about.subscriptionId}/$status` },
        response: { status: '200' },
      },
    ],
  }
}

/** A handshake (status `requested`) or a heartbeat. */
export function writeBareNotification(about: StatusAbout, type: 'handshake' | 'heartbeat', at: string): string {
  return JSON.stringify(buildNotification(about, at, buildStatus(about, type)))
}

const SLOT = 'the-response'

/**
 * One event. `response`: JSON text of the whole PAS response Bundle (full-resource); null sends the focus alone (id-only,
 * 2.0.1).
 */
export function writeEventNotification(about: StatusAbout, event: NotifiedEvent, response: string | null): string {
  const notification = buildNotification(about, event.at, buildStatus(about, 'event-notification', event))
  if (response === null) return JSON.stringify(notification)
  const entry = {
    fullUrl: event.focus,
    resource: SLOT,
    request: { method: 'POST', url: `${about.base}/Claim/$submit` },
    response: { status: '200' },
  }
  const text = JSON.stringify({ ...notification, entry: [...(notification.entry ?? []), entry] })
  const at = text.lastIndexOf(`"${SLOT}"`)
  return text.slice(0, at) + response + text.slice(at + SLOT.length + 2)
}

/** The answer to `$status`: a searchset of one status for each Subscription. */
export function buildStatusAnswer(all: readonly StatusAbout[], at: string): Bundle<FhirResource> {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: at,
    total: all.length,
    ...(all.length === 0
      ? {}
      : {
          entry: all.map((about) => ({
            fullUrl: statusUrl(about),
            resource: buildStatus(about, 'query-status'),
            search: { mode: 'match' as const },
          })),
        }),
  }
}
