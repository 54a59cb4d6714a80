import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JWK } from 'jose'
import { z } from 'zod'
import type { Failure } from '#domain/result.ts'
import type { TenantConfig } from '../config.ts'
import { BROWSER_COOKIE, COOKIE_OPTIONS, SESSION_COOKIE } from '../http/cookies.ts'
import { statusOf } from '../http/failure-status.ts'
import { guardOrigin } from '../http/guards.ts'
import type { Pages } from '../http/page.ts'
import { hiddenFields } from '../http/page.ts'
import { parseBody } from '../http/parse-body.ts'
import { contentSecurityPolicy, newNonce } from '../http/security-headers.ts'
import { sendFailure } from '../http/send-failure.ts'
import type { LaunchService } from '../smart/launch-service.ts'

export interface LaunchPagesDeps {
  readonly baseUrl: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly launches: LaunchService
  readonly publicJwks: { readonly keys: readonly JWK[] }
  readonly pages: Pages
  /** Told of every launch that was completed, while its browser still loads the app. */
  readonly launched: (tenantId: string, launchId: string) => void
}

const bindSchema = z.object({
  tenant: z.string().max(40),
  state: z.string().max(200),
  verifierHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

const JWKS_MAX_AGE_SECONDS = 300

/** What a person can do about a refusal decides which page they see; the log carries the reason itself. */
const PAGE_OF: Readonly<Record<string, string>> = {
  'issuer-unknown': 'not-registered',
  'tenant-unknown': 'not-registered',
  'launch-incomplete': 'start-again',
  'callback-incomplete': 'start-again',
  'state-unknown': 'start-again',
  'browser-mismatch': 'start-again',
  'grant-refused': 'start-again',
  'access-denied': 'denied',
  'no-role': 'no-role',
  'no-patient': 'no-patient',
  'ehr-unavailable': 'ehr-down',
  'ehr-timeout': 'ehr-down',
  'ehr-nonsense': 'ehr-down',
  'cookies-blocked': 'cookies-blocked',
  'session-ended': 'relaunch',
  'not-found': 'not-found',
  internal: 'internal',
}

/** The SMART launch as a browser sees it, and our JWKS. Public: no session exists yet. */
export async function launchPageRoutes(app: FastifyInstance, deps: LaunchPagesDeps): Promise<void> {
  app.get('/launch', async (request, reply) => {
    const browser = request.cookies[BROWSER_COOKIE]
    const started = await deps.launches.start(request.query as Record<string, unknown>, browser)
    if (!started.ok) return sendRefusal(deps, request, reply, started.error)
    const { tenant, state, request: authorization } = started.value
    const { language, texts } = deps.pages.textsFor(request.headers['accept-language'])
    const nonce = newNonce()
    const policy = { nonce, frameAncestors: tenant.frameAncestors, formActions: tenant.authorizationOrigins }
    return reply
      .setCookie(BROWSER_COOKIE, started.value.browser, COOKIE_OPTIONS)
      .header('content-security-policy', contentSecurityPolicy(policy))
      .type('text/html; charset=utf-8')
      .send(
        deps.pages.render('launch', {
          language,
          nonce,
          title: texts.opening.title,
          body: texts.opening.body,
          continue: texts.continue,
          method: authorization.method,
          action: authorization.action,
          fields: hiddenFields(authorization.fields),
          tenant: tenant.id,
          state,
          cookies: browser === undefined ? 'unknown' : 'yes',
        }),
      )
  })

  await app.register(async (guarded) => {
    guardOrigin(guarded, deps)
    /** The launch page asks whether its cookie comes back; where it does not, the verifier's hash goes into the state row. */
    guarded.post('/launch/bind', async (request, reply) => {
      const body = parseBody(bindSchema, request.body)
      if (!body.ok) return sendFailure(reply, body.error)
      if (request.cookies[BROWSER_COOKIE] !== undefined) return { cookies: true }
      const { tenant, state, verifierHash } = body.value
      const bound = await deps.launches.bindVerifier(tenant, state, verifierHash)
      return bound ? { cookies: false } : sendFailure(reply, { reason: 'state-unknown' })
    })
  })

  app.get<{ Params: { tenant: string } }>('/t/:tenant/callback', async (request, reply) => {
    const completed = await deps.launches.complete(request.params.tenant, request.query as Record<string, unknown>, {
      browser: request.cookies[BROWSER_COOKIE],
      session: request.cookies[SESSION_COOKIE],
    })
    if (!completed.ok) return sendRefusal(deps, request, reply, completed.error)
    const { launchId, sessionSecret, redeemCode } = completed.value
    deps.launched(request.params.tenant, launchId)
    if (sessionSecret !== null) reply.setCookie(SESSION_COOKIE, sessionSecret, COOKIE_OPTIONS)
    const fragment = redeemCode === null ? '' : `#code=${redeemCode}`
    return reply.redirect(`/l/${launchId}${fragment}`, 303)
  })

  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply
      .headers({
        'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}`,
        'cross-origin-resource-policy': 'cross-origin',
      })
      .send(deps.publicJwks),
  )
}

/** A page in plain words; framed by whichever EHR is registered, since nobody knows which one asked. */
export function sendRefusal(
  deps: Pick<LaunchPagesDeps, 'pages' | 'tenants'>,
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
): FastifyReply {
  request.log.warn({ reason: failure.reason, path: failure.path, params: failure.params }, 'refused')
  const { language, texts } = deps.pages.textsFor(request.headers['accept-language'])
  const text = texts.refusals[PAGE_OF[failure.reason] ?? 'setup'] ?? texts.opening
  const frameAncestors = [...new Set([...deps.tenants.values()].flatMap((tenant) => tenant.frameAncestors))]
  return reply
    .code(statusOf(failure.reason))
    .header('content-security-policy', contentSecurityPolicy({ nonce: newNonce(), frameAncestors }))
    .type('text/html; charset=utf-8')
    .send(deps.pages.render('refusal', { language, ...text, reference: texts.reference, ref: request.id }))
}
