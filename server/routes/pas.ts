/**
 * The PAS server, an endpoint for each version, that another vendor's system can call, and the address at which payers notify us. Public
 * and guarded routes are apart by encapsulation. Errors are OperationOutcomes; FHIR bodies pass untouched.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { buildDiscoveryDocument } from '#domain/pas/discovery.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { permits, type Permission } from '#domain/smart/scopes.ts'
import type { PasClientConfig, PayerConfig } from '../config.ts'
import { keepJsonBytes } from '../http/json-parser.ts'
import { buildCapabilityStatement, buildSmartConfiguration } from '../intermediary/capability-statement.ts'
import type { ClientAccess, Guarded } from '../intermediary/client-access.ts'
import type { Asking } from '../intermediary/client-subscriptions.ts'
import { ENDPOINT_PATH, endpointBase } from '../intermediary/endpoint.ts'
import type { Intermediary } from '../intermediary/intermediary.ts'
import { toOutcome, type PasRefusal } from '../intermediary/outcome.ts'
import { pasSubscriptionRoutes } from './pas-subscriptions.ts'

export interface PasRoutesDeps {
  readonly baseUrl: string
  readonly payers: readonly Pick<PayerConfig, 'id' | 'identifiers' | 'pas'>[]
  readonly intermediary: Pick<
    Intermediary,
    'submitForClient' | 'inquireForClient' | 'readAnswer' | 'receiveNotification' | 'subscriptions'
  >
  readonly access: Readonly<Record<PasVersion, ClientAccess>>
  /** Largest request body; documents travel inline. */
  readonly bodyLimit?: number
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8'
const DEFAULT_BODY_LIMIT = 25_000_000

const callers = new WeakMap<FastifyRequest, { client: PasClientConfig; scopes: readonly string[] }>()

function refuse(reply: FastifyReply, refusal: PasRefusal): FastifyReply {
  const { status, outcome } = toOutcome(refusal)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(status).header('content-type', FHIR_JSON).send(JSON.stringify(outcome))
}

const sendBytes = (reply: FastifyReply, status: number, body: Uint8Array): FastifyReply =>
  reply.code(status).header('content-type', FHIR_JSON).send(Buffer.from(body))

const bearerOf = (request: FastifyRequest): string | null =>
  /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null

/** Errors before a route: too large, no JSON, a bug. The shape is FHIR's here, not the app's. */
function answerPasError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.statusCode === 413) return refuse(reply, { reason: 'too-large' })
  if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, { reason: 'not-json' })
  request.log.error({ bug: error.name, code: error.code }, 'pas request failed')
  return refuse(reply, { reason: 'internal' })
}

function parseForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new Map(new URLSearchParams(String(body)))),
  )
}

function tokenRoute(app: FastifyInstance, { access }: PasRoutesDeps, version: PasVersion): void {
  parseForms(app)
  app.post(`${ENDPOINT_PATH[version]}/token`, { bodyLimit: 50_000 }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const form = request.body instanceof Map ? (request.body as Map<string, string>) : new Map<string, string>()
    const issued = await access[version].issue(form)
    if (!issued.ok)
      return reply.code(issued.error.reason === 'invalid_client' ? 401 : 400).send({ error: issued.error.reason })
    const { token, scope, expiresIn } = issued.value
    return reply.send({ access_token: token, token_type: 'bearer', expires_in: expiresIn, scope })
  })
}

/** Behind a token: operations and Subscriptions, under the endpoint's FHIR base. */
async function guardedRoutes(app: FastifyInstance, deps: PasRoutesDeps, version: PasVersion): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    const bearer = bearerOf(request)
    const caller = bearer === null ? undefined : await deps.access[version].verify(bearer)
    if (caller === undefined) return refuse(reply, { reason: 'token-missing' })
    callers.set(request, caller)
    return undefined
  })
  const authorize =
    (type: Guarded) =>
    (request: FastifyRequest, reply: FastifyReply, action: Permission): Asking | undefined => {
      const caller = callers.get(request)
      if (caller !== undefined && permits(caller.scopes, type, action)) return { client: caller.client, version }
      void refuse(reply, { reason: 'scope-missing' })
      return undefined
    }
  const bodyLimit = deps.bodyLimit ?? DEFAULT_BODY_LIMIT
  const operation = (
    operations: FastifyInstance,
    path: string,
    action: Permission,
    run: Intermediary['submitForClient'] | Intermediary['inquireForClient'],
  ): void => {
    operations.post(path, { bodyLimit }, async (request, reply) => {
      const asking = authorize('Claim')(request, reply, action)
      if (asking === undefined) return reply
      const body = request.rawBody
      if (body === null) return refuse(reply, { reason: 'not-bundle' })
      const answered = await run({ ...asking, body })
      return answered.ok ? sendBytes(reply, answered.value.status, answered.value.body) : refuse(reply, answered.error)
    })
  }
  await app.register(async (operations) => {
    keepJsonBytes(operations)
    operation(operations, '/Claim/$submit', 'c', deps.intermediary.submitForClient)
    operation(operations, '/Claim/$inquire', 'r', deps.intermediary.inquireForClient)
  })
  if (version === '2.0.1') answerRoute(app, deps, authorize('ClaimResponse'))
  parseForms(app)
  const { baseUrl, intermediary } = deps
  const { subscriptions } = intermediary
  pasSubscriptionRoutes(app, { baseUrl, version, subscriptions, authorize: authorize('Subscription'), refuse })
}

