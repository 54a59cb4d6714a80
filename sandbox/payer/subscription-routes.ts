/** Subscriptions of the R4 Backport: create, read, search by url, update, delete, `$status`. Only their own client sees them. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { FhirResource } from 'fhir/r4'
import { shakeHands } from './deliveries.ts'
import { refuse, sendRefusal, sendResource } from './fhir-http.ts'
import type { StoredSubscription } from './ledger.ts'
import { buildStatusAnswer } from './notification.ts'
import type { Payer } from './payer.ts'
import { parseSubscription } from './subscription-rules.ts'

/** Adds `/fhir/Subscription`. */
export function subscriptionRoutes(app: FastifyInstance, payer: Payer): void {
  const { ledger } = payer
  /** The subscription, if it is this caller's; otherwise the refusal is sent. */
  const findOwn = (
    authorization: string | undefined,
    scope: string,
    id: string,
    reply: FastifyReply,
  ): StoredSubscription | undefined => {
    const grant = payer.requireScope(authorization, scope, reply)
    if (grant === undefined) return undefined
    const found = ledger.subscriptions().find((one) => one.resource.id === id && one.clientId === grant.clientId)
    if (found === undefined) sendRefusal(reply, refuse(404, 'not-found', 'There is no such Subscription.'))
    return found
  }

  app.post('/fhir/Subscription', async (request, reply) => {
    const grant = payer.requireScope(request.headers.authorization, 'system/Subscription.c', reply)
    if (grant === undefined) return reply
    const parsed = parseSubscription(request.body, payer.options.client)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const { resource, senderId } = parsed.value
    const stored = { resource: { ...resource, id: payer.newId() }, clientId: grant.clientId, senderId, events: 0 }
    ledger.saveSubscription(stored)
    reply.raw.once('finish', () => void shakeHands(payer, stored))
    return sendResource(
      reply.header('location', `${payer.fhirBase}/Subscription/${stored.resource.id}`),
      stored.resource,
      201,
    )
  })

  app.put<{ Params: { id: string } }>('/fhir/Subscription/:id', async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.u', request.params.id, reply)
    if (own === undefined) return reply
    const parsed = parseSubscription(request.body, payer.options.client)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const stored = {
      ...own,
      senderId: parsed.value.senderId,
      resource: { ...parsed.value.resource, id: own.resource.id },
    }
    ledger.saveSubscription(stored)
    reply.raw.once('finish', () => void shakeHands(payer, stored))
    return sendResource(reply, stored.resource)
  })

  app.get<{ Params: { id: string } }>('/fhir/Subscription/:id', async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.r', request.params.id, reply)
    return own === undefined ? reply : sendResource(reply, own.resource)
  })

  app.get<{ Querystring: { url?: string } }>('/fhir/Subscription', async (request, reply) => {
    const grant = payer.requireScope(request.headers.authorization, 'system/Subscription.s', reply)
    if (grant === undefined) return reply
    const { url } = request.query
    const matches = ledger
      .subscriptions()
      .filter((one) => one.clientId === grant.clientId && (url === undefined || one.resource.channel.endpoint === url))
    return sendResource(
      reply,
      buildSearchset(
        payer,
        matches.map((one) => one.resource),
      ),
    )
  })

  app.delete<{ Params: { id: string } }>('/fhir/Subscription/:id', async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.d', request.params.id, reply)
    if (own === undefined) return reply
    ledger.removeSubscription(own.resource.id)
    return reply.code(204).send()
  })

  app.route<{ Params: { id: string } }>({
    method: ['GET', 'POST'],
    url: '/fhir/Subscription/:id/$status',
    handler: async (request, reply) => {
      const own = findOwn(request.headers.authorization, 'system/Subscription.r', request.params.id, reply)
      return own === undefined ? reply : sendResource(reply, buildStatusAnswer(own, payer.frame()))
    },
  })
}

function buildSearchset(payer: Payer, resources: readonly (FhirResource & { id: string })[]): FhirResource {
  return {
    resourceType: 'Bundle',
    id: payer.newId(),
    type: 'searchset',
    total: resources.length,
    ...(resources.length === 0
      ? {}
      : {
          entry: resources.map((resource) => ({
            fullUrl: `${payer.fhirBase}/${resource.resourceType}/${resource.id}`,
            resource,
            search: { mode: 'match' as const },
          })),
        }),
  }
}
