/** Subscription at the PAS server: FHIR REST over `intermediary/client-subscriptions.ts`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bundle, FhirResource } from 'fhir/r4'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import type { Result } from '#domain/result.ts'
import type { Permission } from '#domain/smart/scopes.ts'
import type {
  Asking,
  ClientSubscriptions,
  StoredSubscription,
  SubscriptionRefusal,
} from '../intermediary/client-subscriptions.ts'
import { endpointBase } from '../intermediary/endpoint.ts'
import type { PasRefusal } from '../intermediary/outcome.ts'

export interface PasSubscriptionRoutesDeps {
  readonly baseUrl: string
  readonly version: PasVersion
  readonly subscriptions: ClientSubscriptions
  /** The caller, where its token allows this; a refusal was sent else. */
  readonly authorize: (request: FastifyRequest, reply: FastifyReply, action: Permission) => Asking | undefined
  readonly refuse: (reply: FastifyReply, refusal: PasRefusal) => FastifyReply
}

interface OneSubscription {
  readonly Params: { readonly id: string }
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8'
const BODY_LIMIT = 100_000

/** `W/"3"` or `"3"` names version 3; null where no version is asked for. */
const readIfMatch = (request: FastifyRequest): string | null => {
  const header = request.headers['if-match']
  return header === undefined ? null : (/^(?:W\/)?"([^"]*)"$/.exec(header)?.[1] ?? header)
}

/** Registers the interactions and `$status` under the endpoint's prefix, behind its token. */
export function pasSubscriptionRoutes(app: FastifyInstance, deps: PasSubscriptionRoutesDeps): void {
  const { subscriptions, authorize, refuse } = deps
  const base = `${endpointBase(deps.baseUrl, deps.version)}/Subscription`
  const sendStored = (
    reply: FastifyReply,
    stored: Result<StoredSubscription, SubscriptionRefusal>,
    status: number,
  ): FastifyReply => {
    if (!stored.ok) return refuse(reply, stored.error)
    const { resource, versionId, lastUpdated } = stored.value
    return reply
      .code(status)
      .header('etag', `W/"${versionId}"`)
      .header('last-modified', new Date(lastUpdated).toUTCString())
      .header('content-type', FHIR_JSON)
      .send(JSON.stringify(resource))
  }
  const sendBundle = (reply: FastifyReply, bundle: Bundle<FhirResource>): FastifyReply =>
    reply.header('content-type', FHIR_JSON).send(JSON.stringify(bundle))

  app.post('/Subscription', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asking = authorize(request, reply, 'c')
    if (asking === undefined) return reply
    const stored = await subscriptions.create(asking, request.body)
    if (stored.ok) reply.header('location', `${base}/${String(stored.value.resource.id)}/_history/1`)
    return sendStored(reply, stored, 201)
  })
  app.get<OneSubscription>('/Subscription/:id', async (request, reply) => {
    const asking = authorize(request, reply, 'r')
    return asking === undefined ? reply : sendStored(reply, await subscriptions.read(asking, request.params.id), 200)
  })
  app.put<OneSubscription>('/Subscription/:id', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asking = authorize(request, reply, 'u')
    if (asking === undefined) return reply
    const { id } = request.params
    return sendStored(reply, await subscriptions.update(asking, id, request.body, readIfMatch(request)), 200)
  })
  app.delete<OneSubscription>('/Subscription/:id', async (request, reply) => {
    const asking = authorize(request, reply, 'd')
    if (asking === undefined) return reply
    const removed = await subscriptions.remove(asking, request.params.id)
    return removed.ok ? reply.code(204).send() : refuse(reply, removed.error)
  })

  app.get('/Subscription', async (request, reply) => {
    const asking = authorize(request, reply, 's')
    if (asking === undefined) return reply
    const [, query] = request.url.split('?')
    return sendBundle(reply, await subscriptions.search(asking, new URLSearchParams(query), base))
  })
  app.post('/Subscription/_search', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asking = authorize(request, reply, 's')
    if (asking === undefined) return reply
    const [, query] = request.url.split('?')
    const form = request.body instanceof Map ? [...(request.body as Map<string, string>)] : []
    const parameters = new URLSearchParams([...new URLSearchParams(query), ...form])
    return sendBundle(reply, await subscriptions.search(asking, parameters, base))
  })

  app.route<OneSubscription>({
    method: ['GET', 'POST'],
    url: '/Subscription/:id/$status',
    bodyLimit: BODY_LIMIT,
    handler: async (request, reply) => {
      const asking = authorize(request, reply, 'r')
      if (asking === undefined) return reply
      const answered = await subscriptions.status(asking, request.params.id)
      return answered.ok ? sendBundle(reply, answered.value) : refuse(reply, answered.error)
    },
  })
}
