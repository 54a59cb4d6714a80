import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { EXT } from '#domain/fhir/canonical.ts'
import { buildTestEhr, EHR, PRECERT, type HookCall, type TestEhr } from '../support/test-ehr.ts'
import { readHookResponse } from './hook-response.ts'
import { fillPrefetch, resolveTemplate } from './prefetch.ts'

const annotation = {
  url: EXT.coverageInformation,
  extension: [
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: 'auth-needed' },
  ],
}
const card = {
  uuid: 'card-1',
  summary: 'Authorization needed',
  indicator: 'warning',
  source: { label: 'Precert' },
  detail: 'For **Infliximab** <script>alert(1)</script>',
  links: [{ label: 'Open Precert', url: `${PRECERT}/launch`, type: 'smart', appContext: 'pa1.x' }],
}

let ehr: TestEhr
const freshEhr = async (): Promise<void> => {
  ehr = await buildTestEhr()
}

const post = (url: string, payload: object) => ehr.app.inject({ method: 'POST', url, payload })
const draftsOf = (call: HookCall) =>
  (
    call.body['context'] as {
      draftOrders: { type: string; entry: { fullUrl: string; resource: Record<string, unknown> }[] }
    }
  ).draftOrders
const annotateAll = (call: HookCall) => (call.url.endsWith('/feedback') ? {} : annotate(call))
const annotate = (call: HookCall) => ({
  cards: [card],
  systemActions: draftsOf(call).entry.map(({ resource }) => ({
    type: 'update',
    description: 'Adds coverage information',
    resource: { ...resource, extension: [annotation] },
  })),
})
const signOrders = async () => {
  await post('/sandbox/api/orders', { patientId: 'maya-okafor', template: 'infliximab-infusion' })
  return (await post('/sandbox/api/sign', { patientId: 'maya-okafor' })).json<{
    cards: { uuid: string }[]
    appliedActions: object[]
    problems: string[]
    orders: string[]
  }>()
}
const ordersOf = (patientId: string) =>
  ['MedicationRequest', 'ServiceRequest'].flatMap((type) =>
    ehr.store.list(type, patientId).filter((order) => 'groupIdentifier' in order || 'requisition' in order),
  )

describe('order-sign', () => {
  beforeEach(freshEhr)
  it('is signed for this service and carries drafts, prefetch and a short token', async () => {
    await signOrders()
    const call = ehr.hookCalls[0]!
    const keys = createLocalJWKSet((await ehr.app.inject('/cds/jwks.json')).json<JSONWebKeySet>())
    const { payload, protectedHeader } = await jwtVerify(call.authorization.slice('Bearer '.length), keys, {
      issuer: EHR,
      audience: `${PRECERT}/t/sandbox/cds-services/crd-order-sign`,
      currentDate: new Date(ehr.nowSeconds() * 1000),
    })
    expect(protectedHeader).toMatchObject({ alg: 'ES384', typ: 'JWT', jku: `${EHR}/cds/jwks.json` })
    expect(payload.jti).toBeTypeOf('string')
    expect(call.body).toMatchObject({
      hook: 'order-sign',
      fhirServer: `${EHR}/fhir`,
      fhirAuthorization: { token_type: 'Bearer', expires_in: 30, subject: 'precert', patient: 'maya-okafor' },
      context: { userId: 'Practitioner/lena-ruiz', patientId: 'maya-okafor' },
      prefetch: { patient: { id: 'maya-okafor' }, user: { id: 'lena-ruiz' }, coverage: { type: 'searchset' } },
    })
    expect(draftsOf(call).type).toBe('collection')
    expect(draftsOf(call).entry.map(({ resource }) => resource['status'])).toEqual(['draft', 'draft', 'draft'])
  })
  it('gives the service a token that works during the call and is dead after it', async () => {
    let during = 0
    let token = ''
    ehr.answerHooks(async ({ body }) => {
      token = (body['fhirAuthorization'] as { access_token: string }).access_token
      during = (
        await ehr.app.inject({ url: '/fhir/Patient/maya-okafor', headers: { authorization: `Bearer ${token}` } })
      ).statusCode
      return { cards: [] }
    })
    await signOrders()
    const after = await ehr.app.inject({
      url: '/fhir/Patient/maya-okafor',
      headers: { authorization: `Bearer ${token}` },
    })
    expect([during, after.statusCode]).toEqual([200, 401])
  })
  it('applies the annotation and signs the orders', async () => {
    ehr.answerHooks(annotateAll)
    const { appliedActions, cards, problems } = await signOrders()
    expect([appliedActions.length, cards.length, problems]).toEqual([3, 1, []])
    for (const order of ordersOf('maya-okafor'))
      expect(order).toMatchObject({ status: 'active', extension: [annotation] })
  })
  it('sets an action aside that changes more than the annotation', async () => {
    ehr.answerHooks((call) => {
      const answer = annotate(call)
      return {
        ...answer,
        systemActions: answer.systemActions.map((action) => ({
          ...action,
          resource: { ...action.resource, priority: 'stat' },
        })),
      }
    })
    const { appliedActions, problems } = await signOrders()
    expect([appliedActions.length, problems.length]).toEqual([0, 3])
    for (const order of ordersOf('maya-okafor')) expect(order['priority']).toBe('routine')
  })
  it('signs all the same when decision support fails, and says so', async () => {
    ehr.answerHooks(() => 'nonsense')
    const { problems } = await signOrders()
    expect(problems).toEqual(['The answer is not a CDS Hooks response.'])
    expect(ordersOf('maya-okafor').every((order) => order['status'] === 'active')).toBe(true)
    expect((await post('/sandbox/api/sign', { patientId: 'maya-okafor' })).statusCode).toBe(409)
  })
})

