/** A payer that approves every line 20 ms after a request came, and the registered keys of the client that sends. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import type { JWK } from 'jose'

const ANSWER_MS = 20
const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const CLAIM_MARK = 'BENCH-CLAIM-IDENTIFIER'
/** The Claim is the first entry, and its identifier the first under this system. */
const CLAIM_IDENTIFIER = /"urn:trnorg:[^"]*","value":"([^"]*)"/
const FHIR = { 'content-type': 'application/fhir+json' }

export interface BenchPayer {
  readonly base: string
  /** Requests answered. */
  readonly answered: () => number
  /** Milliseconds from the last byte of each request to the first of its answer, in order. */
  readonly tookMs: readonly number[]
  readonly close: () => Promise<void>
}

export async function startPayer(clientKeys: readonly JWK[], request: Bundle<FhirResource>): Promise<BenchPayer> {
  const tookMs: number[] = []
  // Made once: what the payer does is not what is measured.
  const template = JSON.stringify(approve(request))
  let subscriptions = 0
  const submit = (body: string, response: ServerResponse): void => {
    const from = performance.now()
    const answer = template.replaceAll(CLAIM_MARK, CLAIM_IDENTIFIER.exec(body)?.[1] ?? '')
    setTimeout(
      () => {
        tookMs.push(performance.now() - from)
        response.writeHead(200, FHIR).end(answer)
      },
      Math.max(0, ANSWER_MS - (performance.now() - from)),
    )
  }
  const route = (path: string, body: string, response: ServerResponse): void => {
    if (path === '/client/jwks.json') return void response.writeHead(200).end(JSON.stringify({ keys: clientKeys }))
    if (path === '/oauth/token')
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'bench', token_type: 'bearer', expires_in: 3_600 }))
    if (path === '/fhir/Claim/$submit') return submit(body, response)
    if (path !== '/fhir/Subscription') return void response.writeHead(404).end()
    const id = String((subscriptions += 1))
    const stored = { ...(JSON.parse(body) as object), id, status: 'active' }
    response.writeHead(201, FHIR).end(JSON.stringify(stored))
  }
  const server = createServer((request, response) => {
    void readAll(request).then((body) => route(request.url ?? '', body, response))
  })
  await listen(server)
  return {
    base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    answered: () => tookMs.length,
    tookMs,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function approve(request: Bundle<FhirResource>): Bundle<FhirResource> {
  const claim = request.entry?.[0]?.resource as Claim
  const identifier = { system: claim.identifier?.[0]?.system ?? '', value: CLAIM_MARK }
  const created = new Date().toISOString()
  const reviewed = (sequence: number) => ({
    url: `${PAS}/extension-reviewAction`,
    extension: [
      { url: 'number', valueString: `AUTH-${String(sequence)}` },
      {
        url: `${PAS}/extension-reviewActionCode`,
        valueCodeableConcept: { coding: [{ system: 'https://codesystem.x12.org/005010/306', code: 'A1' }] },
      },
    ],
  })
  const category = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'submitted' }] }
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: created,
    entry: [
      {
        fullUrl: `urn:uuid:${crypto.randomUUID()}`,
        resource: {
          resourceType: 'ClaimResponse',
          status: 'active',
          type: claim.type,
          use: 'preauthorization',
          patient: { display: 'as asked' },
          created,
          insurer: { display: 'Bench payer' },
          request: { identifier },
          outcome: 'complete',
          item: (claim.item ?? []).map((item) => ({
            extension: item.extension?.filter(({ url }) => url === `${PAS}/extension-itemTraceNumber`) ?? [],
            itemSequence: item.sequence,
            adjudication: [{ category, extension: [reviewed(item.sequence)] }],
          })),
        },
      },
    ],
  }
}
