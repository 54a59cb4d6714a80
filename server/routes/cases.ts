/** `/api/launch/:launchId/cases…`: opening, the case page, review, sending, live updates. Behind the launch guard. */
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  attachRequestSchema,
  requestFormSchema,
  resolveRequestSchema,
  setDocumentsRequestSchema,
  setUrgencyRequestSchema,
  submitRequestSchema,
} from '#domain/contract/case.ts'
import { previewChangeRequestSchema, sendChangeRequestSchema } from '#domain/contract/change.ts'
import { openCaseRequestSchema } from '#domain/contract/launch.ts'
import type { Failure, Result } from '#domain/result.ts'
import type { CaseService } from '../cases/case-service.ts'
import type { LiveCases } from '../cases/live.ts'
import { parseBody } from '../http/parse-body.ts'
import { sendFailure } from '../http/send-failure.ts'

export interface CaseRoutesDeps {
  readonly cases: CaseService
  readonly live: LiveCases
}

interface CaseParams {
  readonly Params: { readonly caseId: string; readonly documentId: string }
}

const HEARTBEAT_MS = 15_000
/**
 * Browsers give HTTP/1.1 six connections, and six open streams block every other call. Whose frames share a browser is not to
 * be known, so it is counted by user; beyond that the app polls.
 */
const STREAMS_PER_USER = 3

/** Registers the routes; the prefix (`/api/launch/:launchId`) is the caller's. */
export function caseRoutes(app: FastifyInstance, { cases, live }: CaseRoutesDeps): void {
  const streams = new Map<ServerResponse, string>()
  // An open stream would keep the server from stopping.
  app.addHook('preClose', async () => {
    for (const raw of streams.keys()) raw.end()
  })
  const send = <T>(reply: FastifyReply, result: Result<T, Failure>, body: (value: T) => unknown = (value) => value) =>
    result.ok ? reply.send(body(result.value)) : sendFailure(reply, result.error)

  app.post('/cases', async (request, reply) => {
    const body = parseBody(openCaseRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.open(request.launch, body.value.groupId), (caseId) => ({ caseId }))
  })

  app.get<CaseParams>('/cases/:caseId', async (request, reply) =>
    send(reply, await cases.view(request.launch, request.params.caseId)),
  )

  app.get<CaseParams>('/cases/:caseId/review', async (request, reply) =>
    send(reply, await cases.review(request.launch, request.params.caseId)),
  )

  app.put<CaseParams>('/cases/:caseId/documents', async (request, reply) => {
    const body = parseBody(setDocumentsRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    const changed = await cases.setDocuments(request.launch, request.params.caseId, body.value)
    return changed.ok
      ? send(reply, await cases.review(request.launch, request.params.caseId))
      : sendFailure(reply, changed.error)
  })

  app.put<CaseParams>('/cases/:caseId/urgency', async (request, reply) => {
    const body = parseBody(setUrgencyRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    const changed = await cases.setUrgency(request.launch, request.params.caseId, body.value)
    return changed.ok
      ? send(reply, await cases.review(request.launch, request.params.caseId))
      : sendFailure(reply, changed.error)
  })

  app.post<CaseParams>('/cases/:caseId/submit', async (request, reply) => {
    const body = parseBody(submitRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.submit(request.launch, request.params.caseId, body.value))
  })

  app.get<CaseParams>('/cases/:caseId/attachable', async (request, reply) =>
    send(reply, await cases.attachable(request.launch, request.params.caseId)),
  )

  app.post<CaseParams>('/cases/:caseId/attach', async (request, reply) => {
    const body = parseBody(attachRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.attach(request.launch, request.params.caseId, body.value))
  })

  app.post<CaseParams>('/cases/:caseId/request-form', async (request, reply) => {
    const body = parseBody(requestFormSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.requestForm(request.launch, request.params.caseId, body.value))
  })

  app.post<CaseParams>('/cases/:caseId/request-form/send', async (request, reply) => {
    const body = parseBody(requestFormSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.sendRequestForm(request.launch, request.params.caseId, body.value))
  })

  app.post<CaseParams>('/cases/:caseId/resolve', async (request, reply) => {
    const body = parseBody(resolveRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.resolve(request.launch, request.params.caseId, body.value))
  })

  app.get<CaseParams>('/cases/:caseId/change', async (request, reply) =>
    send(reply, await cases.change(request.launch, request.params.caseId)),
  )

  app.post<CaseParams>('/cases/:caseId/change/preview', async (request, reply) => {
    const body = parseBody(previewChangeRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.previewChange(request.launch, request.params.caseId, body.value.change))
  })

  app.post<CaseParams>('/cases/:caseId/change', async (request, reply) => {
    const body = parseBody(sendChangeRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await cases.sendChange(request.launch, request.params.caseId, body.value))
  })

  app.get<CaseParams>('/cases/:caseId/documents/:documentId', async (request, reply) => {
    const document = await cases.document(request.launch, request.params.caseId, request.params.documentId)
    if (!document.ok) return sendFailure(reply, document.error)
    return reply
      .type(document.value.contentType)
      .header('content-disposition', 'inline')
      .send(Buffer.from(document.value.content))
  })

  app.get<CaseParams>('/cases/:caseId/stream', async (request, reply) => {
    const seen = await cases.view(request.launch, request.params.caseId)
    if (!seen.ok) return sendFailure(reply, seen.error)
    const user = `${request.launch.tenant.id}/${request.launch.user.id}`
    if ([...streams.values()].filter((one) => one === user).length >= STREAMS_PER_USER) return reply.code(204).send()
    streams.set(reply.raw, user)
    reply.raw.on('close', () => streams.delete(reply.raw))
    stream(request, reply, live, { caseId: seen.value.caseId, version: seen.value.version })
    return reply
  })
}

/** Server-sent events: one at once with the present version, one a change, a comment now and then to keep proxies awake. */
function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  live: LiveCases,
  seen: { caseId: string; version: number },
): void {
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  reply.hijack()
  const tell = (changed: { caseId: string; version: number }): void =>
    void raw.write(`event: case\ndata: ${JSON.stringify({ caseId: changed.caseId, version: changed.version })}\n\n`)
  tell(seen)
  const stop = live.listen(request.launch.tenant.id, seen.caseId, tell)
  const heartbeat = setInterval(() => raw.write(': here\n\n'), HEARTBEAT_MS)
  raw.on('close', () => {
    clearInterval(heartbeat)
    stop()
  })
}
