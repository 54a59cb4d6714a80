/** The server over a test store, asked without a port, with a clock that a test can move, and a browser that keeps cookies. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { JSONWebKeySet, JWK } from 'jose'
import { exportJWK, generateKeyPair } from 'jose'
import type { AppDeps, FeatureRoutes } from '../../server/app.ts'
import { buildApp } from '../../server/app.ts'
import { tenantSchema } from '../../server/config.ts'
import { createLog } from '../../server/http/log.ts'
import { createMetrics } from '../../server/http/metrics.ts'
import { loadPages } from '../../server/http/page.ts'
import { importSigningKeys } from '../../server/smart/signing-keys.ts'
import { createSmart } from '../../server/smart/smart.ts'
import { uuidV7 } from '../../server/uuid-v7.ts'
import type { FakeEhr } from './fake-ehr.ts'
import { openTestStore } from './test-store.ts'

export const BASE_URL = 'http://localhost:4800'
export const CLIENT_ID = 'precert'

/** A clock that a test moves on. */
export interface TestClock {
  readonly milliseconds: () => number
  readonly wait: (milliseconds: number) => void
}

export function createTestClock(): TestClock {
  let ahead = 0
  return {
    milliseconds: () => Date.now() + ahead,
    wait: (milliseconds) => {
      ahead += milliseconds
    },
  }
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

export async function startTestServer(ehr: FakeEhr, clock: TestClock, features: Partial<FeatureRoutes> = {}) {
  const db = await openTestStore()
  const folder = mkdtempSync(join(tmpdir(), 'precert-app-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><meta property="csp-nonce" content="__CSP_NONCE__">')
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {}')
  writeFileSync(join(folder, 'assets', 'index-abc123.js.gz'), gzipSync('export {}'))
  writeFileSync(join(folder, 'launch.js'), 'export {}')
  writeFileSync(join(folder, 'launch.css'), 'main {}')

  const now = (): string => new Date(clock.milliseconds()).toISOString()
  const newId = (): string => uuidV7(Date.now())
  const signing = await importSigningKeys({ keys: [await newKey('ES384'), await newKey('RS384')] })
  ehr.trust(signing.publicJwks as JSONWebKeySet)
  const tenants = new Map([tenantOf(ehr, 'one')].map((tenant) => [tenant.id, tenant]))
  const smart = createSmart({ baseUrl: BASE_URL, tenants, store: db.store, keys: signing, fetch, now, newId })
  const deps: AppDeps = {
    config: { baseUrl: BASE_URL, trustProxyHops: 0 },
    tenants,
    store: db.store,
    signing,
    smart,
    pages: loadPages(),
    metrics: createMetrics(),
    log: createLog('silent'),
    newId,
    appFolder: folder,
  }
  const app = await buildApp(deps, { launch: () => undefined, partner: () => undefined, ...features })
  return {
    app,
    smart,
    store: db.store,
    driver: db.driver,
    tenant: tenants.get('one')!,
    browser: (options?: { cookies: boolean }) => openBrowser(app, ehr, options),
    async close() {
      await app.close()
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function newKey(algorithm: 'ES384' | 'RS384'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm, kid: `key-${algorithm}` }
}

function tenantOf(ehr: FakeEhr, id: string) {
  return tenantSchema.parse({
    id,
    name: 'Clinic',
    ehrName: 'EHR',
    timeZone: 'America/New_York',
    fhirBase: ehr.fhirBase,
    issuers: [ehr.issuer],
    authorizationOrigins: [ehr.origin],
    clientId: CLIENT_ID,
    scopes: ['launch', 'openid', 'fhirUser', 'patient/Patient.rs', 'patient/DocumentReference.crs'],
    frameAncestors: [ehr.origin],
    cdsHooks: null,
    organization: {
      name: 'Clinic',
      npi: '1234567893',
      taxId: null,
      phone: '1',
      address: { line: [], city: 'C', state: 'OH', postalCode: '1' },
    },
    senderId: 'S',
    roles: [
      { fhirUser: 'Practitioner/ana', role: 'pa-staff' },
      { fhirUser: 'Practitioner', role: 'clinician' },
    ],
  })
}

export type Browser = ReturnType<typeof openBrowser>

/** A browser: keeps cookies (or none), follows a launch by hand. */
function openBrowser(app: FastifyInstance, ehr: FakeEhr, { cookies: keeps } = { cookies: true }) {
  const jar = new Map<string, string>()

  const send = async (request: InjectOptions): Promise<LightMyRequestResponse> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { host: new URL(BASE_URL).host, ...(cookie === '' ? {} : { cookie }), ...request.headers }
    const response = await app.inject({ ...request, headers })
    for (const { name, value } of keeps ? response.cookies : []) {
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
    send({
      method: 'POST',
      url,
      payload,
      headers: { origin: BASE_URL, 'x-precert': '1', 'content-type': 'application/json', ...headers },
    })

  /** `GET /launch`: the page, and the fields of its form. */
  const open = async (query: Record<string, string> = { iss: ehr.fhirBase, launch: 'l' }) => {
    const page = await send({ method: 'GET', url: '/launch', query })
    return { page, fields: readFields(page.body) }
  }

  const callback = (query: Record<string, string>) => send({ method: 'GET', url: '/t/one/callback', query })

  return {
    jar,
    send,
    post,
    get: (url: string, headers: Record<string, string> = {}) => send({ method: 'GET', url, headers }),
    open,
    callback,
    /** A whole launch by cookie; gives the callback's answer and the launch's id. */
    async launch(user = 'lena') {
      const { fields } = await open()
      const answer = await callback({ state: fields['state'] ?? '', code: ehr.authorize(fields, user) })
      return { answer, launchId: /^\/l\/([^#]+)/.exec(answer.headers.location ?? '')?.[1] ?? '' }
    },
  }
}

function readFields(html: string): Record<string, string> {
  const fields = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  const decode = (text: string): string =>
    text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [decode(name), decode(value)]))
}
