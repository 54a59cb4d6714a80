/**
 * A payer for the intermediary's tests: a real HTTP server that answers, drops, delays, repeats, and counts what it decided.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Bundle, Claim, ClaimResponse, FhirResource, Subscription } from 'fhir/r4'

export type Behavior =
  'answer' | 'pend' | 'deny' | 'silent-after-processing' | 'drop-after-processing' | 'refuse' | 'error' | 'nonsense'

export interface FakePayer {
  readonly base: string
  behavior: Behavior
  /** What `refuse` answers instead of an OperationOutcome. */
  refusal: { readonly status: number; readonly body: string } | null
  version: '2.2.1' | '2.0.1'
  /** The last `$submit` that came in. */
  lastRequest: Bundle | undefined
  /** How long `silent-after-processing` takes. */
  silenceMs: number
  deduplicates: boolean
  knowsByInquiry: boolean
  /** Under which number it tracks what it pends, on every line; null where it gives none. */
  trackingNumber: string | null
  /** Requests processed, by Claim identifier: what must never exceed one. */
  readonly processed: Map<string, number>
  /** Every `$submit` that came in, by Bundle.identifier. */
  readonly received: string[]
  readonly inquiries: Bundle[]
  readonly subscriptions: Map<string, Subscription>
  /** As it says it is when it is asked. */
  subscriptionStatus: string
  /** Where anything else was posted to, and how that is answered. */
  readonly attachments: string[]
  attachStatus: number
  /** What came by PUT. */
  readonly rewritten: Subscription[]
  /** Sends the decision on a processed request to every subscriber. */
  notify(
    claimIdentifier: string,
    code: string,
    options?: { number?: number; created?: string; times?: number; change?: (response: ClaimResponse) => void },
  ): Promise<number[]>
  listen(port?: number): Promise<void>
  close(): Promise<void>
}

const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const TRACE = `${PAS}/extension-itemTraceNumber`

function respond(claim: Claim, code: string, created: string): Bundle<FhirResource> {
  const response: ClaimResponse = {
    resourceType: 'ClaimResponse',
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: { display: 'as asked' },
    created,
    insurer: { display: 'Fake payer' },
    request: { identifier: claim.identifier?.[0] ?? {} },
    outcome: 'complete',
    item: (claim.item ?? []).map((item) => ({
      extension: item.extension?.filter(({ url }) => url === TRACE) ?? [],
      itemSequence: item.sequence,
      adjudication: [
        {
          category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'submitted' }] },
          extension: [
            {
              url: `${PAS}/extension-reviewAction`,
              extension: [
                ...(code === 'A1' ? [{ url: 'number', valueString: `AUTH-${item.sequence}` }] : []),
                {
                  url: `${PAS}/extension-reviewActionCode`,
                  valueCodeableConcept: { coding: [{ system: 'https://codesystem.x12.org/005010/306', code }] },
                },
              ],
            },
          ],
        },
      ],
    })),
  }
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: created,
    entry: [{ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource: response }],
  }
}

/** Gives every line of an answer a tracking number. */
export function track(answer: Bundle, valueString: string): void {
  for (const item of (answer.entry?.[0]?.resource as ClaimResponse).item ?? [])
    item.extension = [...(item.extension ?? []), { url: `${PAS}/extension-administrationReferenceNumber`, valueString }]
}

const claimOf = (bundle: Bundle): Claim => bundle.entry?.[0]?.resource as Claim

function notification(
  id: string,
  number: number,
  focus: Bundle<FhirResource> | null,
  type: string,
): Bundle<FhirResource> {
  const focusUrl = `urn:uuid:${crypto.randomUUID()}`
  const parts = [
    { name: 'event-number', valueString: String(number) },
    { name: 'timestamp', valueInstant: new Date().toISOString() },
    { name: 'focus', valueReference: { reference: focusUrl } },
  ]
  return {
    resourceType: 'Bundle',
    type: 'history',
    entry: [
      {
        fullUrl: `urn:uuid:${crypto.randomUUID()}`,
        resource: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'subscription', valueReference: { reference: `Subscription/${id}` } },
            { name: 'status', valueCode: type === 'handshake' ? 'requested' : 'active' },
            { name: 'type', valueCode: type },
            { name: 'events-since-subscription-start', valueString: String(number) },
            ...(focus ? [{ name: 'notification-event', part: parts }] : []),
          ],
        },
        request: { method: 'GET', url: `Subscription/${id}/$status` },
        response: { status: '200' },
      },
      ...(focus
        ? [
            {
              fullUrl: focusUrl,
              resource: focus as FhirResource,
              request: { method: 'POST' as const, url: 'Claim/$submit' },
              response: { status: '200' },
            },
          ]
        : []),
    ],
  }
}

async function post(subscription: Subscription, body: Bundle): Promise<number> {
  const headers = Object.fromEntries(
    (subscription.channel.header ?? []).map((header) => header.split(': ') as [string, string]),
  )
  const sent = await fetch(subscription.channel.endpoint ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify(body),
  })
  return sent.status
}

