/**
 * The PAS server (2.2 endpoint) that another vendor's system can call, and the address at which payers notify us. Public
 * and guarded routes are apart by encapsulation. Errors are OperationOutcomes; FHIR bodies pass untouched.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PasClientConfig } from '../config.ts'
import { buildCapabilityStatement, buildSmartConfiguration } from '../intermediary/capability-statement.ts'
import { mayDo, type ClientAccess } from '../intermediary/client-access.ts'
import type { Intermediary } from '../intermediary/intermediary.ts'
import { toOutcome, type PasRefusal } from '../intermediary/outcome.ts'

export interface PasRoutesDeps {
  readonly baseUrl: string
  readonly intermediary: Pick<Intermediary, 'submitForClient' | 'inquireForClient' | 'receiveNotification'>
  readonly access: ClientAccess
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

function tokenRoute(app: FastifyInstance, { access }: PasRoutesDeps): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new Map(new URLSearchParams(String(body)))),
  )
  app.post('/pas/2.2/token', { bodyLimit: 50_000 }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const form = request.body instanceof Map ? (request.body as Map<string, string>) : new Map<string, string>()
    const issued = await access.issue(form)
    if (!issued.ok)
      return reply.code(issued.error.reason === 'invalid_client' ? 401 : 400).send({ error: issued.error.reason })
    const { token, scope, expiresIn } = issued.value
    return reply.send({ access_token: token, token_type: 'bearer', expires_in: expiresIn, scope })
  })
}

/** Behind a token: the operations. */
function operationRoutes(app: FastifyInstance, deps: PasRoutesDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    const bearer = bearerOf(request)
    const caller = bearer === null ? undefined : await deps.access.verify(bearer)
    if (caller === undefined) return refuse(reply, { reason: 'token-missing' })
    callers.set(request, caller)
    return undefined
  })
  const bodyLimit = deps.bodyLimit ?? DEFAULT_BODY_LIMIT
  const operation = (
    path: string,
    action: 'c' | 'r',
    run: Intermediary['submitForClient'] | Intermediary['inquireForClient'],
  ): void => {
    app.post(path, { bodyLimit }, async (request, reply) => {
      const caller = callers.get(request)
      if (caller === undefined || !mayDo(caller.scopes, action)) return refuse(reply, { reason: 'scope-missing' })
      const body = request.rawBody
      if (body === null) return refuse(reply, { reason: 'not-bundle' })
      const answered = await run({ client: caller.client, body, json: request.body })
      return answered.ok ? sendBytes(reply, answered.value.status, answered.value.body) : refuse(reply, answered.error)
    })
  }
  operation('/pas/2.2/fhir/Claim/$submit', 'c', deps.intermediary.submitForClient)
  operation('/pas/2.2/fhir/Claim/$inquire', 'r', deps.intermediary.inquireForClient)
}

/** A payer's notifications: our own bearer, replayed by the payer, is the key. */
function notificationRoute(app: FastifyInstance, deps: PasRoutesDeps): void {
  const bodyLimit = deps.bodyLimit ?? DEFAULT_BODY_LIMIT
  app.post<{ Params: { payerId: string } }>('/pas/notify/:payerId', { bodyLimit }, async (request, reply) => {
    if (request.rawBody === null) return refuse(reply, { reason: 'not-a-notification' })
    const received = await deps.intermediary.receiveNotification({
      payerId: request.params.payerId,
      bearer: bearerOf(request),
      body: request.rawBody,
      json: request.body,
      contentType: request.headers['content-type'] ?? null,
    })
    return received.ok ? reply.code(200).send() : refuse(reply, { reason: received.error.reason })
  })
}

/** Registers the PAS server; JSON bodies need `parseJsonBodies` (server/http). */
export async function pasRoutes(app: FastifyInstance, deps: PasRoutesDeps): Promise<void> {
  await app.register(async (pas) => {
    pas.setErrorHandler(answerPasError)
    const statement = JSON.stringify(buildCapabilityStatement(deps.baseUrl))
    pas.get('/pas/2.2/fhir/metadata', async (_request, reply) =>
      reply.header('content-type', FHIR_JSON).send(statement),
    )
    const smart = buildSmartConfiguration(deps.baseUrl)
    pas.get('/pas/2.2/.well-known/smart-configuration', async () => smart)
    pas.get('/pas/2.2/fhir/.well-known/smart-configuration', async () => smart)
    await pas.register(async (token) => tokenRoute(token, deps))
    await pas.register(async (operations) => operationRoutes(operations, deps))
    await pas.register(async (notify) => notificationRoute(notify, deps))
  })
}
