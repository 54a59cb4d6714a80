/** The FHIR server's transport: addresses, headers, bodies. What is answered is decided in `fhir-server.ts`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Grant } from '../oauth/grants.ts'
import type { ResourceStore } from '../store.ts'
import { answer, refuse, type FhirAnswer } from './answer.ts'
import { buildCapabilityStatement } from './capability-statement.ts'
import { createFhirServer } from './fhir-server.ts'

export interface FhirRoutesOptions {
  /** Origin of the simulated EHR. */
  readonly baseUrl: string
  readonly store: ResourceStore
  readonly now: () => string
  readonly readGrant: (token: string) => Grant | undefined
  /** Milliseconds that every answer waits. */
  readonly delayMs: () => number
}

interface TypeRoute {
  Params: { readonly type: string }
}
interface InstanceRoute {
  Params: { readonly type: string; readonly id: string }
}

/** Adds the FHIR server; the caller puts it under `/fhir`. */
export function fhirRoutes(app: FastifyInstance, options: FhirRoutesOptions): void {
  const { baseUrl } = options
  const server = createFhirServer({ ...options, fhirBase: `${baseUrl}/fhir` })

  app.addHook('preHandler', async () => {
    const delay = options.delayMs()
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  })
  app.get('/metadata', async (_request, reply) =>
    send(reply, answer(200, buildCapabilityStatement(baseUrl, options.now()))),
  )
  app.get<InstanceRoute>('/:type/:id', async (request, reply) =>
    send(
      reply,
      server.read({ ...request.params, token: readToken(request), ifNoneMatch: request.headers['if-none-match'] }),
    ),
  )
  app.get<TypeRoute>('/:type', async (request, reply) =>
    send(reply, server.search({ ...toSearch(request), type: request.params.type })),
  )
  app.post<TypeRoute>('/:type/_search', async (request, reply) =>
    send(reply, server.search({ ...toSearch(request), type: request.params.type })),
  )
  app.post<TypeRoute>('/:type', async (request, reply) =>
    send(reply, server.create({ ...request.params, token: readToken(request), body: request.body })),
  )
  app.put<InstanceRoute>('/:type/:id', async (request, reply) =>
    send(
      reply,
      server.update({
        ...request.params,
        token: readToken(request),
        body: request.body,
        ifMatch: request.headers['if-match'],
      }),
    ),
  )
  app.setNotFoundHandler(async (request, reply) =>
    send(reply, refuse(404, 'not-supported', `${request.method} is not supported at this address`)),
  )
  app.setErrorHandler(async (error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500
    return send(
      reply,
      status < 500 ? refuse(status, 'structure', error.message) : refuse(status, 'exception', 'Internal error'),
    )
  })

  function toSearch(request: FastifyRequest) {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    return {
      token: readToken(request),
      query: new URLSearchParams([...new URL(request.url, baseUrl).searchParams, ...form]),
      lenient: /handling=lenient/.test(String(request.headers['prefer'] ?? '')),
    }
  }
}

function readToken(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

function send(reply: FastifyReply, { status, headers, body }: FhirAnswer): FastifyReply {
  void reply.code(status).headers({ ...headers, 'cache-control': 'no-store' })
  return body === null
    ? reply.send()
    : reply.header('content-type', 'application/fhir+json; charset=utf-8').send(JSON.stringify(body))
}