export function createFakePayer(): FakePayer {
  const claims = new Map<string, Claim>()
  const answers = new Map<string, Bundle>()
  let app: FastifyInstance | undefined
  let events = 0

  const build = (): FastifyInstance => {
    const server = Fastify({ forceCloseConnections: true, bodyLimit: 20_000_000 })
    server.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, JSON.parse(String(body))),
    )
    server.post('/fhir/Claim/$submit', async (request, reply) => {
      const bundle = request.body as Bundle
      const key = bundle.identifier?.value ?? ''
      payer.received.push(key)
      payer.lastRequest = bundle
      const known = payer.deduplicates ? answers.get(key) : undefined
      if (known !== undefined && payer.behavior === 'answer') return known
      if (payer.behavior === 'refuse' && payer.refusal !== null)
        return reply.code(payer.refusal.status).type('text/html').send(payer.refusal.body)
      if (payer.behavior === 'refuse')
        return reply.code(400).send({
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'error', code: 'invalid', details: { text: 'No' }, expression: ['Bundle.entry[0]'] }],
        })
      const claim = claimOf(bundle)
      const trace = claim.identifier?.[0]?.value ?? ''
      const answer =
        known ??
        respond(
          claim,
          payer.behavior === 'pend' ? 'A4' : payer.behavior === 'deny' ? 'A3' : 'A1',
          new Date().toISOString(),
        )
      if (known === undefined && payer.trackingNumber !== null) track(answer, payer.trackingNumber)
      if (known === undefined) payer.processed.set(trace, (payer.processed.get(trace) ?? 0) + 1)
      claims.set(trace, claim)
      answers.set(key, answer)
      switch (payer.behavior) {
        case 'silent-after-processing':
          await new Promise((resolve) => setTimeout(resolve, payer.silenceMs))
          return answer
        case 'drop-after-processing':
          request.raw.socket.destroy()
          return reply
        case 'error':
          return reply.code(500).send('oops')
        case 'nonsense':
          return reply.code(200).type('text/html').send('<html>maintenance</html>')
        default:
          return answer
      }
    })
    server.post('/fhir/Claim/$inquire', async (request) => {
      const bundle = request.body as Bundle
      payer.inquiries.push(bundle)
      const asked = claimOf(bundle).item?.[0]?.extension?.find(({ url }) => url === TRACE)?.valueIdentifier?.value
      const found = [...claims.values()].filter((claim) =>
        claim.item?.some((item) => item.extension?.some(({ valueIdentifier }) => valueIdentifier?.value === asked)),
      )
      const parameter = payer.knowsByInquiry
        ? found.map((claim) => ({ name: 'return', resource: respond(claim, 'A1', new Date().toISOString()) }))
        : []
      return { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) }
    })
    server.post('/*', async (request, reply) => {
      payer.attachments.push(request.url)
      return reply.code(payer.attachStatus).send({})
    })
    server.post('/fhir/Subscription', async (request, reply) => {
      const id = `s${payer.subscriptions.size + 1}`
      const subscription = { ...(request.body as Subscription), id }
      payer.subscriptions.set(id, subscription)
      setTimeout(() => void post(subscription, notification(id, 0, null, 'handshake')), 5)
      return reply.code(201).send(subscription)
    })
    server.get<{ Params: { id: string } }>('/fhir/Subscription/:id', async (request, reply) => {
      const found = payer.subscriptions.get(request.params.id)
      return found ? { ...found, status: payer.subscriptionStatus } : reply.code(404).send({})
    })
    server.put<{ Params: { id: string } }>('/fhir/Subscription/:id', async (request, reply) => {
      const { id } = request.params
      if (!payer.subscriptions.has(id)) return reply.code(404).send({})
      const subscription = request.body as Subscription
      payer.rewritten.push(subscription)
      payer.subscriptions.set(id, subscription)
      payer.subscriptionStatus = 'active'
      setTimeout(() => void post(subscription, notification(id, 0, null, 'handshake')), 5)
      return subscription
    })
    return server
  }

  const payer: FakePayer = {
    base: '',
    behavior: 'answer',
    refusal: null,
    version: '2.2.1',
    lastRequest: undefined,
    silenceMs: 60_000,
    deduplicates: false,
    knowsByInquiry: true,
    trackingNumber: null,
    processed: new Map(),
    received: [],
    inquiries: [],
    subscriptions: new Map(),
    subscriptionStatus: 'active',
    rewritten: [],
    attachments: [],
    attachStatus: 200,
    async notify(claimIdentifier, code, options = {}) {
      const claim = claims.get(claimIdentifier)
      if (claim === undefined) throw new Error('the payer does not know this request')
      const number = options.number ?? ++events
      const focus = respond(claim, code, options.created ?? new Date().toISOString())
      options.change?.(focus.entry?.[0]?.resource as ClaimResponse)
      const sent: number[] = []
      for (const [id, subscription] of payer.subscriptions)
        for (let time = 0; time < (options.times ?? 1); time++)
          sent.push(await post(subscription, notification(id, number, focus, 'event-notification')))
      return sent
    },
    async listen(port = 0) {
      app = build()
      const address = await app.listen({ host: '127.0.0.1', port })
      Object.assign(payer, { base: `${address}/fhir` })
    },
    async close() {
      await app?.close()
    },
  }
  return payer
}
