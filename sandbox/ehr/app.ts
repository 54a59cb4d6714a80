/**
 * The simulated EHR as one Fastify app: chart store and FHIR server, SMART authorization server, CDS Hooks client, order
 * screen. It never listens: `start.ts` and the tests do, or inject.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { JWK } from 'jose'
import type { OrderTemplate } from '../charts/orders.ts'
import { recordFetch, recordTraffic, type Recorder } from '../recorder.ts'
import { createCdsClient } from './cds/cds-client.ts'
import { loadCharts, type Charts } from './charts.ts'
import { controlRoutes } from './control-routes.ts'
import { fhirRoutes } from './fhir/fhir-routes.ts'
import { NO_JOURNAL, openJournal } from './journal.ts'
import { openEhrKeys } from './keys.ts'
import { buildLaunchUrl, type LaunchInput } from './launches.ts'
import { createGrantRegistry } from './oauth/grants.ts'
import { oauthRoutes } from './oauth/oauth-routes.ts'
import { createOrderDesk } from './order-desk.ts'
import { html } from './pages/html.ts'
import { renderPage, USERS } from './pages/layout.ts'
import { pageRoutes } from './pages/page-routes.ts'
import type { StoredResource } from './resource.ts'
import { createResourceStore, type ResourceStore } from './store.ts'

export interface EhrOptions {
  /** Own origin, e.g. `http://127.0.0.1:4001`. */
  readonly baseUrl: string
  /** Precert's origin and its tenant id for this EHR. */
  readonly precertUrl: string
  readonly tenantId: string
  readonly clientId: string
  /** Scopes that Precert is registered for. */
  readonly scopes: readonly string[]
  /** Folder of the journal and the keys; null keeps both in memory. */
  readonly directory: string | null
  /** Folder of foreign Bundles, or null. */
  readonly chartsDirectory?: string | null
  /** Shown on the start page. */
  readonly payers?: readonly { readonly name: string; readonly url: string }[]
  /** Public keys of another vendor's system, served for it: the sandbox's third party. */
  readonly otherVendorKeys?: { readonly keys: readonly JWK[] }
  readonly recorder: Recorder
  readonly delayMs?: number
  readonly now?: () => string
  readonly fetch?: typeof fetch
}

export interface Ehr {
  readonly app: FastifyInstance
  readonly charts: Charts
  readonly store: ResourceStore
}

/** Builds the app, ready to listen or inject. */
export async function buildEhr(options: EhrOptions): Promise<Ehr> {
  const { baseUrl, precertUrl, directory, recorder, clientId } = options
  const now = options.now ?? (() => new Date().toISOString())
  const nowMs = (): number => Date.parse(now())
  const newId = (): string => randomUUID()
  const fhirBase = `${baseUrl}/fhir`
  let delayMs = options.delayMs ?? 0

  const keys = await openEhrKeys(directory === null ? null : join(directory, 'ehr-keys.json'))
  const journal = directory === null ? NO_JOURNAL : openJournal(join(directory, 'ehr.jsonl'))
  const store = createResourceStore({ now, newId, journal })
  const charts = loadCharts({ store, today: now().slice(0, 10), directory: options.chartsDirectory ?? null })
  const grants = createGrantRegistry(nowMs, () => randomBytes(32).toString('base64url'))
  const send = recordFetch(options.fetch ?? fetch, { recorder, name: 'ehr', now })
  const cds = createCdsClient({
    baseUrl,
    servicesUrl: `${precertUrl}/t/${options.tenantId}/cds-services`,
    clientId,
    key: keys.hooks,
    store,
    grants,
    fetch: send,
    nowMs,
    newId,
  })
  const desk = createOrderDesk({ store, cds, now, nowMs })

  const addOrders = (
    patientId: string,
    template: OrderTemplate,
    doseMgPerKg: number | undefined,
  ): readonly StoredResource[] => {
    const today = now().slice(0, 10)
    const orderNumber = `o${nowMs().toString(36)}-${randomBytes(4).toString('hex')}`
    const dose = doseMgPerKg === undefined ? {} : { doseMgPerKg }
    return desk.writeOrders(charts.buildDrafts(patientId, template, { today, orderNumber, ...dose }))
  }
  const launch = (input: Omit<LaunchInput, 'encounterId'>): string =>
    buildLaunchUrl(
      { ...input, encounterId: charts.readEncounterId(input.patientId) },
      { grants, launchUrl: `${precertUrl}/launch`, fhirBase },
    )

  const app = Fastify({ logger: false, bodyLimit: 30 * 1024 * 1024, forceCloseConnections: true })
  recordTraffic(app, { recorder, name: 'ehr', baseUrl, now })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  )
  app.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  refuseForeignPosts(app)

  oauthRoutes(app, {
    baseUrl,
    client: {
      clientId,
      jwksUrl: `${precertUrl}/.well-known/jwks.json`,
      redirectUris: [`${precertUrl}/t/${options.tenantId}/callback`],
      scopes: options.scopes,
    },
    grants,
    keys,
    nowMs,
    newId,
    fetch: send,
    renderProblem: (problem) =>
      renderPage({
        title: 'Not authorized',
        user: USERS[0],
        path: '/',
        content: html`<h1>The app was not opened</h1>
          <p>${problem}</p>`,
      }),
  })
  app.get('/cds/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', 'max-age=3600')
    return reply.send({ keys: [keys.hooks.publicJwk] })
  })
  app.get('/other-vendor/jwks.json', async () => options.otherVendorKeys ?? { keys: [] })
  await app.register(
    async (fhir) =>
      fhirRoutes(fhir, { baseUrl, store, now, readGrant: (token) => grants.readAccess(token), delayMs: () => delayMs }),
    { prefix: '/fhir' },
  )
  pageRoutes(app, { precertUrl, payers: options.payers ?? [], store, charts, desk, addOrders, launch })
  controlRoutes(app, {
    store,
    charts,
    desk,
    recorder,
    addOrders,
    launch,
    setDelay: (delay) => {
      delayMs = delay
    },
  })
  await app.ready()
  return { app, charts, store }
}

/** Another site must not press the buttons of this one; the authorization endpoint alone is posted to from outside. */
function refuseForeignPosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const isForeign = request.headers['sec-fetch-site'] === 'cross-site' && request.method !== 'GET'
    if (isForeign && !request.url.startsWith('/oauth2/authorize')) return reply.code(403).send('Refused')
    return undefined
  })
}
