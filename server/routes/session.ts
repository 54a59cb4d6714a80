import type { FastifyInstance } from 'fastify'
import { redeemRequestSchema } from '#domain/contract/launch.ts'
import { COOKIE_OPTIONS, SESSION_COOKIE } from '../http/cookies.ts'
import { guardSession } from '../http/guards.ts'
import { parseBody } from '../http/parse-body.ts'
import { sendFailure } from '../http/send-failure.ts'
import type { SessionService } from '../smart/session-service.ts'

/** `/api/session/*`. Behind `guardOrigin`. */
export async function sessionRoutes(app: FastifyInstance, deps: { readonly sessions: SessionService }): Promise<void> {
  /** For browsers without cookies: the callback's one-time code and the verifier of `window.name` for a bearer. */
  app.post('/api/session/redeem', async (request, reply) => {
    const body = parseBody(redeemRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    const redeemed = await deps.sessions.redeem(body.value.code, body.value.verifier)
    return redeemed.ok ? redeemed.value : sendFailure(reply, redeemed.error)
  })

  await app.register(async (guarded) => {
    guardSession(guarded, deps.sessions)
    guarded.post('/api/session/logout', async (request, reply) => {
      await deps.sessions.end(request.session, 'logout')
      return reply.clearCookie(SESSION_COOKIE, COOKIE_OPTIONS).code(204).send()
    })
  })
}
