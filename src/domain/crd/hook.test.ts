import type { Extension, MedicationRequest, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../fhir/canonical.ts'
import { buildLaunchCard, buildNoAnswerCard } from './cards.ts'
import { parseOrderSignRequest } from './hook-request.ts'
import { parsePayerResponse } from './hook-response.ts'
import { mergeAnnotations } from './merge-annotations.ts'
import { readPayerFailure } from './payer-failure.ts'
import { buildPayerRequest, buildSearchset, buildSentOrders, type PayerRequestInput } from './payer-request.ts'
import { buildServiceCatalog, chooseRequestedVersion, readAnswerVersion, readPayerService } from './service-catalog.ts'

const EHR = 'https://ehr.example/fhir'
const FACADE = 'https://precert.example/facade/t/fhir'
const order: MedicationRequest = {
  resourceType: 'MedicationRequest',
  id: 'm1',
  status: 'draft',
  intent: 'order',
  subject: { reference: `${EHR}/Patient/maya` },
  medicationCodeableConcept: { text: 'Infliximab-dyyb' },
  dosageInstruction: [{ doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg/kg' } }] }],
}
const service: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 's1',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/maya' },
}

const body = {
  hook: 'order-sign',
  hookInstance: '4a5ff5b0-8f6e-4b61-9a9d-1f1de0a0d001',
  fhirServer: EHR,
  fhirAuthorization: { access_token: 'ehr-token', token_type: 'Bearer', expires_in: 300, scope: 'x', subject: 'us' },
  context: {
    userId: 'Practitioner/lena-ruiz',
    patientId: 'maya',
    draftOrders: { resourceType: 'Bundle', entry: [{ resource: order }, { resource: service }] },
    'com.vendor.own': 1,
  },
  prefetch: {},
  unexpected: true,
}
type Body = Record<string, unknown>
const context = (members: Body): Body => ({ ...body, context: { ...body.context, ...members } })

describe('reading the EHR’s call', () => {
  it('unknown members are ignored and orders kept as they are', () => {
    const parsed = parseOrderSignRequest(body)
    expect(parsed).toMatchObject({ ok: true, value: { patientId: 'maya', encounterId: null, requestedVersion: null } })
    expect(parsed.ok && parsed.value.orders).toEqual([order, service])
  })
  it.each<[string, unknown, string, string | undefined]>([
    ['no object', [], 'body-unreadable', undefined],
    ['another hook', { ...body, hook: 'patient-view' }, 'hook-unknown', 'hook'],
    ['no hookInstance', { ...body, hookInstance: undefined }, 'element-missing', 'hookInstance'],
    ['a hookInstance that is no UUID', { ...body, hookInstance: '1' }, 'element-invalid', 'hookInstance'],
    ['no context', { ...body, context: undefined }, 'element-missing', 'context'],
    ['a bare user id', context({ userId: 'lena' }), 'element-invalid', 'context.userId'],
    ['no patient', context({ patientId: undefined }), 'element-missing', 'context.patientId'],
    ['no Bundle', context({ draftOrders: {} }), 'element-invalid', 'context.draftOrders'],
    ['no order', context({ draftOrders: { resourceType: 'Bundle' } }), 'element-missing', 'context.draftOrders.entry'],
    [
      'an order without id',
      context({ draftOrders: { resourceType: 'Bundle', entry: [{ resource: { ...service, id: undefined } }] } }),
      'element-missing',
      'context.draftOrders.entry[0].resource.id',
    ],
    [
      'another patient’s order',
      context({
        draftOrders: {
          resourceType: 'Bundle',
          entry: [{ resource: { ...service, subject: { reference: 'Patient/x' } } }],
        },
      }),
      'element-invalid',
      'context.draftOrders.entry[0].resource.subject',
    ],
    ['a token without a server', { ...body, fhirServer: undefined }, 'element-missing', 'fhirServer'],
    [
      'a token of another type',
      { ...body, fhirAuthorization: { access_token: 'x', token_type: 'MAC' } },
      'element-invalid',
      'fhirAuthorization.token_type',
    ],
  ])('%s is refused', (_name, wrong, reason, path) => {
    const parsed = parseOrderSignRequest(wrong)
    expect(parsed.ok ? null : [parsed.error.reason, parsed.error.path]).toEqual([reason, path])
  })
  it('nonsensical configuration does not fail', () => {
    expect(parseOrderSignRequest({ ...body, extension: { 'davinci-crd.configuration': 'all' } }).ok).toBe(true)
  })
})

const input: PayerRequestInput = {
  hookInstance: 'new',
  userId: 'Practitioner/lena-ruiz',
  patientId: 'maya',
  encounterId: null,
  orders: [order],
  ehrBase: EHR,
  facade: { base: FACADE, token: 'facade-token', expiresInSeconds: 30, scope: 'patient/Patient.rs', subject: 'payer' },
  prefetch: { patient: { resourceType: 'Patient', id: 'maya' }, coverage: null },
  omitEmptyPrefetch: false,
  configuration: {},
  requestedVersion: '2.2',
}

describe('our call to the payer', () => {
  it('leads to the façade and carries nothing of the EHR’s token or address', () => {
    const request = buildPayerRequest(input)
    expect(request['fhirServer']).toBe(FACADE)
    expect(JSON.stringify(request)).not.toContain(EHR)
    expect(JSON.stringify(request)).toContain(`${FACADE}/Patient/maya`)
    expect(request['extension']).toEqual({ 'davinci-crd.requestedVersion': '2.2' })
  })
  it('data that does not exist is null, or left out for strict services', () => {
    expect(buildPayerRequest(input)['prefetch']).toMatchObject({ coverage: null })
    expect(buildPayerRequest({ ...input, omitEmptyPrefetch: true })['prefetch']).not.toHaveProperty('coverage')
  })
  it('a search without results is a Bundle without entries, not one with an empty list', () => {
    expect(buildSearchset(FACADE, 'Coverage?patient=maya', { matches: [], included: [] })).not.toHaveProperty('entry')
  })
})

const information: Extension = {
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: `${FACADE}/Coverage/c1` } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: 'auth-needed' },
    { url: 'date', valueDate: '2026-11-22' },
    { url: 'coverage-assertion-id', valueString: 'A1' },
  ],
}
const sent = { orders: buildSentOrders([order], EHR, FACADE), facadeBase: FACADE }
const answer = (resource: unknown, type = 'update') =>
  parsePayerResponse({ cards: [], systemActions: [{ type, description: 'x', resource }] }, sent)

