import type { Extension, FhirResource, MedicationRequest } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPayer, type TestPayer } from './test-support.ts'

const HCPCS = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm'

let payer: TestPayer
beforeAll(async () => {
  payer = await startTestPayer()
})
afterAll(() => payer.close())

function order(id: string, system: string, code: string): MedicationRequest {
  return {
    resourceType: 'MedicationRequest',
    id,
    status: 'draft',
    intent: 'order',
    medicationCodeableConcept: { coding: [{ system, code }] },
    subject: { reference: 'Patient/maya-okafor' },
    authoredOn: '2026-11-22',
    requester: { reference: 'Practitioner/lena-ruiz' },
  }
}

function coverage(payor: string, id = 'c1'): FhirResource {
  return {
    resourceType: 'Coverage',
    id,
    status: 'active',
    beneficiary: { reference: 'Patient/maya-okafor' },
    payor: [{ identifier: { system: 'https://payer-registry.example/id', value: payor } }],
  }
}
const searchset = (...resources: FhirResource[]): FhirResource => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
})

type Json = Record<string, unknown>

function hook(
  at: TestPayer,
  orders: FhirResource[],
  prefetch: Json = { coverage: searchset(coverage('caresource-oh')) },
): Json {
  return {
    hook: 'order-sign',
    hookInstance: crypto.randomUUID(),
    fhirServer: `${at.clientUrl}/facade/fhir`,
    fhirAuthorization: {
      access_token: 't',
      token_type: 'Bearer',
      expires_in: 30,
      scope: 'patient/*.rs',
      subject: 'caresource-oh',
    },
    context: {
      userId: 'Practitioner/lena-ruiz',
      patientId: 'maya-okafor',
      draftOrders: {
        resourceType: 'Bundle',
        type: 'collection',
        entry: orders.map((resource) => ({
          fullUrl: `${at.clientUrl}/facade/fhir/${resource.resourceType}/${resource.id}`,
          resource,
        })),
      },
    },
    prefetch,
  }
}

