/** For tests: a client with keys, a façade and a notification endpoint, and a payer that listens. No double of the payer. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Bundle, FhirResource } from 'fhir/r4'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createRecorder, type RecordedMessage } from '../recorder.ts'
import { buildPayer } from './build-payer.ts'
import type { PayerOptions } from './options.ts'

export const QUESTIONNAIRE_DIR = join(import.meta.dirname, '../../questionnaires/cs-infusion')
const FIXTURES = join(import.meta.dirname, 'fixtures')

/** A fresh copy of the fixture request, and a way to change it. */
export async function loadRequest(): Promise<Bundle<FhirResource>> {
  return JSON.parse(await readFile(join(FIXTURES, 'pas-request.json'), 'utf8')) as Bundle<FhirResource>
}

export interface Received {
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: Bundle<FhirResource>
}

export interface TestPayer {
  readonly url: string
  readonly clientUrl: string
  readonly options: PayerOptions
  readonly notifications: Received[]
  /** What the façade answers, by path under the FHIR base. */
  readonly facade: Map<string, FhirResource>
  readonly recorded: () => RecordedMessage[]
  readonly sign: (claims: { iss: string; sub?: string; aud: string; exp?: number; jti?: string }) => Promise<string>
  readonly token: (scope?: string) => Promise<string>
  readonly fhir: (path: string, body: unknown, init?: RequestInit) => Promise<Response>
  readonly control: (path: string, body?: unknown) => Promise<Response>
  readonly subscribe: (change?: (subscription: Record<string, unknown>) => unknown) => Promise<Response>
  /** Stops the payer and starts it anew over the same journal and port. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts a client and a payer on free ports. */
export async function startTestPayer(change: Partial<PayerOptions> = {}): Promise<TestPayer> {
  const directory = await mkdtemp(join(tmpdir(), 'payer-'))
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES384', use: 'sig' }
  const notifications: Received[] = []
  const facade = new Map<string, FhirResource>()
  const client = Fastify({ forceCloseConnections: true })
  client.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  client.get('/jwks.json', async () => ({ keys: [jwk] }))
  client.get('/facade/fhir/*', async (request, reply) => {
    const found = facade.get(request.url.slice('/facade/fhir/'.length))
    return found ?? reply.code(404).send({})
  })
  client.post('/notify', async (request, reply) => {
    notifications.push({
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      body: JSON.parse(String(request.body)) as Bundle<FhirResource>,
    })
    return reply.code(204).send()
  })
  const clientUrl = await client.listen({ host: '127.0.0.1', port: 0 })
  const probe = Fastify()
  const url = await probe.listen({ host: '127.0.0.1', port: 0 })
  await probe.close()

  const options: PayerOptions = {
    id: 'caresource-oh',
    name: 'CareSource Ohio',
    dialect: '2.2',
    deduplicates: true,
    baseUrl: url,
    receiverId: 'CSOH',
    phone: '800-555-0100',
    client: { clientId: 'precert', baseUrl: clientUrl, jwksUrl: `${clientUrl}/jwks.json`, senderIds: ['PRECERT01'] },
    journalFile: join(directory, 'journal.jsonl'),
    questionnaireDir: QUESTIONNAIRE_DIR,
    recorder: createRecorder(),
    pendMs: 200,
    retryDelaysMs: [50, 50],
    ...change,
  }
  let payer = buildPayer(options)
  const listen = async (): Promise<void> =>
    void (await payer.listen({ host: '127.0.0.1', port: Number(new URL(url).port) }))
  await listen()

  const sign: TestPayer['sign'] = async ({ jti = crypto.randomUUID(), exp, ...claims }) =>
    new SignJWT({ ...claims, jti })
      .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime(exp ?? '4m')
      .sign(privateKey)
  const requestToken = async (scope: string): Promise<Response> =>
    fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await sign({ iss: 'precert', sub: 'precert', aud: `${url}/oauth/token` }),
        scope,
      }),
    })
  const token = async (scope = 'system/Claim.c system/Subscription.cruds system/Questionnaire.rs'): Promise<string> =>
    ((await (await requestToken(scope)).json()) as { access_token: string }).access_token
  const fhir: TestPayer['fhir'] = async (path, body, init = {}) =>
    fetch(`${url}/fhir/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${await token()}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    })

  return {
    url,
    clientUrl,
    options,
    notifications,
    facade,
    recorded: () => options.recorder.drain(),
    sign,
    token,
    fhir,
    control: (path, body) =>
      fetch(
        `${url}/sandbox/api/${path}`,
        body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      ),
    subscribe: async (edit = (same) => same) => fhir('Subscription', edit(buildSubscription(`${clientUrl}/notify`))),
    async restart() {
      await payer.close()
      payer = buildPayer(options)
      await listen()
    },
    async close() {
      await payer.close()
      await client.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function buildSubscription(endpoint: string): Record<string, unknown> {
  const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
  return {
    resourceType: 'Subscription',
    meta: { profile: ['http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-subscription'] },
    status: 'requested',
    reason: 'Answers to prior authorization requests',
    criteria: 'http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic',
    _criteria: {
      extension: [{ url: `${backport}/backport-filter-criteria`, valueString: 'org-identifier=PRECERT01' }],
    },
    channel: {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode: 'full-resource' }] },
      header: ['Authorization: Bearer notify-secret'],
    },
  }
}

/** Waits until something holds, or fails after five seconds. */
export async function until<T>(probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let attempt = 0; attempt < 250; attempt++) {
    const value = await probe()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('It never came to pass')
}