describe('the payer’s answer', () => {
  it('an update that only annotates is taken, with references led back', () => {
    const read = answer({ ...sent.orders[0], extension: [information] })
    expect(read.ok && read.value.annotations[0]?.orderReference).toBe('MedicationRequest/m1')
    const taken = read.ok ? read.value.annotations[0]?.information[0] : undefined
    expect(taken?.raw).toEqual(information)
    expect(taken?.extension.extension?.[0]).toEqual({ url: 'coverage', valueReference: { reference: 'Coverage/c1' } })
  })
  it.each([
    [
      'changes the dose',
      { ...sent.orders[0], dosageInstruction: [], extension: [information] },
      'other-elements-changed',
    ],
    ['adds another extension', { ...sent.orders[0], extension: [information, { url: 'x' }] }, 'other-elements-changed'],
    ['names an order that was not sent', { ...service, extension: [information] }, 'order-unknown'],
    ['says nothing', { ...sent.orders[0] }, 'no-coverage-information'],
  ])('an action that %s is refused', (_name, resource, reason) => {
    const read = answer(resource)
    expect(read.ok && read.value.annotations).toEqual([])
    expect(read.ok && read.value.refusedActions[0]?.reason).toBe(reason)
  })
  it('a changed order of keys, meta or narrative is no change', () => {
    const shuffled = Object.fromEntries(Object.entries({ ...sent.orders[0], meta: { versionId: '2' } }).reverse())
    const read = answer({ ...shuffled, extension: [information] })
    expect(read.ok && read.value.annotations.length).toBe(1)
  })
  it('a card with an unknown selectionBehavior is an error', () => {
    const card = { summary: 's', indicator: 'info', source: { label: 'Payer' } }
    const read = parsePayerResponse({ cards: [card, { ...card, selectionBehavior: 'all' }, 7] }, sent)
    expect(read.ok && [read.value.cards.length, read.value.refusedCards]).toEqual([1, 2])
  })
  it.each([null, [], 'x', {}, { cards: {} }])('nonsense (%j) is a value', (nonsense) => {
    expect(parsePayerResponse(nonsense, sent).ok).toBe(false)
  })
  it.each([
    [400, 'payer-rejected-request'],
    [422, 'payer-rejected-request'],
    [401, 'payer-refused-access'],
    [412, 'payer-needs-prefetch'],
    [404, 'payer-service-missing'],
    [429, 'payer-busy'],
    [503, 'payer-unavailable'],
    [302, 'payer-nonsense'],
  ])('HTTP %i is %s', (status, reason) => {
    expect(readPayerFailure(status, 'plain text').reason).toBe(reason)
  })
  it('an OperationOutcome tells where', () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ expression: ['Coverage.payor'] }] }
    expect(readPayerFailure(400, outcome).path).toBe('Coverage.payor')
  })
})