async function call(at: TestPayer, body: unknown, jwt: { aud?: string; iss?: string } = {}): Promise<Response> {
  const url = `${at.url}/cds-services/order-sign-crd`
  const token = await at.sign({ iss: at.clientUrl, aud: url, ...jwt })
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

interface Answer {
  readonly cards: Json[]
  readonly systemActions?: {
    readonly type: string
    readonly description: string
    readonly resource: MedicationRequest
  }[]
}
const answerOf = async (response: Response): Promise<Answer> => (await response.json()) as Answer
const sub = (extension: Extension | undefined, url: string): Extension | undefined =>
  extension?.extension?.find((one) => one.url === url)

describe('discovery', () => {
  it('declares the version and the options in 2.2, and nothing of the kind in 2.0.1', async () => {
    const old = await startTestPayer({ dialect: '2.0.1' })
    const services = async (at: TestPayer): Promise<Json[]> =>
      ((await (await fetch(`${at.url}/cds-services`)).json()) as { services: Json[] }).services
    expect((await services(payer))[0]).toMatchObject({
      id: 'order-sign-crd',
      hook: 'order-sign',
      extension: { 'davinci-crd.version': ['2.2'] },
    })
    expect((await services(old))[0]).not.toHaveProperty('extension')
    await old.close()
  })
})

describe('order-sign', () => {
  it('states that infliximab-dyyb needs authorization, with the form and an assertion', async () => {
    const sent = order('m1', HCPCS, 'Q5103')
    const answer = await answerOf(await call(payer, hook(payer, [sent])))
    const [action] = answer.systemActions ?? []
    expect(action?.type).toBe('update')
    const { extension, ...rest } = action?.resource ?? sent
    expect(rest).toEqual(sent)
    expect(sub(extension?.[0], 'pa-needed')?.valueCode).toBe('auth-needed')
    expect(sub(extension?.[0], 'coverage')?.valueReference?.reference).toBe('Coverage/c1')
    expect(sub(extension?.[0], 'questionnaire')?.valueCanonical).toMatch(/cs-infusion\|/)
    expect(sub(extension?.[0], 'coverage-assertion-id')?.valueString).toMatch(/^CSOH-/)
    expect(answer.cards).toHaveLength(1)
  })
  it('says of azathioprine that it needs none, and nothing about a code it has no rule for', async () => {
    const answer = await answerOf(
      await call(payer, hook(payer, [order('a', RXNORM, '1256'), order('b', RXNORM, '161')])),
    )
    expect(answer.systemActions?.map((action) => action.resource.id)).toEqual(['a'])
    expect(sub(answer.systemActions?.[0]?.resource.extension?.[0], 'pa-needed')?.valueCode).toBe('no-auth')
    expect(answer.cards).toEqual([])
  })
  it('speaks 2.0.1 where it is of that dialect: a ContactPoint, no detail category, no expiry', async () => {
    const old = await startTestPayer({ dialect: '2.0.1' })
    const body = {
      ...hook(old, [order('m1', HCPCS, 'Q5103')], { coverageBundle: searchset(coverage('caresource-oh')) }),
    }
    const extension = (await answerOf(await call(old, body))).systemActions?.[0]?.resource.extension?.[0]
    expect(sub(extension, 'contact')?.valueContactPoint?.value).toBe('800-555-0100')
    expect(sub(extension, 'expiry-date')).toBeUndefined()
    await old.close()
  })
  it('reads the coverage and its payor from the façade where the prefetch lacks them', async () => {
    payer.facade.set(
      'Coverage?patient=maya-okafor&status=active',
      searchset({
        ...(coverage('x') as object),
        payor: [{ reference: 'Organization/o1' }],
      } as unknown as FhirResource),
    )
    payer.facade.set('Organization/o1', {
      resourceType: 'Organization',
      id: 'o1',
      identifier: [{ system: 'https://payer-registry.example/id', value: 'caresource-oh' }],
    })
    const answer = await call(payer, hook(payer, [order('m1', HCPCS, 'Q5103')], {}))
    expect(answer.status).toBe(200)
    expect((await answerOf(answer)).systemActions).toHaveLength(1)
  })
  it('obeys coverage-info: false', async () => {
    const body = {
      ...hook(payer, [order('m1', HCPCS, 'Q5103')]),
      extension: { 'davinci-crd.configuration': { 'coverage-info': false } },
    }
    expect(await answerOf(await call(payer, body))).toEqual({ cards: [] })
  })
})

describe('strictness', () => {
  const infusion = [order('m1', HCPCS, 'Q5103')]
  const changed = (change: (body: Json) => void): Json => {
    const body = hook(payer, infusion)
    change(body)
    return body
  }
  it('refuses a JWT for another address or of another issuer', async () => {
    expect((await call(payer, hook(payer, infusion), { aud: `${payer.url}/cds-services` })).status).toBe(401)
    expect((await call(payer, hook(payer, infusion), { iss: 'http://somebody.example' })).status).toBe(401)
  })
  it('refuses a hookInstance used before', async () => {
    const body = hook(payer, infusion)
    expect((await call(payer, body)).status).toBe(200)
    expect((await call(payer, body)).status).toBe(400)
  })
  it('takes exactly one Coverage, and only one of its own', async () => {
    const two = { coverage: searchset(coverage('caresource-oh', 'c1'), coverage('caresource-oh', 'c2')) }
    expect((await call(payer, hook(payer, infusion, two))).status).toBe(400)
    expect((await call(payer, hook(payer, infusion, { coverage: searchset() }))).status).toBe(400)
    expect((await call(payer, hook(payer, infusion, { coverage: searchset(coverage('another')) }))).status).toBe(400)
  })
  it('answers 400 to what is no hook call, and 422 to what breaks a CRD rule', async () => {
    expect((await call(payer, '{')).status).toBe(400)
    expect(
      (
        await call(
          payer,
          changed((body) => delete body['fhirAuthorization']),
        )
      ).status,
    ).toBe(400)
    expect(
      (
        await call(
          payer,
          changed((body) => void (body['fhirServer'] = 'http://elsewhere.example/fhir')),
        )
      ).status,
    ).toBe(400)
    expect(
      (
        await call(
          payer,
          changed((body) => void (body['prefetch'] = { surprise: null })),
        )
      ).status,
    ).toBe(400)
    expect(
      (await call(payer, hook(payer, [{ resourceType: 'Task', id: 't', status: 'draft', intent: 'order' }]))).status,
    ).toBe(422)
    expect((await call(payer, hook(payer, [{ ...infusion[0]!, requester: undefined }]))).status).toBe(422)
  })
  it('answers 412 where there is neither prefetch nor a place to ask (2.0.1)', async () => {
    const old = await startTestPayer({ dialect: '2.0.1' })
    const body = hook(old, infusion, {})
    delete body['fhirServer']
    delete body['fhirAuthorization']
    expect((await call(old, body)).status).toBe(412)
    await old.close()
  })
  it('takes feedback', async () => {
    const url = `${payer.url}/cds-services/order-sign-crd/feedback`
    const token = await payer.sign({ iss: payer.clientUrl, aud: url })
    const body = JSON.stringify({ feedback: [] })
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    expect(answer.status).toBe(200)
  })
})
