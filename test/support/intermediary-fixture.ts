/**
 * The intermediary over a real store, before a fake payer or another, with short delays; cases are a log of what they were told.
 */
import { profileSet } from './profile-set.ts'
import { randomBytes, randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import type { Bundle, FhirResource } from 'fhir/r4'
import type { PayerConfig, TenantConfig } from '../../server/config.ts'
import { createBackendTokens, type BackendTokens } from '../../server/clients/backend-token.ts'
import { createClientNotifier } from '../../server/clients/notify-client.ts'
import { createPayerPas } from '../../server/clients/payer-pas.ts'
import { parseJsonBodies } from '../../server/http/json-parser.ts'
import { judgeBundle } from '../../server/intermediary/bundle-check.ts'
import type { CaseUpdates } from '../../server/intermediary/case-updates.ts'
import { createClientAccess, type ClientAccessDeps } from '../../server/intermediary/client-access.ts'
import type { IntermediaryDeps } from '../../server/intermediary/deps.ts'
import { createIntermediary, type Intermediary } from '../../server/intermediary/intermediary.ts'
import { DEFAULT_SETTINGS, type IntermediarySettings } from '../../server/intermediary/settings.ts'
import { pasRoutes } from '../../server/routes/pas.ts'
import { buildClientAssertion } from '../../server/smart/client-assertion.ts'
import { importSigningKeys } from '../../server/smart/signing-keys.ts'
import { startJobWorker, type JobWorker } from '../../server/store/job-worker.ts'
import type { PasError, PasResponse, PasVersion } from '../../src/domain/pas/pas-response.ts'
import { buildPasRequestBundle } from '../../src/domain/pas/request-bundle.ts'
import { createFakePayer, type FakePayer } from './fake-payer.ts'
import { pasRequestInput } from './pas-request.ts'
import { openTestStore, type TestStore } from './test-store.ts'
import { createVendorReceiver, type VendorReceiver } from './vendor-receiver.ts'

export const TENANT = 'clinic'
export const PAYER = 'caresource-oh'
export const CLIENT = 'other-vendor'
export const OTHER_CLIENT = 'third-vendor'

export const FAST: IntermediarySettings = {
  ...DEFAULT_SETTINGS,
  answerWithinMs: 1_500,
  payerLegMs: 400,
  listenMs: 2_500,
  sentAfterMs: 100,
  waitSeconds: 1,
  resendSeconds: [0, 0],
  retrySeconds: [0, 0, 0],
  handshakeTries: 2,
  notifyTries: 2,
}

export interface Told {
  readonly what: 'sent' | 'answered' | 'refused' | 'unknown' | 'attached' | 'inquired'
  readonly caseId: string
  readonly detail: string
}

/** What the case of a request heard of it, whole. */
export interface Heard {
  readonly caseId: string
  readonly response: PasResponse | null
  /** Of a refusal. */
  readonly errors: readonly PasError[]
  readonly exchangeId: string | null
}

/** A payer as the intermediary is configured for it. */
export interface PayerBehind {
  readonly base: string
  readonly version: PasVersion
  readonly deduplicates: boolean
  /** Where it issues tokens; null where any token does. */
  readonly tokenUrl: string | null
  close(): Promise<void>
}

/** Where the payer finds the intermediary that is its client. */
export interface Precert {
  readonly baseUrl: string
  readonly jwksUrl: string
}

/** The intermediary before the fake payer. */
export interface Fixture extends Before {
  readonly payer: FakePayer
}

export interface Before {
  /** Where the other system takes notifications. */
  readonly vendor: VendorReceiver
  readonly store: TestStore['store']
  readonly told: Told[]
  readonly heard: Heard[]
  readonly baseUrl: string
  /** What others verify us by. */
  readonly publicJwks: { readonly keys: readonly JWK[] }
  readonly failures: unknown[]
  /** Where the payer wants the answer to its requests for information, by their ids. */
  readonly addresses: Map<string, string>
  /** Events of the payer that reached no request. */
  readonly unmatched: Parameters<IntermediaryDeps['onUnmatched']>[0][]
  readonly intermediary: Intermediary
  /** Of the present life. */
  readonly deps: IntermediaryDeps
  /** Takes a request of the app in and gives its Claim identifier. */
  submit(caseId: string): Promise<string>
  /** Takes this request of the app in. */
  accept(caseId: string, bundle: Bundle<FhirResource>): Promise<void>
  /** Kills the workers as a crash would: what is under way is abandoned. */
  crash(): Promise<void>
  /** Starts workers anew over the same database. */
  restart(): Promise<void>
  until(check: () => boolean | Promise<boolean>, ms?: number): Promise<void>
  /** A client assertion of the registered other system. */
  assertion(claims?: Record<string, unknown>, alg?: 'ES384'): Promise<string>
  token(scope?: string, clientId?: string, endpoint?: '2.2' | '2.0'): Promise<string>
  close(): Promise<void>
}

const unused = { line: ['1 Lake Road'], city: 'Columbus', state: 'OH', postalCode: '43215' }

/** A request of its own, as bytes and Bundle. */
export function newRequest(): {
  bundle: ReturnType<typeof JSON.parse>
  claimIdentifier: string
  bundleIdentifier: string
} {
  const claimIdentifier = randomUUID()
  const bundleIdentifier = randomUUID()
  const built = buildPasRequestBundle(
    pasRequestInput({
      identifiers: {
        bundle: { system: 'https://precert.example/submission', value: bundleIdentifier },
        claim: { system: 'urn:trnorg:1311234567', value: claimIdentifier },
        claimId: randomUUID(),
      },
    }),
  )
  if (!built.ok) throw new Error(built.error.reason)
  return { bundle: built.value.bundle, claimIdentifier, bundleIdentifier }
}

function casesLog(told: Told[], heard: Heard[], addresses: ReadonlyMap<string, string>): CaseUpdates {
  const tell = (what: Told['what'], caseId: string, detail: string): Promise<void> => {
    told.push({ what, caseId, detail })
    return Promise.resolve()
  }
  return {
    addressFor: (_tx, { requestId }) => Promise.resolve(addresses.get(requestId) ?? null),
    attached: (_tx, { caseId, status }) => tell('attached', caseId, status),
    inquired: (_tx, { caseId, by, reached, own, others }) =>
      tell('inquired', caseId, `${by} ${reached ? (own ? 'own' : String(others.length)) : 'not reached'}`),
    sent: (_tx, { caseId }) => tell('sent', caseId, ''),
    answered: (_tx, { caseId, response, decisionSource, exchangeId }) => {
      heard.push({ caseId, response, errors: [], exchangeId })
      return tell('answered', caseId, `${decisionSource} ${response.rollUp}`)
    },
    refused: (_tx, { caseId, reason, errors, exchangeId }) => {
      heard.push({ caseId, response: null, errors, exchangeId })
      return tell('refused', caseId, `${reason} ${errors[0]?.path ?? ''}`)
    },
    unknown: (_tx, { caseId, step }) => tell('unknown', caseId, step),
  }
}

export async function openFixture(settings: IntermediarySettings = FAST): Promise<Fixture> {
  const payer = createFakePayer()
  await payer.listen()
  const fixture = await openIntermediary(settings, () =>
    Promise.resolve({
      get base() {
        return payer.base
      },
      get version() {
        return payer.version
      },
      get deduplicates() {
        return payer.deduplicates
      },
      tokenUrl: null,
      close: () => payer.close(),
    }),
  )
  return Object.defineProperty(fixture, 'payer', { value: payer }) as Fixture
}

async function newKey(alg: 'ES384' | 'RS384'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, kid: `key-${alg}` }
}

