/** What a stored Subscription of another system says. */
import type { Subscription } from 'fhir/r4'
import { readClientSubscription, type ClientSubscription } from '#domain/pas/client-subscription.ts'
import type { StatusAbout, SubscriptionStatus } from '#domain/pas/notification-bundle.ts'
import { isEarlier } from '#domain/time.ts'
import type { PasClientConfig } from '../config.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { IntermediaryDeps } from './deps.ts'
import { endpointBase } from './endpoint.ts'

/** What the client asked for; undefined where rules have become stricter since. */
export function readStored(row: SubscriptionRow): ClientSubscription | undefined {
  if (row.pasVersion === null) return undefined
  const read = readClientSubscription({ ...(row.content as Subscription), status: 'requested' }, row.pasVersion)
  return read.ok ? read.value : undefined
}

/** What it is now: one whose end has come is off. */
export function statusOf(row: SubscriptionRow, now: string): SubscriptionStatus {
  return row.expiresAt !== null && !isEarlier(now, row.expiresAt) ? 'off' : (row.status as SubscriptionStatus)
}

/** `$status` of one. */
export function statusAbout(
  deps: Pick<IntermediaryDeps, 'config' | 'newUuid'>,
  row: SubscriptionRow,
  status: SubscriptionStatus,
): StatusAbout {
  return {
    base: endpointBase(deps.config.baseUrl, row.pasVersion ?? '2.2.1'),
    subscriptionId: row.id,
    status,
    eventsSinceStart: row.eventCount,
    statusId: deps.newUuid(),
  }
}

/** Whether the client was registered with this host: no other address is ever called. */
export const isRegistered = (client: PasClientConfig, endpoint: URL): boolean =>
  client.notificationHosts.includes(endpoint.host)
