/** A simulated EHR for tests: in memory, a fixed clock that can be moved, and a Precert that only has keys and hooks. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { createRecorder, type Recorder } from '../../recorder.ts'
import { TENANT_SCOPES } from '../../start/configuration.ts'
import { buildEhr, type Ehr } from '../app.ts'

export const EHR = 'http://127.0.0.1:4601'
export const PRECERT = 'http://localhost:4600'
export const REDIRECT_URI = `${PRECERT}/t/sandbox/callback`
const START = Date.parse('2026-11-22T14:00:00Z')

export interface HookCall {
  readonly url: string
  readonly authorization: string
  readonly body: Record<string, unknown>
}

export interface TestEhr extends Ehr {
  readonly recorder: Recorder
  readonly hookCalls: HookCall[]
  /** What the next hook call gets; a function may answer by the request. */
  answerHooks(answer: (call: HookCall) => unknown): void
  moveClock(seconds: number): void
  nowSeconds(): number
  /** Signs a client assertion; `claims` replace the usual ones. */
  signAssertion(claims?: Record<string, unknown>): Promise<string>
  /** A whole EHR launch; `authorize` and `token` replace parameters. */
  launch(options?: LaunchOptions): Promise<Record<string, unknown>>
}

export interface LaunchOptions {
  readonly patientId?: string
  readonly user?: string
  readonly scope?: string
  readonly appContext?: string
  readonly denyScopes?: readonly string[]
}

export async function buildTestEhr(options: { directory?: string; chartsDirectory?: string } = {}): Promise<TestEhr> {
  let offsetMs = 0
  const nowMs = (): number => START + offsetMs
  const recorder = createRecorder()
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'precert-1', alg: 'ES384', use: 'sig' }
  const hookCalls: HookCall[] = []
  let answer: (call: HookCall) => unknown = () => ({ cards: [] })
  const ehr = await buildEhr({
    baseUrl: EHR,
    precertUrl: PRECERT,
    tenantId: 'sandbox',
    clientId: 'precert',
    scopes: TENANT_SCOPES,
    directory: options.directory ?? null,
    chartsDirectory: options.chartsDirectory ?? null,
    recorder,
    now: () => new Date(nowMs()).toISOString(),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      if (pathname === '/.well-known/jwks.json') return Response.json({ keys: [jwk] })
      if (pathname.endsWith('/cds-services')) return Response.json({ services: [SERVICE] })
      const call: HookCall = {
        url: request.url,
        authorization: request.headers.get('authorization') ?? '',
        body: (await request.json()) as Record<string, unknown>,
      }
      hookCalls.push(call)
      return Response.json(await answer(call))
    },
  })
  const nowSeconds = (): number => Math.floor(nowMs() / 1000)
  const signAssertion = (claims: Record<string, unknown> = {}): Promise<string> =>
    signAs(privateKey, {
      iss: 'precert',
      sub: 'precert',
      aud: `${EHR}/oauth2/token`,
      iat: nowSeconds(),
      exp: nowSeconds() + 240,
      jti: randomUUID(),
      ...claims,
    })
  return {
    ...ehr,
    recorder,
    hookCalls,
    answerHooks: (next) => {
      answer = next
    },
    moveClock: (seconds) => {
      offsetMs += seconds * 1000
    },
    nowSeconds,
    signAssertion,
    launch: async (launch = {}) => {
      const { code, verifier } = await authorize(ehr, launch)
      const response = await requestToken(ehr, await signAssertion(), {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      })
      return response.json<Record<string, unknown>>()
    },
  }
}

const SERVICE = {
  id: 'crd-order-sign',
  hook: 'order-sign',
  title: 'Prior authorization',
  description: 'Prior authorization',
  prefetch: {
    user: '{{context.userId}}',
    patient: 'Patient/{{context.patientId}}',
    encounter: 'Encounter/{{context.encounterId}}',
    coverage: 'Coverage?patient={{context.patientId}}&status=active',
  },
}

const signAs = (key: CryptoKey, claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid: 'precert-1', typ: 'JWT' }).sign(key)

/** Asks the order desk for a launch. */
export async function startLaunch(ehr: Ehr, options: LaunchOptions = {}): Promise<URL> {
  const response = await ehr.app.inject({
    method: 'POST',
    url: '/sandbox/api/launch',
    payload: { patientId: 'maya-okafor', user: 'lena-ruiz', ...options },
  })
  return new URL(response.json<{ url: string }>().url)
}

export interface Authorization {
  readonly code: string
  readonly verifier: string
  readonly location: URL
}

/** Launches and authorizes; `change` replaces parameters of the authorization request. */
export async function authorize(
  ehr: Ehr,
  options: LaunchOptions = {},
  change: Record<string, string> = {},
): Promise<Authorization> {
  const launchUrl = await startLaunch(ehr, options)
  const verifier = randomBytes(48).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'precert',
    redirect_uri: REDIRECT_URI,
    scope: options.scope ?? 'launch openid fhirUser online_access patient/Patient.rs patient/Observation.rs',
    state: randomBytes(32).toString('base64url'),
    nonce: 'n-1',
    aud: launchUrl.searchParams.get('iss') ?? '',
    launch: launchUrl.searchParams.get('launch') ?? '',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  })
  const response = await ehr.app.inject(`/oauth2/authorize?${query.toString()}`)
  const location = new URL(String(response.headers.location ?? 'about:blank'))
  return { code: location.searchParams.get('code') ?? '', verifier, location }
}

/** Posts to the token endpoint. */
export function requestToken(ehr: Ehr, assertion: string, form: Record<string, string>) {
  return ehr.app.inject({
    method: 'POST',
    url: '/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...form,
    }).toString(),
  })
}