describe('what the EHR gets', () => {
  const about = (id: string, assertion: string): Extension => ({
    url: EXT.coverageInformation,
    extension: [
      { url: 'coverage', valueReference: { reference: `Coverage/${id}` } },
      { url: 'coverage-assertion-id', valueString: assertion },
    ],
  })
  it('repetitions of two payers stand in one order; a newer one replaces its own coverage’s', () => {
    const before = { ...order, extension: [{ url: 'x', valueCode: 'y' }, about('c1', 'old'), about('c2', 'kept')] }
    const merged = mergeAnnotations(before, [about('c1', 'new')])
    expect(merged.order.extension).toEqual([{ url: 'x', valueCode: 'y' }, about('c2', 'kept'), about('c1', 'new')])
    expect(mergeAnnotations(merged.order, [about('c1', 'new')]).changed).toBe(false)
  })
  const card = {
    uuid: 'u',
    version: '2.2' as const,
    orderTitles: ['Infliximab <b>'],
    orderReferences: ['MedicationRequest/m1'],
    link: { url: 'https://precert.example/launch', appContext: 'pa1.x' },
  }
  it('our card bears our name, names the orders, and says what it is about in each dialect', () => {
    const launch = buildLaunchCard(card)
    expect(launch).toMatchObject({ source: { label: 'Precert' }, links: [{ type: 'smart', appContext: 'pa1.x' }] })
    expect(launch['detail']).toContain('Infliximab \\<b\\>')
    expect(launch['extension']).toEqual({
      'davinci-crd.associated-resource': [{ reference: 'MedicationRequest/m1' }],
    })
    expect(buildLaunchCard({ ...card, version: '2.0.1' })['extension']).toEqual({
      'davinci-crd.associated-resource': ['MedicationRequest/m1'],
    })
  })
  it('a summary stays under 140 characters', () => {
    const long = buildNoAnswerCard({ ...card, link: null }, ['A very long payer name '.repeat(10)])
    expect(String(long['summary']).length).toBeLessThan(140)
    expect(long).not.toHaveProperty('links')
  })
})

describe('discovery', () => {
  it('ours declares versions and one boolean option a card type', () => {
    const read = readPayerService(buildServiceCatalog(), 'crd-order-sign')
    expect(read).toMatchObject({ ok: true, value: { versions: ['2.0', '2.1', '2.2'] } })
    expect(read.ok && read.value.options).toContain('coverage-info')
  })
  it('a version is requested only of services that list it', () => {
    const service = { id: 'x', prefetch: {}, versions: ['2.1', '2.2'], options: [] }
    expect(chooseRequestedVersion(service, '2.2')).toBe('2.2')
    expect(chooseRequestedVersion({ ...service, versions: [] }, '2.0.1')).toBeNull()
  })
  it('we answer in the version asked for, else in the tenant’s', () => {
    expect([
      readAnswerVersion('2.1', '2.2'),
      readAnswerVersion(null, '2.0.1'),
      readAnswerVersion('9.9', '2.2'),
    ]).toEqual(['2.1', '2.0.1', null])
  })
  it.each([null, {}, { services: 1 }, { services: [{ id: 'y' }] }])('nonsense (%j) is a value', (nonsense) => {
    expect(readPayerService(nonsense, 'x').ok).toBe(false)
  })
})
