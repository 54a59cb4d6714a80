/** Subscriptions of the R4 Backport: create, read, search by url, update, delete, `$status`. Only their own client sees them. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { FhirResource } from 'fhir/r4'
import { shakeHands } from './deliveries.ts'
import { refuse, sendRefusal, sendResource } from './fhir-http.ts'
import type { StoredSubscription } from './ledger.ts'
import { buildStatusAnswer } from './notification.ts'
import { PAS_PATH, PAS_VERSIONS, type PasVersion } from './pas-version.ts'
import type { Payer } from './payer.ts'
import { parseSubscription } from './subscription-rules.ts'

/** Adds `Subscription` below the base of each version. */
export function subscriptionRoutes(app: FastifyInstance, payer: Payer): void {
  for (const version of PAS_VERSIONS) addSubscriptions(app, payer, version)
}

function addSubscriptions(app: FastifyInstance, payer: Payer, version: PasVersion): void {
  const { ledger } = payer
  const path = `${PAS_PATH[version]}/Subscription`
  /** The subscription, if it is this caller's; otherwise the refusal is sent. */
  const findOwn = (
    authorization: string | undefined,
    scope: string,
    id: string,
    reply: FastifyReply,
  ): StoredSubscription | undefined => {
    const grant = payer.requireScope(authorization, scope, reply)
    if (grant === undefined) return undefined
    const found = ledger
      .subscriptions()
      .find((one) => one.resource.id === id && one.clientId === grant.clientId && one.version === version)
    if (found === undefined) sendRefusal(reply, refuse(404, 'not-found', 'There is no such Subscription.'))
    return found
  }

  app.post(path, async (request, reply) => {
    const grant = payer.requireScope(request.headers.authorization, 'system/Subscription.c', reply)
    if (grant === undefined) return reply
    const parsed = parseSubscription(request.body, payer.options.client, version)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const { resource, ...asked } = parsed.value
    const { clientId } = grant
    const stored = { resource: { ...resource, id: payer.newId() }, clientId, version, ...asked, events: 0 }
    ledger.saveSubscription(stored)
    reply.raw.once('finish', () => void shakeHands(payer, stored))
    return sendResource(
      reply.header('location', `${payer.options.baseUrl}${path}/${stored.resource.id}`),
      stored.resource,
      201,
    )
  })

  app.put<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.u', request.params.id, reply)
    if (own === undefined) return reply
    const parsed = parseSubscription(request.body, payer.options.client, version)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const stored = {
      ...own,
      ...parsed.value,
      resource: { ...parsed.value.resource, id: own.resource.id },
    }
    ledger.saveSubscription(stored)
    reply.raw.once('finish', () => void shakeHands(payer, stored))
    return sendResource(reply, stored.resource)
  })

  app.get<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.r', request.params.id, reply)
    return own === undefined ? reply : sendResource(reply, own.resource)
  })

  app.get<{ Querystring: { url?: string } }>(path, async (request, reply) => {
    const grant = payer.requireScope(request.headers.authorization, 'system/Subscription.s', reply)
    if (grant === undefined) return reply
    const { url } = request.query
    const matches = ledger
      .subscriptions()
      .filter(
        (one) =>
          one.clientId === grant.clientId &&
          one.version === version &&
          (url === undefined || one.resource.channel.endpoint === url),
      )
    return sendResource(
      reply,
      buildSearchset(
        payer.frame(version),
        matches.map((one) => one.resource),
      ),
    )
  })

  app.delete<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
    const own = findOwn(request.headers.authorization, 'system/Subscription.d', request.params.id, reply)
    if (own === undefined) return reply
    ledger.removeSubscription(own.resource.id)
    return reply.code(204).send()
  })

  app.route<{ Params: { id: string } }>({
    method: ['GET', 'POST'],
    url: `${path}/:id/$status`,
    handler: async (request, reply) => {
      const own = findOwn(request.headers.authorization, 'system/Subscription.r', request.params.id, reply)
      return own === undefined ? reply : sendResource(reply, buildStatusAnswer(own, payer.frame(version)))
    },
  })
}

function buildSearchset(
  { fhirBase, newId }: ReturnType<Payer['frame']>,
  resources: readonly (FhirResource & { id: string })[],
): FhirResource {
  return {
    resourceType: 'Bundle',
    id: newId(),
    type: 'searchset',
    total: resources.length,
    ...(resources.length === 0
      ? {}
      : {
          entry: resources.map((resource) => ({
            fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id}`,
            resource,
            search: { mode: 'match' as const },
          })),
        }),
  }
}
