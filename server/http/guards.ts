/**
 * Who may come in. Guards are hooks of encapsulated plugins: a route is guarded by where it is registered, never by an
 * exemption.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { SessionService } from '../smart/session-service.ts'
import type { SessionRow } from '../store/repositories/sessions.ts'
import { SESSION_COOKIE } from './cookies.ts'
import { sendFailure } from './send-failure.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Only behind `guardSession`. */
    readonly session: SessionRow
    /** Only behind `guardLaunch`. */
    readonly launch: LaunchContext
  }
}

const sessions = new WeakMap<FastifyRequest, SessionRow>()
const launches = new WeakMap<FastifyRequest, LaunchContext>()

/** Declares `request.session` and `request.launch`; reading them outside of their guard is a bug and throws. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('session', {
    getter() {
      return known(sessions.get(this), 'session')
    },
  })
  app.decorateRequest('launch', {
    getter() {
      return known(launches.get(this), 'launch')
    },
  })
}

/** Refuses requests to another host than the configured one: only the base URL builds addresses, and nobody rebinds DNS to us. */
export function guardHost(app: FastifyInstance, { baseUrl }: Pick<Config, 'baseUrl'>): void {
  const { host } = new URL(baseUrl)
  app.addHook('onRequest', async (request, reply) => {
    if (request.host !== host) return sendFailure(reply, { reason: 'host-unknown' })
    return undefined
  })
}

/**
 * Refuses changes that another site asks for: SameSite=None cookies come along with those. Our own Origin, our header (which
 * a form cannot send), and JSON.
 */
export function guardOrigin(app: FastifyInstance, { baseUrl }: Pick<Config, 'baseUrl'>): void {
  const { origin } = new URL(baseUrl)
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return undefined
    const { origin: from, 'x-precert': header, 'content-type': type = '' } = request.headers
    if (from !== origin || header !== '1') return sendFailure(reply, { reason: 'origin-refused' })
    if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json')
      return sendFailure(reply, { reason: 'not-json' })
    return undefined
  })
}

/** Lets only signed-in people in: by the cookie, or by the bearer of a browser without cookies. */
export function guardSession(app: FastifyInstance, service: Pick<SessionService, 'authenticate'>): void {
  app.addHook('onRequest', async (request, reply) => {
    const result = await service.authenticate({
      cookie: request.cookies[SESSION_COOKIE],
      bearer: readBearer(request),
    })
    if (!result.ok) return sendFailure(reply, result.error)
    sessions.set(request, result.value)
    return undefined
  })
}

/** Lets a signed-in person into their own launches alone: `:launchId` of the path. Comes after `guardSession`. */
export function guardLaunch(app: FastifyInstance, service: Pick<SessionService, 'findLaunch'>): void {
  app.addHook('onRequest', async (request, reply) => {
    const { launchId } = request.params as { launchId?: string }
    const result = await service.findLaunch(request.session, launchId ?? '')
    if (!result.ok) return sendFailure(reply, result.error)
    launches.set(request, result.value)
    return undefined
  })
}

/** Says what every answer of this scope carries. */
export function onEveryAnswer(app: FastifyInstance, set: (reply: FastifyReply) => void): void {
  app.addHook('onRequest', async (_request, reply) => {
    set(reply)
  })
}

function readBearer(request: FastifyRequest): string | undefined {
  const match = /^Bearer ([A-Za-z0-9_-]{20,200})$/i.exec(request.headers.authorization ?? '')
  return match?.[1]
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`request.${name} was read outside of its guard`)
  return value
}
