/**
 * Another system's Subscription at our PAS server, judged by pas.md §6.1 (2.2.1) and §13 (2.0.1): one topic, one filter by
 * sending system, rest-hook, JSON, and the content that the version allows. Pure; never throws, whatever it is given.
 */
import type { Subscription } from 'fhir/r4'
import { EXT, PAS_SUBSCRIPTION_TOPIC } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { err, ok, type Result } from '../result.ts'
import { spanOf } from '../time.ts'
import type { PasVersion } from './pas-response.ts'
import { isJson as isNode } from '../profile/path/item.ts'

export type SubscriptionFault =
  | 'required'
  | 'wrong-type'
  | 'status-not-allowed'
  | 'topic-unknown'
  | 'filter-unknown'
  | 'channel-unknown'
  | 'payload-unknown'
  | 'content-unknown'
  | 'endpoint-not-usable'
  | 'header-not-allowed'
  | 'period-not-usable'

export interface SubscriptionIssue {
  readonly reason: SubscriptionFault
  /** FHIRPath of the element at fault. */
  readonly path: string
}

export interface ClientSubscription {
  /** `requested`: to be verified (again); `off`: to be kept quiet. A client sets nothing else. */
  readonly status: 'requested' | 'off'
  /** Whose requests it follows: X12 ISA06 of their senders. */
  readonly senderIds: readonly string[]
  readonly endpoint: URL
  /** The Content-Type of notifications, as the client wrote it. */
  readonly payload: string
  readonly content: 'full-resource' | 'id-only'
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly heartbeatSeconds: number | null
  readonly timeoutSeconds: number | null
}

/** Until when, as the client wrote it; null for ever. */
export const endOf = (resource: Pick<Subscription, 'end'>): string | null => resource.end ?? null

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
/** The narrative, the topic's own definition, and 2.0.1 name the filter differently (pas.md §6.1): all three are taken. */
const FILTER = /^(?:org-identifier|orgIdentifier|identifier)=(\S+)$/
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/
/** They steer the connection or the message itself. */
const OURS = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const PAYLOAD = /^application\/fhir\+json(?:\s*;\s*fhirVersion=4[.]0(?:[.]1)?)?(?:\s*;\s*charset=utf-8)?$/i
const LONGEST_PERIOD_SECONDS = 86_400

function readEndpoint(value: unknown): URL | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const url = new URL(value)
    const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))
    return isSafe && !/^https?:[/]+[^/]*@|#/.test(url.href) ? url : undefined
  } catch {
    return undefined
  }
}

function readHeaders(value: unknown): ClientSubscription['headers'] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const headers: (readonly [string, string])[] = []
  for (const header of value as unknown[]) {
    const [, name, text] = (typeof header === 'string' && HEADER.exec(header)) || []
    if (name === undefined || OURS.has(name.toLowerCase())) return undefined
    headers.push([name, text ?? ''])
  }
  return headers
}

/** Null where the extension is not there; undefined where it is no such number. */
function readSeconds(channel: object, url: string): number | null | undefined {
  const extension = readExtension(channel, url)
  if (extension === undefined) return null
  const value = extension.valueUnsignedInt ?? extension.valuePositiveInt
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST_PERIOD_SECONDS
    ? Number(value)
    : undefined
}

/** The sender ids of the one filter. */
function readSenders(subscription: Readonly<Record<string, unknown>>): string[] | undefined {
  const beside = subscription['_criteria']
  const filters = readExtensions(isNode(beside) ? beside : undefined, EXT.backportFilterCriteria)
  const [, senders] = (filters.length === 1 && FILTER.exec(String(filters[0]?.valueString))) || []
  const ids = senders?.split(',') ?? []
  return ids.length > 0 && ids.every((id) => id !== '') ? ids : undefined
}

/** 2.2.1: full-resource alone (spec-62). 2.0.1: id-only, or full-resource. */
function readContent(channel: Readonly<Record<string, unknown>>, version: PasVersion) {
  const beside = channel['_payload']
  const said = readExtension(isNode(beside) ? beside : undefined, EXT.backportPayloadContent)?.valueCode
  if (said === 'full-resource') return said
  return said === 'id-only' && version === '2.0.1' ? said : undefined
}

/**
 * Reads a Subscription that a client wants to have. Fails with every fault and its FHIRPath. Who may use which sender id and
 * endpoint is not judged here.
 */
export function readClientSubscription(
  body: unknown,
  version: PasVersion,
): Result<ClientSubscription, readonly [SubscriptionIssue, ...SubscriptionIssue[]]> {
  if (!isNode(body) || body['resourceType'] !== 'Subscription')
    return err([{ reason: 'wrong-type', path: 'Subscription' }])
  const channel = body['channel']
  if (!isNode(channel)) return err([{ reason: 'required', path: 'Subscription.channel' }])
  const issues: SubscriptionIssue[] = []
  const wrong = (reason: SubscriptionFault, path: string): void => {
    issues.push({ reason, path: `Subscription.${path}` })
  }

  const status = body['status'] === 'active' ? 'requested' : body['status']
  if (status !== 'requested' && status !== 'off') wrong('status-not-allowed', 'status')
  if (typeof body['reason'] !== 'string' || body['reason'] === '') wrong('required', 'reason')
  const [topic] = String(body['criteria']).split('|')
  if (topic !== PAS_SUBSCRIPTION_TOPIC) wrong('topic-unknown', 'criteria')
  const senderIds = readSenders(body)
  if (senderIds === undefined) wrong('filter-unknown', 'criteria.extension')
  const end = body['end']
  if (end !== undefined && (typeof end !== 'string' || spanOf(end) === undefined)) wrong('wrong-type', 'end')
  if (channel['type'] !== 'rest-hook') wrong('channel-unknown', 'channel.type')
  const endpoint = readEndpoint(channel['endpoint'])
  if (endpoint === undefined) wrong('endpoint-not-usable', 'channel.endpoint')
  const payload = channel['payload']
  if (typeof payload !== 'string' || !PAYLOAD.test(payload)) wrong('payload-unknown', 'channel.payload')
  const content = readContent(channel, version)
  if (content === undefined) wrong('content-unknown', 'channel.payload.extension')
  const headers = readHeaders(channel['header'])
  if (headers === undefined) wrong('header-not-allowed', 'channel.header')
  const heartbeatSeconds = readSeconds(channel, EXT.backportHeartbeatPeriod)
  const timeoutSeconds = readSeconds(channel, EXT.backportTimeout)
  if (heartbeatSeconds === undefined || timeoutSeconds === undefined) wrong('period-not-usable', 'channel.extension')

  const [first, ...rest] = issues
  if (first !== undefined) return err([first, ...rest])
  return ok({
    status: status as ClientSubscription['status'],
    senderIds: senderIds ?? [],
    endpoint: endpoint as URL,
    payload: payload as string,
    content: content as ClientSubscription['content'],
    headers: headers ?? [],
    heartbeatSeconds: heartbeatSeconds ?? null,
    timeoutSeconds: timeoutSeconds ?? null,
  })
}
