/**
 * `$inquire` over HTTP against many stored claims on PostgreSQL (TEST_DATABASE_URL: a database of its own, dropped at the
 * end). Each member has four claims with their bytes, sealed; half of the inquiries name a number, half a code and a day.
 * `npm run bench -- inquire [NUMBER]`: how many claims are stored.
 */
import { randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import type { Bundle, Claim, ClaimResponse, FhirResource } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../src/domain/fhir/canonical.ts'
import { readPasRequest } from '../src/domain/pas/pas-request.ts'
import { CLIENT, newRequest, openFixture, PAYER, TENANT, type Fixture } from '../test/support/intermediary-fixture.ts'

const USUAL_STORED = 100_000
const CLAIMS_PER_MEMBER = 4
const CLAIMS_PER_TRANSACTION = 200
const WRITERS = 4
const INQUIRIES = 1_000
const WARM_UP = 100
/** Client, server and payer share this process. */
const CONNECTIONS = 1

const MEMBER = 'CSA100001'
const memberOf = (claim: number): string => `BENCH${String(Math.floor(claim / CLAIMS_PER_MEMBER))}`
const numberOf = (claim: number): string => `AUTH-${String(claim)}`

export async function runInquire(): Promise<object> {
  if ((process.env['TEST_DATABASE_URL'] ?? '') === '')
    throw new Error('TEST_DATABASE_URL must name a PostgreSQL server')
  const stored = Number(process.argv[3] ?? USUAL_STORED)
  const at = await openFixture()
  try {
    const template = newRequest().bundle as Bundle<FhirResource>
    const startedAt = performance.now()
    await fill(at, template, stored)
    const fillSeconds = (performance.now() - startedAt) / 1000
    const token = await at.token()
    await ask(at, token, template, stored, WARM_UP)
    const before = process.cpuUsage()
    const times = await ask(at, token, template, stored, INQUIRIES)
    const { user, system } = process.cpuUsage(before)
    return {
      stored,
      p95_ms: round(quantile(times, 0.95)),
      p50_ms: round(quantile(times, 0.5)),
      p99_ms: round(quantile(times, 0.99)),
      // Of this process, the client's part included: what a loaded machine does not change.
      cpu_ms: round((user + system) / 1000 / INQUIRIES),
      inquiries: INQUIRIES,
      connections: CONNECTIONS,
      request_bytes: JSON.stringify(template).length,
      fill_seconds: Math.round(fillSeconds),
      payer_asked: at.payer.inquiries.length,
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? '',
      node: process.version,
    }
  } finally {
    await at.close()
  }
}

async function fill(at: Fixture, template: Bundle<FhirResource>, count: number): Promise<void> {
  const text = JSON.stringify(template)
  const ids = [template.identifier?.value ?? '', claimOf(template).identifier?.[0]?.value ?? ''] as const
  const request = readPasRequest(template)
  if (request === undefined) throw new Error('The template is no request')
  const answer = JSON.stringify(respond(claimOf(template)))
  let next = 0
  const write = async (): Promise<void> => {
    while (next < count) {
      const from = next
      next = Math.min(count, from + CLAIMS_PER_TRANSACTION)
      const to = next
      await at.store.transaction(async (tx) => {
        for (let claim = from; claim < to; claim++) {
          const [bundleIdentifier, claimIdentifier] = [randomUUID(), randomUUID()]
          const stamp = (of: string): Uint8Array =>
            Buffer.from(
              of
                .replaceAll(ids[0], bundleIdentifier)
                .replaceAll(ids[1], claimIdentifier)
                .replaceAll(MEMBER, memberOf(claim))
                .replaceAll('AUTH-0', numberOf(claim)),
            )
          const [id, bundleExchangeId, answerExchangeId] = [randomUUID(), randomUUID(), randomUUID()]
          const now = new Date().toISOString()
          await at.store.submissions.insert(tx, {
            tenant: TENANT,
            id,
            caseId: null,
            submissionId: null,
            source: CLIENT,
            payerId: PAYER,
            bundleIdentifier,
            claimIdentifier,
            traceNumbers: request.traces,
            bundleExchangeId,
            state: 'answered',
            attempts: 1,
            unknownSince: null,
            unknownStep: null,
            nextAt: null,
            createdAt: now,
            sentAt: now,
            answeredAt: now,
            pasVersion: '2.2.1',
            memberId: memberOf(claim),
            subscriberId: null,
            providerNpis: request.providerNpis,
            priorClaim: null,
            answerExchangeId,
            servicesEnd: request.servicesEnd,
            answerReference: null,
            metricAt: null,
            pended: false,
          })
          const exchange = {
            tenant: TENANT,
            caseId: null,
            partner: CLIENT,
            contentType: 'application/fhir+json',
            httpStatus: 200,
            at: now,
          }
          const asked = { id: bundleExchangeId, requestId: null, direction: 'in', kind: 'pas-request' } as const
          const said = {
            id: answerExchangeId,
            requestId: bundleExchangeId,
            direction: 'in',
            kind: 'pas-answer',
          } as const
          await at.store.exchanges.insert(tx, { ...exchange, ...asked, body: stamp(text) })
          await at.store.exchanges.insert(tx, { ...exchange, ...said, body: stamp(answer) })
        }
      })
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
}

async function ask(
  at: Fixture,
  token: string,
  template: Bundle<FhirResource>,
  stored: number,
  count: number,
): Promise<number[]> {
  const bodies = [byNumber(template), byCode(template)].map((bundle) => JSON.stringify(bundle))
  const times: number[] = []
  let left = count
  const run = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const claim = Math.floor(Math.random() * stored)
      const body = (bodies[left % 2] ?? '').replaceAll(MEMBER, memberOf(claim)).replaceAll('AUTH-0', numberOf(claim))
      const from = performance.now()
      const answer = await fetch(`${at.baseUrl}/pas/2.2/fhir/Claim/$inquire`, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` },
        body,
      })
      const text = await answer.text()
      times.push(performance.now() - from)
      if (answer.status !== 200 || !text.includes('"return"'))
        throw new Error(`$inquire answered ${String(answer.status)}: ${text.slice(0, 400)}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, run))
  return times
}

const claimOf = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim

function inquiry(template: Bundle<FhirResource>, change: Partial<Claim>): Bundle<FhirResource> {
  const { item: _item, supportingInfo: _info, diagnosis: _diagnosis, ...claim } = claimOf(template)
  const [first, ...rest] = template.entry ?? []
  const meta = { profile: [PROFILE.pasClaimInquiry] }
  const identifier = [{ system: 'urn:trnorg:1', value: 'the-inquiry' }]
  const asked: Claim = { ...claim, meta, identifier, ...change }
  return {
    ...template,
    meta: { profile: [PROFILE.pasInquiryRequestBundle] },
    entry: [{ ...first, resource: asked }, ...rest],
  }
}

const byNumber = (template: Bundle<FhirResource>): Bundle<FhirResource> =>
  inquiry(template, {
    extension: [...(claimOf(template).extension ?? []), { url: EXT.authorizationNumber, valueString: 'AUTH-0' }],
  })

function byCode(template: Bundle<FhirResource>): Bundle<FhirResource> {
  const [line] = claimOf(template).item ?? []
  if (line === undefined) throw new Error('The template has no line')
  const { sequence, productOrService, servicedDate, servicedPeriod } = line
  return inquiry(template, {
    item: [
      {
        sequence,
        productOrService,
        ...(servicedDate === undefined ? {} : { servicedDate }),
        ...(servicedPeriod === undefined ? {} : { servicedPeriod }),
      },
    ],
  })
}

function respond(claim: Claim): Bundle<FhirResource> {
  const created = new Date().toISOString()
  const code = { coding: [{ system: SYSTEM.x12ReviewAction, code: 'A1' }] }
  const reviewed = {
    url: EXT.reviewAction,
    extension: [
      { url: 'number', valueString: 'AUTH-0' },
      { url: EXT.reviewActionCode, valueCodeableConcept: code },
    ],
  }
  const category = { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] }
  const response: ClaimResponse = {
    resourceType: 'ClaimResponse',
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: { display: 'as asked' },
    created,
    insurer: { display: 'Bench payer' },
    request: { identifier: claim.identifier?.[0] ?? {} },
    outcome: 'complete',
    item: (claim.item ?? []).map(({ sequence }) => ({
      itemSequence: sequence,
      adjudication: [{ category, extension: [reviewed] }],
    })),
  }
  const entry = [{ fullUrl: `urn:uuid:${randomUUID()}`, resource: response }]
  return { resourceType: 'Bundle', type: 'collection', timestamp: created, entry }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const round = (value: number): number => Math.round(value * 10) / 10
