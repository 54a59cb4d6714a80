/** Builds the notification Bundles of the R4 Subscriptions Backport (spec pas.md §6.2). */
import type { Bundle, BundleEntry, FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import { PAS_SUBSCRIPTION_TOPIC, PROFILE } from '../../src/domain/fhir/canonical.ts'
import type { StoredSubscription } from './ledger.ts'

interface Frame {
  readonly fhirBase: string
  readonly now: string
  readonly newId: () => string
}

const PROFILE_NOTIFICATION =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4'

/** The first call to a new endpoint: no events yet. */
export function buildHandshake(subscription: StoredSubscription, frame: Frame): Bundle<FhirResource> {
  return buildNotification([buildStatusEntry(subscription, 'handshake', 0, [], frame)], frame)
}

/** One answer of the payer as the focus: the whole of it (`full-resource`), or its ClaimResponse by name (`id-only`, 2.0.1). */
export function buildEvent(
  subscription: StoredSubscription,
  eventNumber: number,
  answer: Bundle<FhirResource>,
  frame: Frame,
): Bundle<FhirResource> {
  const named = subscription.content === 'id-only' ? answer.entry?.[0]?.fullUrl : undefined
  const focus = named ?? `urn:uuid:${answer.id ?? ''}`
  const event: ParametersParameter = {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(eventNumber) },
      { name: 'timestamp', valueInstant: frame.now },
      { name: 'focus', valueReference: { reference: focus } },
    ],
  }
  const status = buildStatusEntry(subscription, 'event-notification', eventNumber, [event], frame)
  if (named !== undefined) return buildNotification([status], frame)
  return buildNotification(
    [
      status,
      {
        fullUrl: focus,
        resource: answer,
        request: { method: 'POST', url: 'Claim/$submit' },
        response: { status: '200' },
      },
    ],
    frame,
  )
}

/** What `Subscription/{id}/$status` answers. */
export function buildStatusAnswer(subscription: StoredSubscription, frame: Frame): Bundle<FhirResource> {
  const status = buildStatus(subscription, 'query-status', subscription.events, [], frame)
  return {
    resourceType: 'Bundle',
    id: frame.newId(),
    type: 'searchset',
    total: 1,
    entry: [{ fullUrl: `urn:uuid:${status.id ?? ''}`, resource: status, search: { mode: 'match' } }],
  }
}

function buildNotification(entry: BundleEntry<FhirResource>[], frame: Frame): Bundle<FhirResource> {
  return {
    resourceType: 'Bundle',
    id: frame.newId(),
    meta: { profile: [PROFILE_NOTIFICATION] },
    type: 'history',
    timestamp: frame.now,
    entry,
  }
}

function buildStatusEntry(
  subscription: StoredSubscription,
  type: string,
  events: number,
  extra: ParametersParameter[],
  frame: Frame,
): BundleEntry<FhirResource> {
  const status = buildStatus(subscription, type, events, extra, frame)
  return {
    fullUrl: `urn:uuid:${status.id ?? ''}`,
    resource: status,
    request: { method: 'GET', url: `${frame.fhirBase}/Subscription/${subscription.resource.id}/$status` },
    response: { status: '200' },
  }
}

function buildStatus(
  subscription: StoredSubscription,
  type: string,
  events: number,
  extra: ParametersParameter[],
  frame: Frame,
): Parameters {
  return {
    resourceType: 'Parameters',
    id: frame.newId(),
    meta: { profile: [PROFILE.backportStatus] },
    parameter: [
      {
        name: 'subscription',
        valueReference: { reference: `${frame.fhirBase}/Subscription/${subscription.resource.id}` },
      },
      { name: 'topic', valueCanonical: PAS_SUBSCRIPTION_TOPIC },
      { name: 'status', valueCode: type === 'handshake' ? 'requested' : subscription.resource.status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(events) },
      ...extra,
    ],
  }
}
