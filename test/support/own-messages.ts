/**
 * What Precert and the sandbox's payer write, of every kind and in both versions of the guide: what the official validator
 * judges (`bench -- differential`), and what it is broken from.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Bundle, FhirResource } from 'fhir/r4'
import { writeBareNotification, writeEventNotification } from '../../src/domain/pas/notification-bundle.ts'
import { downcastRequest } from '../../src/domain/pas/request-codec.ts'
import { downcastResponse } from '../../src/domain/pas/response-codec.ts'
import { buildSubscription } from '../../src/domain/pas/subscription.ts'
import { inquiriesAbout, requestOfKind, updateChain } from './client-requests.ts'
import type { CorpusMessage, Guide } from './fault-corpus.ts'
import { REQUEST_KINDS } from './request-kinds.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string): unknown => JSON.parse(readFileSync(resolve(ROOT, file), 'utf8'))

/** Every request, its updates and its cancellation, the inquiries about it. */
function requests(): { name: string; bundle: Bundle<FhirResource> }[] {
  return Object.keys(REQUEST_KINDS).flatMap((kind) => {
    const { initial, added, modified, cancelled } = updateChain(kind)
    const versions = { initial, added, modified, cancelled }
    return [
      ...Object.entries(versions).map(([version, bundle]) => ({ name: `${kind}, ${version}`, bundle })),
      ...inquiriesAbout(requestOfKind(kind)).map((bundle, at) => ({ name: `${kind}, inquiry ${at + 1}`, bundle })),
    ]
  })
}

const about = {
  base: 'https://precert.example/fhir/pas',
  subscriptionId: 'sub-1',
  status: 'active' as const,
  eventsSinceStart: 1,
  statusId: '6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c55',
}
const event = {
  number: 1,
  at: '2026-11-29T10:00:00Z',
  focus: 'urn:uuid:6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c56',
}

export interface OwnMessage {
  readonly name: string
  readonly body: unknown
}

/** The messages of a guide. */
export function ownMessages(guide: Guide): OwnMessage[] {
  const is221 = guide === 'pas-2.2.1'
  const showcase = read('src/app/testing/fixtures/showcase-answer.json') as Bundle<FhirResource>
  const answer = is221 ? showcase : downcastResponse(showcase).resource
  return [
    ...requests().map(({ name, bundle }) => ({ name, body: is221 ? bundle : downcastRequest(bundle).resource })),
    { name: 'showcase', body: answer },
    { name: 'event', body: JSON.parse(writeEventNotification(about, event, JSON.stringify(answer))) as unknown },
    { name: 'heartbeat', body: JSON.parse(writeBareNotification(about, 'heartbeat', event.at)) as unknown },
    {
      name: 'subscription',
      body: buildSubscription('org-1', 'https://precert.example/n', 'x', is221 ? '2.2.1' : '2.0.1'),
    },
  ]
}

/** How many faults are made of a whole message; the official validator needs seconds for a large one. */
const WHOLE: Readonly<Record<string, number>> = {
  'specialty referral, initial': 60,
  'specialty referral, inquiry 2': 40,
  showcase: 40,
  heartbeat: 30,
  subscription: 30,
}
/** How many of a resource alone. */
const ALONE: Readonly<Record<string, number>> = { Claim: 80, ClaimResponse: 120, Task: 60, CommunicationRequest: 60 }
const OTHERS_ALONE = 30

/** Of every type and profile the largest resource, alone; a few messages whole. */
export function ownCorpus(guide: Guide): CorpusMessage[] {
  const messages = ownMessages(guide)
  const largest = new Map<string, { name: string; body: FhirResource; size: number }>()
  for (const { name, body } of messages)
    for (const { resource } of (body as Partial<Bundle<FhirResource>>).entry ?? []) {
      if (resource === undefined || resource.resourceType === 'Bundle') continue
      const key = [resource.resourceType, ...(resource.meta?.profile ?? [])].join(' ')
      const size = JSON.stringify(resource).length
      if (size > (largest.get(key)?.size ?? 0))
        largest.set(key, { name: `${resource.resourceType} of ${name}`, body: resource, size })
    }
  return [
    ...messages.flatMap(({ name, body }) => {
      const faults = WHOLE[name]
      return faults === undefined ? [] : [{ name, faults, body }]
    }),
    ...[...largest.values()].map(({ name, body }) => ({
      name,
      faults: ALONE[body.resourceType] ?? OTHERS_ALONE,
      body,
    })),
  ]
}
