/**
 * Puts the server together: edges, public pages, what is behind a session and a launch. Never listens, so that tests can ask
 * it without a port. Routes are registered by hand: this file and `feature-routes.ts` are the route table.
 */
import fastifyCookie from '@fastify/cookie'
import fastifyRateLimit from '@fastify/rate-limit'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config, TenantConfig } from './config.ts'
import { decorateRequests, guardHost, guardLaunch, guardOrigin, guardSession, onEveryAnswer } from './http/guards.ts'
import { parseJsonBodies } from './http/json-parser.ts'
import { logAnswers } from './http/log.ts'
import type { Metrics } from './http/metrics.ts'
import { measureAnswers } from './http/metrics.ts'
import type { Pages } from './http/page.ts'
import { setCommonHeaders } from './http/security-headers.ts'
import { answerError, sendFailure } from './http/send-failure.ts'
import { healthRoutes } from './routes/health.ts'
import { launchPageRoutes, sendRefusal } from './routes/launch-pages.ts'
import { sessionRoutes } from './routes/session.ts'
import { staticRoutes } from './routes/static.ts'
import type { SigningKeys } from './smart/signing-keys.ts'
import type { Smart } from './smart/smart.ts'
import type { Store } from './store/store.ts'

export interface AppDeps {
  readonly config: Pick<Config, 'baseUrl' | 'trustProxyHops'>
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly store: Store
  readonly signing: SigningKeys
  readonly smart: Smart
  readonly pages: Pages
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
  readonly newId: () => string
  /** The built app (`dist/app`). */
  readonly appFolder: string
}

/** What the product does, registered by `feature-routes.ts`. */
export interface FeatureRoutes {
  /** Under `/api/launch/:launchId`, behind session, launch and origin. */
  readonly launch: (app: FastifyInstance) => void | Promise<void>
  /** For partners, who authenticate by their own tokens: CDS Hooks, façade, PAS. */
  readonly partner: (app: FastifyInstance) => void | Promise<void>
  /** Told of every completed launch: what can be read ahead is read while the browser loads. */
  readonly launched?: (tenantId: string, launchId: string) => void
}

const BODY_LIMIT_BYTES = 2_000_000
/** Public pages make database rows; a hospital behind one address stays well under this. */
const LAUNCHES_PER_MINUTE = 600

export async function buildApp(deps: AppDeps, features: FeatureRoutes): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.log,
    // Its own lines would carry addresses; `logAnswers` writes ours.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: deps.newId,
    requestIdHeader: false,
    // Behind a proxy only the configured hops are believed, counted from ourselves.
    trustProxy: (_address, hop) => hop < deps.config.trustProxyHops,
    bodyLimit: BODY_LIMIT_BYTES,
    // Routes have no JSON Schema (bodies are read by zod), and loading the compilers for it would slow each start.
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    routerOptions: { maxParamLength: 200 },
    rewriteUrl: (request) => unescapeOperation(request.url ?? '/'),
  })
  const isHttps = deps.config.baseUrl.startsWith('https:')
  parseJsonBodies(app)
  decorateRequests(app)
  logAnswers(app)
  measureAnswers(app, deps.metrics)
  onEveryAnswer(app, (reply) => {
    setCommonHeaders(reply, isHttps)
    reply.header('x-request-id', reply.request.id)
  })
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) =>
    request.url.startsWith('/api/')
      ? sendFailure(reply, { reason: 'not-found' })
      : sendRefusal(deps, request, reply, { reason: 'not-found' }),
  )
  await app.register(fastifyCookie)
  await app.register(fastifyRateLimit, { global: false })

  healthRoutes(app, deps)
  await app.register(async (ours) => {
    guardHost(ours, deps.config)
    await ours.register(async (pages) => {
      pages.addHook('onRequest', pages.rateLimit({ max: LAUNCHES_PER_MINUTE }))
      await launchPageRoutes(pages, {
        ...deps,
        baseUrl: deps.config.baseUrl,
        launches: deps.smart.launches,
        publicJwks: deps.signing.publicJwks,
        launched: features.launched ?? (() => undefined),
      })
    })
    await ours.register((files) => staticRoutes(files, deps))
    await ours.register(async (sessions) => {
      guardOrigin(sessions, deps.config)
      await sessionRoutes(sessions, { sessions: deps.smart.sessions })
    })
    await ours.register(
      async (launch) => {
        guardOrigin(launch, deps.config)
        guardSession(launch, deps.smart.sessions)
        guardLaunch(launch, deps.smart.sessions)
        await features.launch(launch)
      },
      { prefix: '/api/launch/:launchId' },
    )
    await ours.register(async (partners) => {
      await features.partner(partners)
    })
  })
  return app
}

function refuseSchemas(): never {
  throw new Error('Routes of this server have no JSON Schema')
}

/** `Claim/%24submit` is `Claim/$submit` (RFC 3986 §2.3 allows either); the router would not find it. */
function unescapeOperation(url: string): string {
  const [path = '', ...query] = url.split('?')
  return [path.replaceAll('/%24', '/$'), ...query].join('?')
}