/** What an id-only notification names (2.0.1 alone has these). */
function answerRoute(
  app: FastifyInstance,
  { intermediary }: PasRoutesDeps,
  authorize: (request: FastifyRequest, reply: FastifyReply, action: Permission) => Asking | undefined,
): void {
  app.get<{ Params: { id: string } }>('/ClaimResponse/:id', async (request, reply) => {
    const asking = authorize(request, reply, 'r')
    if (asking === undefined) return reply
    const read = await intermediary.readAnswer(asking, request.params.id)
    return read.ok ? sendBytes(reply, 200, read.value) : refuse(reply, read.error)
  })
}

/** The PAS server of one version: its statement is public, the rest is behind a token. */
async function fhirRoutes(app: FastifyInstance, deps: PasRoutesDeps, version: PasVersion): Promise<void> {
  app.setNotFoundHandler((_request, reply) => refuse(reply, { reason: 'not-found' }))
  const statement = JSON.stringify(buildCapabilityStatement(deps.baseUrl, version))
  app.get('/metadata', async (_request, reply) => reply.header('content-type', FHIR_JSON).send(statement))
  app.get('/.well-known/smart-configuration', async () => buildSmartConfiguration(deps.baseUrl, version))
  await app.register((guarded) => guardedRoutes(guarded, deps, version))
}

/** A payer's notifications: our own bearer, replayed by the payer, is the key. */
function notificationRoute(app: FastifyInstance, deps: PasRoutesDeps): void {
  keepJsonBytes(app)
  const bodyLimit = deps.bodyLimit ?? DEFAULT_BODY_LIMIT
  app.post<{ Params: { payerId: string } }>('/pas/notify/:payerId', { bodyLimit }, async (request, reply) => {
    if (request.rawBody === null) return refuse(reply, { reason: 'not-a-notification' })
    const received = await deps.intermediary.receiveNotification({
      payerId: request.params.payerId,
      bearer: bearerOf(request),
      body: request.rawBody,
      contentType: request.headers['content-type'] ?? null,
    })
    return received.ok ? reply.code(200).send() : refuse(reply, { reason: received.error.reason })
  })
}

/** HRex endpoint discovery, for all payers and for each: public JSON. */
function discoveryRoutes(app: FastifyInstance, { baseUrl, payers }: PasRoutesDeps): void {
  const bases = { '2.2.1': endpointBase(baseUrl, '2.2.1'), '2.0.1': endpointBase(baseUrl, '2.0.1') }
  const served = payers.filter(({ pas }) => pas !== null)
  const identifierOf = (payer: (typeof served)[number] | undefined) => payer?.identifiers[0] ?? null
  const all = buildDiscoveryDocument(served.length === 1 ? identifierOf(served[0]) : null, bases)
  app.get('/.well-known/davinci-configuration', async () => all)
  app.get<{ Params: { payerId: string } }>(
    '/pas/payers/:payerId/.well-known/davinci-configuration',
    async (request, reply) => {
      const payer = served.find(({ id }) => id === request.params.payerId)
      return payer === undefined
        ? refuse(reply, { reason: 'not-found' })
        : buildDiscoveryDocument(identifierOf(payer), bases)
    },
  )
}

/** Registers the PAS server; JSON bodies need `parseJsonBodies` (server/http). */
export async function pasRoutes(app: FastifyInstance, deps: PasRoutesDeps): Promise<void> {
  await app.register(async (pas) => {
    pas.setErrorHandler(answerPasError)
    discoveryRoutes(pas, deps)
    for (const version of ['2.2.1', '2.0.1'] as const) {
      const path = ENDPOINT_PATH[version]
      pas.get(`${path}/.well-known/smart-configuration`, async () => buildSmartConfiguration(deps.baseUrl, version))
      await pas.register(async (token) => tokenRoute(token, deps, version))
      await pas.register((fhir) => fhirRoutes(fhir, deps, version), { prefix: `${path}/fhir` })
    }
    await pas.register(async (notify) => notificationRoute(notify, deps))
  })
}
