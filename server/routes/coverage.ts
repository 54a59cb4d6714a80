/** `/api/launch/:launchId` and its coverage screen. Behind the launch guard; the prefix is the caller's. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { askPayerRequestSchema, chooseCoverageRequestSchema } from '#domain/contract/launch.ts'
import type { Failure, Result } from '#domain/result.ts'
import type { CoverageService } from '../coverage/coverage-service.ts'
import { parseBody } from '../http/parse-body.ts'
import { sendFailure } from '../http/send-failure.ts'

export interface CoverageRoutesDeps {
  readonly coverage: CoverageService
}

export function coverageRoutes(app: FastifyInstance, { coverage }: CoverageRoutesDeps): void {
  const send = (reply: FastifyReply, result: Result<unknown, Failure>) =>
    result.ok ? reply.send(result.value) : sendFailure(reply, result.error)

  app.get('/', async (request, reply) => send(reply, await coverage.launchView(request.launch)))

  app.get('/coverage', async (request, reply) => send(reply, await coverage.view(request.launch)))

  app.post('/coverage/choose', async (request, reply) => {
    const body = parseBody(chooseCoverageRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await coverage.choose(request.launch, body.value.coverage))
  })

  app.post('/coverage/ask', async (request, reply) => {
    const body = parseBody(askPayerRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    return send(reply, await coverage.ask(request.launch, body.value.groupId))
  })
}