/** Tokens as the product gets them, or any where the payer asks for none. */
function tokensOf(payer: PayerBehind, signing: Awaited<ReturnType<typeof importSigningKeys>>): BackendTokens {
  if (payer.tokenUrl === null) return { get: () => Promise.resolve({ ok: true, value: 't' }), forget: () => undefined }
  const now = (): string => new Date().toISOString()
  return createBackendTokens({
    fetch,
    now,
    signAssertion: (clientId, tokenEndpoint) =>
      buildClientAssertion({
        keys: signing,
        algorithm: 'ES384',
        clientId,
        tokenEndpoint,
        jti: randomUUID(),
        now: now(),
      }),
  })
}

/** Opens the intermediary before the payer that is opened for it. */
export async function openIntermediary(
  settings: IntermediarySettings,
  openPayer: (precert: Precert) => Promise<PayerBehind>,
): Promise<Before> {
  const test = await openTestStore()
  const { store } = test
  const signing = await importSigningKeys({ keys: [await newKey('ES384'), await newKey('RS384')] })
  const vendor = await createVendorReceiver()
  const vendorKeys = await generateKeyPair('ES384', { extractable: true })
  const vendorJwk = { ...(await exportJWK(vendorKeys.publicKey)), kid: 'v1', alg: 'ES384', use: 'sig' }

  const app: FastifyInstance = Fastify({
    forceCloseConnections: true,
    rewriteUrl: (request) => (request.url ?? '/').replaceAll('/%24', '/$'),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 5_000_000 }, (_request, body, done) => done(null, body))
  app.get('/vendor/jwks.json', async () => ({ keys: [vendorJwk] }))
  app.get('/.well-known/jwks.json', async () => signing.publicJwks)

  const told: Told[] = []
  const heard: Heard[] = []
  const failures: unknown[] = []
  const unmatched: Fixture['unmatched'] = []
  const addresses = new Map<string, string>()
  const config = (baseUrl: string): IntermediaryDeps['config'] => ({
    baseUrl,
    tenants: [
      {
        id: TENANT,
        name: 'Clinic',
        ehrName: 'EHR',
        timeZone: 'America/New_York',
        fhirBase: 'https://ehr.example/fhir',
        issuers: ['https://ehr.example'],
        authorizationOrigins: ['https://ehr.example'],
        clientId: 'precert',
        scopes: ['openid'],
        frameAncestors: [],
        cdsHooks: null,
        organization: { name: 'Clinic', npi: '1234567893', taxId: null, phone: '1', address: unused },
        senderId: 'PRECERT01',
        roles: [],
        scoredCodes: [],
      } satisfies TenantConfig,
    ],
    payers: [
      {
        id: PAYER,
        name: 'CareSource Ohio',
        phone: '1',
        identifiers: [{ system: 'https://payer-registry.example/id', value: PAYER }],
        state: 'OH',
        plans: [],
        memberIdSystem: 'https://caresource.example/member-id',
        interchangeReceiverId: 'CSOH',
        crd: null,
        dtr: null,
        pas: {
          get base() {
            return payer.base
          },
          get version() {
            return payer.version
          },
          attachmentUrl: null,
          attachmentLimitBytes: 10_000_000,
          get deduplicates() {
            return payer.deduplicates
          },
        },
        auth: {
          tokenUrl: payer.tokenUrl ?? 'https://payer.example/token',
          clientId: 'precert',
          scopes: ['system/Claim.cruds', 'system/Subscription.cruds'],
        },
        tls: null,
        facade: { ttlSeconds: 30, keepUntilExpiry: false },
      } satisfies PayerConfig,
    ],
    pasClients: [
      {
        clientId: CLIENT,
        name: 'Other vendor',
        tenant: TENANT,
        jwksUrl: `${baseUrl}/vendor/jwks.json`,
        senderIds: ['PRECERT01'],
        scopes: ['system/Claim.c', 'system/Claim.r', 'system/ClaimResponse.r', 'system/Subscription.cruds'],
        notificationHosts: [vendor.host],
      },
      {
        clientId: OTHER_CLIENT,
        name: 'A third vendor',
        tenant: TENANT,
        jwks: { keys: [{ ...vendorJwk, kty: 'EC' }] },
        senderIds: ['PRECERT01', 'THIRD01'],
        scopes: ['system/Claim.c', 'system/Claim.r', 'system/ClaimResponse.r', 'system/Subscription.cruds'],
        notificationHosts: [vendor.host],
      },
    ],
  })

  // The address must be known before the routes are built: it is in the tokens and in the Subscription.
  let dispatch: FastifyInstance | undefined
  app.all('/pas/*', (request, reply) => {
    if (dispatch === undefined) return reply.code(503).send()
    return dispatch
      .inject({
        method: request.method as 'GET',
        url: request.url,
        headers: request.headers,
        ...(request.body ? { payload: request.body as Buffer } : {}),
      })
      .then((answer) =>
        reply
          .code(answer.statusCode)
          .headers(answer.headers as Record<string, string>)
          .send(answer.rawPayload),
      )
  })
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  const payer = await openPayer({ baseUrl, jwksUrl: `${baseUrl}/.well-known/jwks.json` })
  const tokens = tokensOf(payer, signing)

  let generation = 0
  let worker: JobWorker | undefined
  let intermediary: Intermediary | undefined
  let present: IntermediaryDeps | undefined
  let alive = { on: true }

  const startUp = async (): Promise<void> => {
    const life = { on: true }
    alive = life
    // After a crash nothing of the old life writes any more.
    const guarded = {
      ...store,
      transaction: <T>(work: Parameters<typeof store.transaction<T>>[0]): Promise<T> =>
        life.on ? store.transaction(work) : new Promise<T>(() => undefined),
      read: <T>(work: Parameters<typeof store.read<T>>[0]): Promise<T> =>
        life.on ? store.read(work) : new Promise<T>(() => undefined),
    }
    const deps: IntermediaryDeps = {
      store: guarded,
      config: config(baseUrl),
      channelOf: (to) => createPayerPas({ fetch, tokens }, to),
      cases: casesLog(told, heard, addresses),
      notifyClient: createClientNotifier(fetch),
      now: () => new Date().toISOString(),
      newId: randomUUID,
      newUuid: randomUUID,
      newSecret: () => randomBytes(32).toString('base64url'),
      settings,
      checkBundle: (asked) => Promise.resolve(judgeBundle((version) => profileSet(`pas-${version}`), asked)),
      onUnmatched: (event) => unmatched.push(event),
      onFailure: (_where, error) => failures.push(error),
    }
    present = deps
    intermediary = createIntermediary(deps)
    const accessDeps: ClientAccessDeps = {
      ...deps,
      fetch,
      publicJwks: { keys: [...signing.publicJwks.keys] },
      sign: (claims) => signing.sign('ES384', claims),
    }
    const access = {
      '2.2.1': createClientAccess(accessDeps, '2.2.1'),
      '2.0.1': createClientAccess(accessDeps, '2.0.1'),
    }
    const routes = Fastify({ rewriteUrl: (request) => (request.url ?? '/').replaceAll('/%24', '/$') })
    parseJsonBodies(routes)
    await pasRoutes(routes, { baseUrl, payers: deps.config.payers, intermediary, access, bodyLimit: 200_000 })
    await routes.ready()
    dispatch = routes
    worker = await startJobWorker({
      store: guarded,
      handlers: intermediary.handlers,
      owner: `w${++generation}`,
      now: deps.now,
      onFailure: (_job, error) => failures.push(error),
      pollMs: 50,
    })
    await intermediary.start()
  }
  await startUp()

  const fixture: Before = {
    vendor,
    store,
    told,
    heard,
    baseUrl,
    publicJwks: signing.publicJwks,
    failures,
    unmatched,
    addresses,
    get intermediary() {
      return intermediary!
    },
    get deps() {
      return present!
    },
    async submit(caseId) {
      const { bundle, claimIdentifier } = newRequest()
      await fixture.accept(caseId, bundle)
      return claimIdentifier
    },
    async accept(caseId, bundle) {
      const at = new Date().toISOString()
      const submissionId = randomUUID()
      await store.transaction((tx) =>
        intermediary!.acceptSubmission(tx, { tenant: TENANT, caseId, submissionId, payerId: PAYER, bundle, at }),
      )
    },
    async crash() {
      alive.on = false
      dispatch = undefined
      void worker?.stop()
      await new Promise((resolve) => setTimeout(resolve, 50))
    },
    restart: startUp,
    async until(check, ms = 15_000) {
      const end = Date.now() + ms
      while (!(await check())) {
        if (Date.now() > end) throw new Error(`did not happen; told: ${JSON.stringify(told)}; ${String(failures[0])}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    async assertion(claims = {}) {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({
        iss: CLIENT,
        sub: CLIENT,
        aud: `${baseUrl}/pas/2.2/token`,
        exp: now + 200,
        jti: randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES384', kid: 'v1', typ: 'JWT' })
        .sign(vendorKeys.privateKey)
    },
    async token(
      scope = 'system/Claim.c system/Claim.r system/Subscription.cruds',
      clientId = CLIENT,
      endpoint = '2.2',
    ) {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        scope,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await fixture.assertion({
          iss: clientId,
          sub: clientId,
          aud: `${baseUrl}/pas/${endpoint}/token`,
        }),
      })
      const answer = await fetch(`${baseUrl}/pas/${endpoint}/token`, { method: 'POST', body: form })
      return ((await answer.json()) as { access_token: string }).access_token
    },
    async close() {
      await worker?.stop()
      await intermediary?.stop()
      await app.close()
      await payer.close()
      await vendor.close()
      await test.close()
    },
  }
  return fixture
}
