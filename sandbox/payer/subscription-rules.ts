/**
 * What a PAS Subscription must be (spec pas.md §6.1): rest-hook, full-resource, one sender that the client is bound to. In 2.0.1
 * it may ask for the answer's name alone (§13).
 */
import type { Subscription } from 'fhir/r4'
import { EXT, PAS_SUBSCRIPTION_TOPIC } from '../../src/domain/fhir/canonical.ts'
import { readExtensions } from '../../src/domain/fhir/extension.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { collectFaults } from './faults.ts'
import { parseJsonObject, refuse, type Refusal } from './fhir-http.ts'
import type { RegisteredClient } from './options.ts'
import type { PasVersion } from './pas-version.ts'

export interface SubscriptionRequest {
  readonly resource: Subscription
  readonly senderId: string
  readonly content: 'full-resource' | 'id-only'
}

/** The narrative and Inferno say org-identifier; the topic says orgIdentifier, 2.0.1 said identifier: all are taken. */
const FILTER = /^(?:org-identifier|orgIdentifier|identifier)=(\S+)$/

/** Parses and checks a Subscription. 403 where the sender is not the client's own, 422 for what PAS does not support. */
export function parseSubscription(
  body: unknown,
  client: RegisteredClient,
  version: PasVersion,
): Result<SubscriptionRequest, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  if (parsed.value['resourceType'] !== 'Subscription')
    return err(refuse(400, 'structure', 'The body must be a Subscription.', 'Subscription'))
  const resource = parsed.value as unknown as Subscription & {
    _criteria?: { extension?: { url: string; valueString?: string }[] }
  }
  const faults = collectFaults()
  const { channel } = resource
  const filters = readExtensions(resource._criteria, EXT.backportFilterCriteria).map(
    ({ valueString }) => FILTER.exec(valueString ?? '')?.[1],
  )
  const [senderId] = filters
  faults.need(resource.status === 'requested', 'Subscription.status', 'Must be requested.', 'value')
  faults.need(Boolean(resource.reason), 'Subscription.reason', 'Is required.', 'required')
  faults.need(
    resource.criteria === PAS_SUBSCRIPTION_TOPIC,
    'Subscription.criteria',
    'Only the PAS topic is supported.',
    'not-supported',
  )
  faults.need(
    filters.length === 1 && senderId !== undefined,
    'Subscription.criteria',
    'One filter org-identifier is required.',
    'required',
  )
  faults.need(
    channel?.type === 'rest-hook',
    'Subscription.channel.type',
    'Only rest-hook is supported.',
    'not-supported',
  )
  faults.need(
    /^application\/fhir\+json(;|$)/.test(channel?.payload ?? ''),
    'Subscription.channel.payload',
    'Must be application/fhir+json.',
    'not-supported',
  )
  const content = readPayloadContent(resource)
  faults.need(
    content === 'full-resource' || (content === 'id-only' && version === '2.0.1'),
    'Subscription.channel.payload',
    version === '2.0.1' ? 'Must be id-only or full-resource.' : 'Only full-resource is supported.',
    'not-supported',
  )
  const endpoint = channel?.endpoint ?? ''
  const isOwn = URL.canParse(endpoint) && new URL(endpoint).origin === client.baseUrl
  faults.need(isOwn, 'Subscription.channel.endpoint', 'Must be an address of the registered client.', 'security')
  const [first, ...rest] = faults.list()
  if (first !== undefined) return err({ status: 422, issues: [first, ...rest] })
  if (senderId === undefined || !client.senderIds.includes(senderId))
    return err(refuse(403, 'forbidden', 'This sender is not bound to the client.', 'Subscription.criteria'))
  return ok({ resource, senderId, content: content === 'id-only' ? content : 'full-resource' })
}

function readPayloadContent(resource: Subscription): string | undefined {
  const channel = resource.channel as { _payload?: { extension?: { url: string; valueCode?: string }[] } } | undefined
  return readExtensions(channel?._payload, EXT.backportPayloadContent)[0]?.valueCode
}
