/** Another system's notification endpoint: keeps what comes, and answers as it is told to. */
import Fastify from 'fastify'
import type { Bundle, Parameters, Subscription } from 'fhir/r4'

export interface Notified {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly bundle: Bundle
  readonly type: string
  readonly status: string
  readonly eventsSinceStart: string
}

export interface VendorReceiver {
  readonly base: string
  readonly host: string
  /** The status of the next answers. */
  answers: number
  readonly notified: Notified[]
  /** What came for one Subscription, of one type. */
  of(id: string, type: string): Notified[]
  close(): Promise<void>
}

const part = (status: Parameters, name: string) => status.parameter?.find((one) => one.name === name)

export async function createVendorReceiver(): Promise<VendorReceiver> {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 5_000_000 })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const notified: Notified[] = []
  app.post('/*', async (request, reply) => {
    const bundle = JSON.parse(String(request.body)) as Bundle
    const status = bundle.entry?.[0]?.resource as Parameters
    if (receiver.answers === 200)
      notified.push({
        path: request.url,
        headers: request.headers,
        text: String(request.body),
        bundle,
        type: part(status, 'type')?.valueCode ?? '',
        status: part(status, 'status')?.valueCode ?? '',
        eventsSinceStart: part(status, 'events-since-subscription-start')?.valueString ?? '',
      })
    return reply.code(receiver.answers).send()
  })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const receiver: VendorReceiver = {
    base,
    host: new URL(base).host,
    answers: 200,
    notified,
    of: (id, type) =>
      notified.filter(
        (one) => one.type === type && one.bundle.entry?.[0]?.request?.url.endsWith(`Subscription/${id}/$status`),
      ),
    close: () => app.close(),
  }
  return receiver
}

/** A PAS Subscription of another system; `change` what the test is about. */
export function vendorSubscription(
  vendor: VendorReceiver,
  change: Partial<Subscription> = {},
  channel: Partial<Subscription['channel']> = {},
): Subscription {
  return {
    resourceType: 'Subscription',
    meta: { profile: ['http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-subscription'] },
    status: 'requested',
    reason: 'Results of pended requests',
    criteria: 'http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic',
    _criteria: {
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria',
          valueString: 'org-identifier=PRECERT01',
        },
      ],
    },
    channel: {
      type: 'rest-hook',
      endpoint: `${vendor.base}/notify`,
      payload: 'application/fhir+json',
      _payload: {
        extension: [
          {
            url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
            valueCode: 'full-resource',
          },
        ],
      },
      header: ['Authorization: Bearer the-vendors-own', 'X-Route: pas'],
      ...channel,
    },
    ...change,
  }
}
