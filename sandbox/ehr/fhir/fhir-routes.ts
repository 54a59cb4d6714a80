/**
 * The FHIR R4 server of the simulated EHR: metadata, read, search, create, update. Every answer that is not a resource is an
 * OperationOutcome; every read and write is held against the scopes and the patient of the token.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { buildOperationOutcome, type OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import type { Grant } from '../oauth/grants.ts'
import { readAccess, type Interaction } from '../oauth/scopes.ts'
import { isResource, readPatientId, toReference, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { buildCapabilityStatement } from './capability-statement.ts'
import { runSearch } from './search.ts'
import { RESOURCE_TYPES } from './search-parameters.ts'
import { listWriteFaults, WRITABLE } from './write-rules.ts'

const FHIR_JSON = 'application/fhir+json; charset=utf-8'

export interface FhirRoutesOptions {
  /** Origin of the simulated EHR. */
  readonly baseUrl: string
  readonly store: ResourceStore
  readonly now: () => string
  readonly readGrant: (token: string) => Grant | undefined
  /** Milliseconds that every chart read waits. */
  readonly delayMs: () => number
}

interface TypeParams {
  readonly type: string
}
interface InstanceParams extends TypeParams {
  readonly id: string
}

/** Who asks and how far the token reaches for this type. */
interface Access {
  /** The only patient whose data may pass, or null where the user's own reach applies. */
  readonly patientId: string | null
  readonly scopes: readonly string[]
}

