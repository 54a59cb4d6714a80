/** The PAS server as another vendor's system meets it: over HTTP, with its own token. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle, ClaimResponse, OperationOutcome } from 'fhir/r4'

interface Answered extends Pick<OperationOutcome, 'issue'>, Pick<Bundle, 'entry'> {
  resourceType: string
}
import { readPasResponse } from '../../src/domain/pas/read-pas-response.ts'
import { newRequest, openFixture, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let token: string

beforeAll(async () => {
  at = await openFixture()
  token = await at.token()
  await at.until(() => at.payer.subscriptions.size === 1)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'answer', refusal: null, deduplicates: false, silenceMs: 60_000 })
})

async function post(
  path: string,
  body: unknown,
  bearer: string | null = token,
): Promise<{ status: number; json: Answered; text: string; type: string | null }> {
  const answer = await fetch(`${at.baseUrl}/pas/2.2/fhir/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/fhir+json',
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    json: (text === '' ? {} : JSON.parse(text)) as Answered,
    type: answer.headers.get('content-type'),
  }
}
const submit = (body: unknown, bearer?: string | null) => post('Claim/$submit', body, bearer)
const rollUp = (json: unknown): string => {
  const read = readPasResponse(json, { version: '2.2.1' })
  return read.ok ? read.value.rollUp : read.error.reason
}

describe('POST Claim/$submit', () => {
  it('gives the answer of the payer as it is', async () => {
    const { bundle, claimIdentifier } = newRequest()
    const answer = await submit(bundle)
    expect(answer.status).toBe(200)
    expect(answer.type).toContain('application/fhir+json')
    expect(rollUp(answer.json)).toBe('approved')
    expect(at.payer.processed.get(claimIdentifier)).toBe(1)
  })

  it('takes the escaped spelling of the operation, too', async () => {
    expect((await post('Claim/%24submit', newRequest().bundle)).status).toBe(200)
  })

  it('answers the same body with the same answer, and sends it once', async () => {
    const { bundle, claimIdentifier } = newRequest()
    const first = await submit(bundle)
    const second = await submit(bundle)
    expect(second.text).toBe(first.text)
    expect(at.payer.processed.get(claimIdentifier)).toBe(1)
  })

  it('sends once what comes twice at the same time', async () => {
    const { bundle, claimIdentifier } = newRequest()
    const answers = await Promise.all([submit(bundle), submit(bundle), submit(bundle)])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(at.payer.processed.get(claimIdentifier)).toBe(1)
  })

  it('refuses another body under the same Bundle.identifier with 409', async () => {
    const { bundle } = newRequest()
    await submit(bundle)
    const other = await submit({ ...bundle, timestamp: '2026-11-23T00:00:00Z' })
    expect(other.status).toBe(409)
    expect(other.json.issue[0]?.expression).toEqual(['Bundle.identifier'])
  })

  it('answers A4 for every line, as its own word, when the payer is silent; and the payer’s answer later', async () => {
    Object.assign(at.payer, { behavior: 'silent-after-processing', silenceMs: 2_200 })
    const { bundle } = newRequest()
    const pended = await submit(bundle)
    expect(pended.status).toBe(200)
    const response = pended.json.entry?.[0]?.resource as ClaimResponse
    expect(response.item?.map(({ itemSequence }) => itemSequence)).toEqual([1, 2, 3])
    expect(rollUp(pended.json)).toBe('pended')
    expect(response.meta?.source).toBe(at.baseUrl)
    expect(response.processNote?.[0]?.text).toContain('payer has not answered')
    await at.until(async () => rollUp((await submit(bundle)).json) === 'approved')
  })

  it('passes the refusal of the payer on', async () => {
    at.payer.behavior = 'refuse'
    const refused = await submit(newRequest().bundle)
    expect(refused.status).toBe(400)
    expect(refused.json.resourceType).toBe('OperationOutcome')
  })

  it.each([400, 413])('says in FHIR that the payer refused with %i and no reason', async (status) => {
    Object.assign(at.payer, { behavior: 'refuse', refusal: { status, body: '<html>No</html>' } })
    const refused = await submit(newRequest().bundle)
    expect(refused.status).toBe(status)
    expect(refused.json).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'processing' }] })
  })

  it.each([403, 404])(
    'takes %i without FHIR for a fault between us and the payer, not for the client’s',
    async (status) => {
      Object.assign(at.payer, { behavior: 'refuse', refusal: { status, body: '<html>Forbidden</html>' } })
      const { bundle } = newRequest()
      const first = await submit(bundle)
      expect(JSON.stringify(first.json)).toContain('"A4"')
      // The operator mends it, and the request goes out as it was.
      at.payer.behavior = 'answer'
      await expect.poll(async () => JSON.stringify((await submit(bundle)).json), { timeout: 30_000 }).toContain('"A1"')
    },
  )

  it('names each fault of a Bundle with its FHIRPath, and stores nothing', async () => {
    const { bundle } = newRequest()
    const broken = structuredClone(bundle) as Bundle
    const claim = broken.entry?.[0]?.resource as unknown as Record<string, unknown>
    delete claim['created']
    claim['status'] = 'draft'
    const answer = await submit(broken)
    expect(answer.status).toBe(422)
    expect(answer.json.issue.map(({ expression }) => expression?.[0]).sort()).toEqual([
      'Bundle.entry[0].resource.created',
      'Bundle.entry[0].resource.status',
    ])
    // The identifier is free for the corrected body.
    expect((await submit(bundle)).status).toBe(200)
  })

  it.each([
    ['an empty Bundle', { resourceType: 'Bundle', identifier: { value: 'x' }, type: 'collection', entry: [] }, 400],
    ['no Bundle', { resourceType: 'Patient' }, 400],
    ['no JSON', '{', 400],
    ['a NUL character', '{"resourceType":"Bundle","id":"\\u0000"}', 400],
    ['a number beyond a double', '{"resourceType":"Bundle","total":1e999}', 400],
    ['too large a body', `{"resourceType":"Bundle","id":"${'x'.repeat(300_000)}"}`, 413],
  ])('answers %s with one OperationOutcome', async (_what, body, status) => {
    const answer = await submit(body)
    expect(answer.status).toBe(status)
    expect(answer.json.resourceType).toBe('OperationOutcome')
    expect(answer.json.issue.length).toBeGreaterThan(0)
  })

  it('knows no payer by an unregistered identifier, and no foreign sender', async () => {
    const text = JSON.stringify(newRequest().bundle)
    const elsewhere = await submit(text.replaceAll('https://payer-registry.example/id', 'https://other.example/id'))
    expect(elsewhere.status).toBe(422)
    expect(elsewhere.json.issue[0]?.expression).toEqual(['Bundle.entry[0].resource.insurer'])
    expect((await submit(text.replaceAll('PRECERT01', 'SOMEONE'))).status).toBe(403)
  })

  it('wants a token, and one that allows it', async () => {
    const { bundle } = newRequest()
    expect((await submit(bundle, null)).status).toBe(401)
    expect((await submit(bundle, 'made-up')).status).toBe(401)
    expect((await submit(bundle, await at.token('system/Claim.r'))).status).toBe(403)
  })

  it('keeps the bytes as they came, and an event', async () => {
    const { bundle, bundleIdentifier } = newRequest()
    const text = JSON.stringify(bundle, null, 3)
    await submit(text)
    const [row] = await at.store.read((tx) => at.store.submissions.listByBundleIdentifier(tx, TENANT, bundleIdentifier))
    const exchange = await at.store.read((tx) => at.store.exchanges.find(tx, TENANT, row?.bundleExchangeId ?? ''))
    expect(Buffer.from(exchange?.body ?? []).toString()).toBe(text)
    const events = await at.store.read((tx) => at.store.events.listByCase(tx, TENANT, row?.id ?? ''))
    expect(events.map(({ kind }) => kind)).toEqual(['pas-accepted', 'pas-answered'])
  })
})

describe('POST Claim/$inquire', () => {
  it('passes the inquiry to the payer and its answer back', async () => {
    const { bundle } = newRequest()
    await submit(bundle)
    const answer = await post('Claim/$inquire', bundle)
    expect(answer.status).toBe(200)
    expect(answer.json.resourceType).toBe('Parameters')
  })
  it('names the faults of an inquiry', async () => {
    const answer = await post('Claim/$inquire', { resourceType: 'Bundle', entry: [] })
    expect(answer.status).toBe(400)
    expect(answer.json.resourceType).toBe('OperationOutcome')
  })
})

describe('the token endpoint', () => {
  interface Answer {
    readonly status: number
    readonly error: string | undefined
    readonly scope: string | undefined
  }
  const ask = async (fields: Record<string, string>): Promise<Answer> => {
    const answer = await fetch(`${at.baseUrl}/pas/2.2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Claim.c',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        ...fields,
      }),
    })
    const { error, scope } = (await answer.json()) as Partial<Answer>
    return { status: answer.status, error, scope }
  }

  it('takes an assertion once', async () => {
    const assertion = await at.assertion()
    expect(await ask({ client_assertion: assertion })).toMatchObject({ status: 200, error: undefined })
    expect(await ask({ client_assertion: assertion })).toMatchObject({ status: 401, error: 'invalid_client' })
  })

  it.each([
    ['of an unknown client', { iss: 'nobody', sub: 'nobody' }],
    ['for another audience', { aud: 'https://elsewhere.example/token' }],
    ['that has ended', { exp: 1 }],
    ['that lives too long', { exp: Math.floor(Date.now() / 1000) + 3_600 }],
    ['whose subject is another', { sub: 'someone' }],
    ['without an id', { jti: undefined }],
  ])('refuses an assertion %s', async (_what, claims) => {
    expect(await ask({ client_assertion: await at.assertion(claims) })).toMatchObject({
      status: 401,
      error: 'invalid_client',
    })
  })

  it('grants registered scopes alone', async () => {
    const fields = { client_assertion: await at.assertion(), scope: 'system/Patient.r' }
    expect(await ask(fields)).toEqual({ status: 400, error: 'invalid_scope', scope: undefined })
    expect((await ask({ grant_type: 'password' })).error).toBe('unsupported_grant_type')
  })

  it.each([
    ['system/Claim.cr', 'system/Claim.cr'],
    ['system/Claim.read system/Claim.write', 'system/Claim.r system/Claim.c'],
    ['system/Subscription.rs', 'system/Subscription.rs'],
  ])('grants of %s what is registered', async (scope, granted) => {
    const fields = { client_assertion: await at.assertion(), scope }
    expect(await ask(fields)).toEqual({ status: 200, error: undefined, scope: granted })
  })
})

describe('discovery', () => {
  it('is public', async () => {
    const metadata = await fetch(`${at.baseUrl}/pas/2.2/fhir/metadata`)
    expect(await metadata.json()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
    const smart = await fetch(`${at.baseUrl}/pas/2.2/.well-known/smart-configuration`)
    expect(await smart.json()).toMatchObject({ token_endpoint: `${at.baseUrl}/pas/2.2/token` })
  })
})
