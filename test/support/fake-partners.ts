/** A fake EHR and a fake payer for tests of the coverage room: small Fastify apps whose answers the test decides. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Bundle, FhirResource } from 'fhir/r4'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { EXT } from '#domain/fhir/canonical.ts'

export interface FakeEhr {
  readonly base: string
  readonly jwksUrl: string
  /** Replaced or added to by tests. */
  readonly resources: FhirResource[]
  /** `GET` addresses below the base, in order, with their bearer token. */
  readonly seen: { url: string; token: string }[]
  /** Tokens that are good; an empty set accepts every one. */
  readonly goodTokens: Set<string>
  /** Resource types that answer 403. */
  readonly refused: Set<string>
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>, key?: CryptoKey | Uint8Array): Promise<string>
  close(): Promise<void>
}

function isOfPatient(resource: FhirResource, patientId: string): boolean {
  const text = JSON.stringify(resource)
  return text.includes(`Patient/${patientId}"`) || (resource.resourceType === 'Patient' && resource.id === patientId)
}

/** Starts an EHR with these resources; searches know `patient`, `_id` and `status`. */
export async function startFakeEhr(resources: readonly FhirResource[]): Promise<FakeEhr> {
  const app = Fastify()
  const { publicKey, privateKey } = await generateKeyPair('ES384')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ehr-1', alg: 'ES384', use: 'sig' }
  const held = [...resources]
  const seen: FakeEhr['seen'] = []
  const goodTokens = new Set<string>()
  const refused = new Set<string>()
  const isAllowed = (authorization: string | undefined): boolean =>
    goodTokens.size === 0 || goodTokens.has((authorization ?? '').replace('Bearer ', ''))
  app.get('/jwks.json', async () => ({ keys: [jwk] }))
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/fhir/')) return undefined
    seen.push({ url: request.url.slice(6), token: (request.headers.authorization ?? '').replace('Bearer ', '') })
    if (!isAllowed(request.headers.authorization)) return reply.code(401).send()
    if (refused.has(request.url.slice(6).split(/[/?]/)[0] ?? '')) return reply.code(403).send()
    return undefined
  })
  app.get<{ Params: { type: string; id: string } }>('/fhir/:type/:id', async (request, reply) => {
    const { type, id } = request.params
    const found = held.find((resource) => resource.resourceType === type && resource.id === id)
    return found ?? reply.code(404).send()
  })
  app.get<{ Params: { type: string }; Querystring: Record<string, string> }>('/fhir/:type', async (request) => {
    const { patient, _id: ids, status } = request.query
    const found = held.filter(
      (resource) =>
        resource.resourceType === request.params.type &&
        (patient === undefined || isOfPatient(resource, patient)) &&
        (ids === undefined || ids.split(',').includes(resource.id ?? '')) &&
        (status === undefined || status.split(',').includes((resource as { status?: string }).status ?? '')),
    )
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] }
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [...found.map((resource) => ({ resource })), { resource: outcome, search: { mode: 'outcome' } }],
    }
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    base: `${address}/fhir`,
    jwksUrl: `${address}/jwks.json`,
    resources: held,
    seen,
    goodTokens,
    refused,
    sign: (claims, header = {}, key = privateKey) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT', ...header }).sign(key),
    close: () => app.close(),
  }
}

type Json = Record<string, unknown>

export interface HookRequestBody {
  readonly hookInstance: string
  readonly fhirServer: string
  readonly fhirAuthorization: { readonly access_token: string; readonly subject: string }
  readonly context: Json & { readonly draftOrders: Bundle<FhirResource> }
  readonly prefetch?: Json
  readonly extension?: Json
}

export interface FakePayer {
  readonly base: string
  readonly requests: HookRequestBody[]
  readonly feedback: Json[]
  readonly service: { prefetch: Record<string, string>; versions: string[] | null }
  discoveries: number
  delayMs: number
  /** What order-sign answers; a number is an HTTP status. */
  answer: (request: HookRequestBody) => unknown
  close(): Promise<void>
}

/** The answer that says `codes` of every order: one update an order, in the 2.2 form. */
export function annotateAll(
  request: HookRequestBody,
  codes: { covered?: string; paNeeded?: string; reason?: string } = {},
): Json {
  const entries = request.context.draftOrders.entry ?? []
  return {
    cards: [],
    systemActions: entries.map(({ resource }) => ({
      type: 'update',
      description: 'Coverage information',
      resource: {
        ...resource,
        extension: [
          {
            url: EXT.coverageInformation,
            extension: [
              { url: 'coverage', valueReference: { reference: `${request.fhirServer}/Coverage/cov-1` } },
              { url: 'covered', valueCode: codes.covered ?? 'covered' },
              { url: 'pa-needed', valueCode: codes.paNeeded ?? 'auth-needed' },
              { url: 'doc-needed', valueCode: 'clinical' },
              { url: 'reason', valueCodeableConcept: { text: codes.reason ?? 'Authorization is required for Q5103.' } },
              { url: 'questionnaire', valueCanonical: 'https://payer.example/Questionnaire/infusion|1' },
              { url: 'date', valueDate: '2026-11-22' },
              { url: 'coverage-assertion-id', valueString: '7F31-0922' },
            ],
          },
        ],
      },
    })),
  }
}

/** Starts a payer's CDS service `order-sign-crd`. */
export async function startFakePayer(): Promise<FakePayer> {
  const app: FastifyInstance = Fastify({ bodyLimit: 10_000_000 })
  const payer: Omit<FakePayer, 'base' | 'close'> = {
    requests: [],
    feedback: [],
    service: {
      prefetch: {
        patient: 'Patient/{{context.patientId}}',
        coverage: 'Coverage?patient={{context.patientId}}&status=active&_include=Coverage:payor',
        roles:
          'PractitionerRole?_id={{context.draftOrders.entry.resource.requester.resolve().ofType(PractitionerRole).id}}',
      },
      versions: ['2.2'],
    },
    discoveries: 0,
    delayMs: 0,
    answer: (request) => annotateAll(request),
  }
  app.get('/cds-services', async () => {
    payer.discoveries++
    const { prefetch, versions } = payer.service
    const extension = versions === null ? {} : { extension: { 'davinci-crd.version': versions } }
    return { services: [{ hook: 'order-sign', id: 'order-sign-crd', prefetch, ...extension }] }
  })
  app.post('/cds-services/order-sign-crd', async (request, reply) => {
    const body = request.body as HookRequestBody
    payer.requests.push(body)
    const answer = payer.answer(body)
    await new Promise((resolve) => setTimeout(resolve, payer.delayMs))
    return typeof answer === 'number' ? reply.code(answer).send('no') : reply.send(await answer)
  })
  app.post('/cds-services/order-sign-crd/feedback', async (request, reply) => {
    payer.feedback.push(request.body as Json)
    return reply.code(200).send()
  })
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  return Object.assign(payer, { base, close: () => app.close() })
}