/** Adds the FHIR server under `/fhir`. */
export function fhirRoutes(app: FastifyInstance, options: FhirRoutesOptions): void {
  const { store, baseUrl } = options
  const fhirBase = `${baseUrl}/fhir`

  app.addHook('preHandler', async () => {
    const delay = options.delayMs()
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  })

  /** The access of a request, or undefined after the refusal has been sent. */
  const authorize = (
    request: FastifyRequest,
    reply: FastifyReply,
    type: string,
    interaction: Interaction,
  ): Access | undefined => {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const grant = token === undefined ? undefined : options.readGrant(token)
    if (grant === undefined) {
      void reply.header('www-authenticate', 'Bearer realm="Sandbox EHR"')
      refuse(
        reply,
        401,
        'login',
        token === undefined ? 'A bearer token is needed' : 'The token is unknown or has expired',
      )
      return undefined
    }
    if (!RESOURCE_TYPES.includes(type)) {
      refuse(reply, 404, 'not-supported', `${type} is not served here`)
      return undefined
    }
    const reach = readAccess(grant.scopes, type, interaction)
    if (reach === 'none') {
      refuse(reply, 403, 'forbidden', `The token has no scope for ${type}.${interaction}`)
      return undefined
    }
    return { patientId: reach === 'patient' ? grant.launch.patientId : null, scopes: grant.scopes }
  }

  app.get('/metadata', async (_request, reply) => send(reply, 200, buildCapabilityStatement(baseUrl, options.now())))

  app.get<{ Params: InstanceParams }>('/:type/:id', async (request, reply) => {
    const { type, id } = request.params
    const access = authorize(request, reply, type, 'r')
    if (access === undefined) return reply
    const resource = store.read(type, id)
    if (resource === undefined) return refuse(reply, 404, 'not-found', `${type}/${id} does not exist`)
    if (!isWithin(access, resource)) return refuse(reply, 403, 'forbidden', 'Outside of the patient this token is for')
    const etag = toEtag(resource)
    if (request.headers['if-none-match'] === etag) return reply.code(304).header('etag', etag).send()
    return sendVersioned(reply, 200, resource)
  })

  const search = (request: FastifyRequest, reply: FastifyReply, type: string, query: URLSearchParams): FastifyReply => {
    const access = authorize(request, reply, type, 's')
    if (access === undefined) return reply
    const asked = (query.get('patient') ?? query.get('subject'))?.replace(/^Patient\//, '')
    if (access.patientId !== null && asked !== undefined && asked !== access.patientId)
      return refuse(reply, 403, 'forbidden', 'Outside of the patient this token is for')
    const found = runSearch({
      type,
      query,
      store,
      baseUrl: fhirBase,
      lenient: /handling=lenient/.test(String(request.headers['prefer'] ?? '')),
      patientId: access.patientId,
      mayRead: (included) => readAccess(access.scopes, included, 'r') !== 'none',
    })
    if (found.ok) return send(reply, 200, found.value)
    const [first, ...rest] = found.error.texts
    return refuseAll(reply, 400, [
      toIssue('not-supported', first),
      ...rest.map((text) => toIssue('not-supported', text)),
    ])
  }

  app.get<{ Params: TypeParams }>('/:type', async (request, reply) =>
    search(request, reply, request.params.type, new URL(request.url, baseUrl).searchParams),
  )

  app.post<{ Params: TypeParams }>('/:type/_search', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const query = new URLSearchParams([...new URL(request.url, baseUrl).searchParams, ...form])
    return search(request, reply, request.params.type, query)
  })

  app.post<{ Params: TypeParams }>('/:type', async (request, reply) => {
    const { type } = request.params
    const access = authorize(request, reply, type, 'c')
    if (access === undefined) return reply
    if (WRITABLE[type]?.create !== true) return refuse(reply, 405, 'not-supported', `${type} cannot be created here`)
    const body = request.body
    if (!isResource(body)) return refuse(reply, 400, 'structure', 'The body is not a FHIR resource')
    if (!isWithin(access, body)) return refuse(reply, 403, 'forbidden', 'Outside of the patient this token is for')
    const [first, ...rest] = listFaults(body, type)
    if (first !== undefined) return refuseAll(reply, 422, [first, ...rest])
    const created = store.create(body)
    void reply.header('location', `${fhirBase}/${toReference(created)}/_history/${created.meta.versionId}`)
    return sendVersioned(reply, 201, created)
  })

  app.put<{ Params: InstanceParams }>('/:type/:id', async (request, reply) => {
    const { type, id } = request.params
    const access = authorize(request, reply, type, 'u')
    if (access === undefined) return reply
    if (WRITABLE[type] === undefined) return refuse(reply, 405, 'not-supported', `${type} cannot be changed here`)
    const body = request.body
    if (!isResource(body) || body.id !== id) return refuse(reply, 400, 'structure', `The body is not ${type}/${id}`)
    const current = store.read(type, id)
    if (current === undefined) return refuse(reply, 404, 'not-found', `${type}/${id} does not exist`)
    if (!isWithin(access, current) || !isWithin(access, body))
      return refuse(reply, 403, 'forbidden', 'Outside of the patient this token is for')
    const ifMatch = request.headers['if-match']
    if (ifMatch === undefined) return refuse(reply, 428, 'required', 'If-Match is needed to change a resource')
    const [first, ...rest] = listFaults(body, type)
    if (first !== undefined) return refuseAll(reply, 422, [first, ...rest])
    const updated = store.update({ ...body, id }, /^W\/"(.+)"$/.exec(ifMatch)?.[1] ?? ifMatch)
    return updated.ok
      ? sendVersioned(reply, 200, updated.value)
      : refuse(reply, 412, 'conflict', `${type}/${id} was changed by somebody else`)
  })

  const listFaults = (body: Parameters<typeof listWriteFaults>[0], type: string): readonly OutcomeIssue[] =>
    listWriteFaults(body, { type, fhirBase, exists: (of, id) => store.read(of, id) !== undefined })

  app.setNotFoundHandler(async (request, reply) =>
    refuse(reply, 404, 'not-supported', `${request.method} is not supported at this address`),
  )
  app.setErrorHandler(async (error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500
    return refuse(
      reply,
      status,
      status >= 500 ? 'exception' : 'structure',
      status >= 500 ? 'Internal error' : error.message,
    )
  })
}

/** Whether a resource may pass: it belongs to the token's patient, or the token is not bound to one. */
function isWithin(access: Access, resource: Parameters<typeof readPatientId>[0]): boolean {
  return access.patientId === null || readPatientId(resource) === access.patientId
}

const toEtag = (resource: StoredResource): string => `W/"${resource.meta.versionId}"`

function toIssue(code: OutcomeIssue['code'], text: string): OutcomeIssue {
  return { severity: 'error', code, text }
}

function refuse(reply: FastifyReply, status: number, code: OutcomeIssue['code'], text: string): FastifyReply {
  return refuseAll(reply, status, [toIssue(code, text)])
}

function refuseAll(
  reply: FastifyReply,
  status: number,
  issues: readonly [OutcomeIssue, ...OutcomeIssue[]],
): FastifyReply {
  return send(reply, status, buildOperationOutcome(issues))
}

function send(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply
    .code(status)
    .header('content-type', FHIR_JSON)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(body))
}

function sendVersioned(reply: FastifyReply, status: number, resource: StoredResource): FastifyReply {
  void reply.header('etag', toEtag(resource))
  void reply.header('last-modified', new Date(resource.meta.lastUpdated).toUTCString())
  return send(reply, status, resource)
}