describe('a card', () => {
  beforeEach(freshEhr)
  it('is shown without the markup it carries and opens the app with its context', async () => {
    ehr.answerHooks(annotateAll)
    await signOrders()
    const page = (await ehr.app.inject('/patients/maya-okafor/orders')).body
    expect(page).toContain('<strong>Infliximab</strong> &lt;script&gt;')
    const app = (await ehr.app.inject('/patients/maya-okafor/app?card=card-1&link=0')).body
    expect(app).toMatch(/<iframe title="Precert"\s+src="http:\/\/localhost:4600\/launch\?iss=/)
  })
  it('that is dismissed is reported once and goes away', async () => {
    ehr.answerHooks(annotateAll)
    await signOrders()
    expect((await post('/sandbox/api/dismiss', { patientId: 'maya-okafor', card: 'card-1' })).json()).toEqual({
      dismissed: true,
    })
    expect(ehr.hookCalls[1]?.url).toBe(`${PRECERT}/t/sandbox/cds-services/crd-order-sign/feedback`)
    expect(ehr.hookCalls[1]?.body).toMatchObject({ feedback: [{ card: 'card-1', outcome: 'overridden' }] })
    expect((await post('/sandbox/api/dismiss', { patientId: 'maya-okafor', card: 'card-1' })).json()).toEqual({
      dismissed: false,
    })
  })
})

describe('a faulty card', () => {
  it.each([
    ['an unknown selection behaviour', { ...card, selectionBehavior: 'all', suggestions: [{ label: 'x' }] }],
    ['a long summary', { ...card, summary: 'x'.repeat(140) }],
    ['an unknown indicator', { ...card, indicator: 'loud' }],
    ['no source', { ...card, source: {} }],
  ])('%s is set aside', (_name, faulty) => {
    const read = readHookResponse({ cards: [faulty, card] }, [])
    expect(read.ok && [read.value.cards.length, read.value.refused.length]).toEqual([1, 1])
  })
})

describe('prefetch templates', () => {
  const context = {
    userId: 'PractitionerRole/r1',
    patientId: 'p1',
    draftOrders: {
      entry: [
        { resource: { resourceType: 'ServiceRequest', id: 's1' } },
        { resource: { resourceType: 'ServiceRequest', id: 's2' } },
      ],
    },
  }
  it.each([
    ['Patient/{{context.patientId}}', 'Patient/p1'],
    ['ServiceRequest?_id={{context.draftOrders.ServiceRequest.id}}', 'ServiceRequest?_id=s1,s2'],
    ['PractitionerRole/{{userPractitionerRoleId}}', 'PractitionerRole/r1'],
    ['Practitioner/{{userPractitionerId}}', null],
    ['Encounter/{{context.encounterId}}', null],
    ['Device?_id={{context.draftOrders.entry.resource.ofType(DeviceRequest).id}}', undefined],
  ])('%s', (template, query) => expect(resolveTemplate(template, context)).toBe(query))
  it('give null for what does not exist and leave out what cannot be asked', () => {
    const source = { read: () => undefined, search: () => undefined }
    expect(
      fillPrefetch(
        { patient: 'Patient/{{context.patientId}}', role: 'Encounter/{{context.encounterId}}', bad: 'X?a={{today()}}' },
        context,
        source,
      ),
    ).toEqual({ patient: null, role: null })
  })
})
