import { randomUUID } from 'node:crypto'
import type { Bundle, Extension, FhirResource } from 'fhir/r4'
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHART, coverage, drug, infusion, openCoverageRoom, type CoverageRoom } from '../support/coverage-room.ts'
import { annotateAll } from '../support/fake-partners.ts'

let room: CoverageRoom
let url: string

beforeAll(async () => {
  room = await openCoverageRoom()
  url = `${room.base}/t/clinic/cds-services/crd-order-sign`
})
afterAll(() => room.close())
beforeEach(() => {
  room.crd.requests.length = 0
  room.crd.delayMs = 0
  room.crd.answer = (request) => annotateAll(request)
  room.ehr.seen.length = 0
})

const seconds = (offset = 0): number => Math.floor(Date.now() / 1000) + offset
const claims = (change: Record<string, unknown> = {}) => ({
  iss: 'https://hooks.example',
  aud: url,
  iat: seconds(),
  exp: seconds(300),
  jti: randomUUID(),
  ...change,
})
const body = (change: Record<string, unknown> = {}) => ({
  hook: 'order-sign',
  hookInstance: randomUUID(),
  fhirServer: room.ehr.base,
  fhirAuthorization: {
    access_token: 'ehr-secret-token',
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'x',
    subject: 'p',
  },
  context: {
    userId: 'Practitioner/lena',
    patientId: 'maya',
    draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: drug }, { resource: infusion }] },
  },
  prefetch: {},
  ...change,
})
const post = (token: string | null, payload: unknown = body(), to = url) =>
  fetch(to, {
    method: 'POST',
    body: JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  })
interface Answer {
  cards: {
    summary: string
    detail: string
    uuid: string
    source: { label: string }
    links?: { appContext: string }[]
  }[]
  systemActions?: { type: string; description: string; resource: FhirResource & { extension: Extension[] } }[]
}
const sign = async (payload: unknown = body()): Promise<Answer> => {
  const response = await post(await room.ehr.sign(claims()), payload)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

describe('discovery', () => {
  it('declares the order-sign service with versions and options', async () => {
    const response = await fetch(`${room.base}/t/clinic/cds-services`)
    expect(await response.json()).toMatchObject({ services: [{ hook: 'order-sign', id: 'crd-order-sign' }] })
    expect((await fetch(`${room.base}/t/nobody/cds-services`)).status).toBe(404)
  })
})

describe('who may call', () => {
  const refused: [string, (() => Promise<string>) | null][] = [
    ['no token', null],
    ['alg none', async () => `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.e30.`],
    ['HS256', () => room.ehr.sign(claims(), { alg: 'HS256' }, new Uint8Array(48))],
    ['an unknown key', async () => room.ehr.sign(claims(), {}, (await generateKeyPair('ES384')).privateKey)],
    ['an unknown kid', () => room.ehr.sign(claims(), { kid: 'other' })],
    ['no type', () => room.ehr.sign(claims(), { typ: undefined })],
    ['another issuer', () => room.ehr.sign(claims({ iss: 'https://else.example' }))],
    ['another audience', () => room.ehr.sign(claims({ aud: `${url}/` }))],
    ['an expired token', () => room.ehr.sign(claims({ iat: seconds(-900), exp: seconds(-120) }))],
    ['a token from the future', () => room.ehr.sign(claims({ iat: seconds(300), exp: seconds(600) }))],
    ['a token that lives too long', () => room.ehr.sign(claims({ exp: seconds(3600) }))],
    ['a token without jti', () => room.ehr.sign(claims({ jti: undefined }))],
  ]
  it.each(refused)('%s is refused, and nothing is asked of anybody', async (_name, make) => {
    const response = await post(make === null ? null : await make())
    expect(response.status).toBe(401)
    expect(room.crd.requests).toEqual([])
    expect(room.ehr.seen).toEqual([])
  })
  it('a token is good once', async () => {
    const token = await room.ehr.sign(claims())
    expect((await post(token)).status).toBe(200)
    expect((await post(token)).status).toBe(401)
    expect(room.crd.requests.length).toBe(1)
  })
  it('a jku in the header is never fetched', async () => {
    const response = await post(await room.ehr.sign(claims(), { jku: 'http://127.0.0.1:9/jwks.json' }))
    expect(response.status).toBe(200)
  })
  it('an audience list that holds our address is accepted', async () => {
    expect((await post(await room.ehr.sign(claims({ aud: ['x', url] })))).status).toBe(200)
  })
  it('another tenant’s FHIR server is refused', async () => {
    const response = await post(await room.ehr.sign(claims()), body({ fhirServer: 'https://elsewhere.example/fhir' }))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ issue: [{ expression: ['fhirServer'] }] })
  })
})

describe('the message', () => {
  it.each([
    [{ hook: 'patient-view' }, 'hook'],
    [{ hookInstance: 'x' }, 'hookInstance'],
    [{ context: {} }, 'context.userId'],
    [{ extension: { 'davinci-crd.requestedVersion': '9.9' } }, 'extension.davinci-crd.requestedVersion'],
  ])('%j is a 400 with the place of the fault', async (change, expression) => {
    const response = await post(await room.ehr.sign(claims()), body(change))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ expression: [expression] }],
    })
  })
  it('nonsensical configuration and unknown members do not fail', async () => {
    await sign(body({ extension: { 'davinci-crd.configuration': { 'max-cards': 'many' } }, odd: [1] }))
  })
})

describe('one payer’s answer', () => {
  it('goes onto both orders as one update each, with references of the EHR, and nothing else changes', async () => {
    const { systemActions, cards } = await sign()
    expect(systemActions?.map(({ type, resource }) => [type, resource.id])).toEqual([
      ['update', 'drug'],
      ['update', 'infusion'],
    ])
    const [first] = systemActions ?? []
    const { extension, ...rest } = first?.resource ?? { extension: [] }
    expect(rest).toEqual(drug)
    expect(extension[0]?.extension?.[0]).toEqual({ url: 'coverage', valueReference: { reference: 'Coverage/cov-1' } })
    expect(cards.map(({ source }) => source.label)).toEqual(['Precert'])
    expect(cards[0]?.detail).toContain('Infliximab-dyyb infusion')
  })

  it('the payer gets our façade, one coverage, its own prefetch keys and a new hookInstance; never the EHR’s token', async () => {
    const payload = body()
    await sign(payload)
    const [request] = room.crd.requests
    expect(request?.fhirServer).toBe(`${room.base}/facade/clinic/fhir`)
    expect(request?.hookInstance).not.toBe(payload.hookInstance)
    expect(JSON.stringify(request)).not.toContain('ehr-secret-token')
    expect(JSON.stringify(request)).not.toContain(room.ehr.base)
    expect(Object.keys(request?.prefetch ?? {}).sort()).toEqual(['coverage', 'patient', 'roles'])
    const bundle = request?.prefetch?.['coverage'] as Bundle
    expect(bundle.entry?.map(({ resource, search }) => [resource?.resourceType, search?.mode])).toEqual([
      ['Coverage', 'match'],
      ['Organization', 'include'],
    ])
    expect(request?.fhirAuthorization.subject).toBe('precert-at-payer')
    expect(request?.extension).toEqual({ 'davinci-crd.requestedVersion': '2.2' })
  })

  it('is kept: assertions, the launch context, both messages', async () => {
    const { cards } = await sign()
    const id = cards[0]?.links?.[0]?.appContext.replace('pa1.', '') ?? ''
    const { store } = room.store
    const now = new Date().toISOString()
    // It is written when the answer is out: nobody clicks a card that is not there yet.
    const context = await vi.waitFor(async () => {
      const found = await store.read((tx) => store.hookContexts.find(tx, 'clinic', id, now))
      expect(found).toMatchObject({ patientId: 'maya', groupId: 'GRP-1', coverageRef: 'Coverage/cov-1' })
      return found
    })
    const rows = await store.read((tx) => store.assertions.listByPatient(tx, 'clinic', 'maya'))
    expect(context?.assertionIds.every((each) => rows.some((row) => row.id === each))).toBe(true)
    expect(rows[0]).toMatchObject({ assertionId: '7F31-0922', payerId: 'caresource-oh', source: 'hook' })
  })

  it('an EHR of 2.0.1 is answered in 2.0.1', async () => {
    const { systemActions } = await sign(body({ extension: { 'davinci-crd.requestedVersion': '2.0' } }))
    const said = systemActions?.[0]?.resource.extension[0]?.extension ?? []
    expect(said.filter(({ url: name }) => name === 'doc-needed').length).toBe(1)
  })

  it('an action that changes the order is refused, reported, and the order is unknown', async () => {
    room.crd.answer = (request) => {
      const answer = annotateAll(request) as unknown as Answer
      return {
        cards: [],
        systemActions: answer.systemActions?.map((action) => ({
          ...action,
          resource: { ...action.resource, priority: 'stat' },
        })),
      }
    }
    const { systemActions } = await sign()
    expect(systemActions).toBeUndefined()
    expect(room.reports).toContainEqual({
      event: 'payer-action-refused',
      details: { payer: 'caresource-oh', reason: 'other-elements-changed', elements: 'priority' },
    })
  })

  it('nothing needed: no card of ours', async () => {
    room.crd.answer = (request) => {
      const answer = annotateAll(request, { paNeeded: 'no-auth' }) as unknown as Answer
      for (const { resource } of answer.systemActions ?? [])
        for (const extension of resource.extension)
          extension.extension = extension.extension?.filter(
            ({ url: name }) => name !== 'doc-needed' && name !== 'questionnaire',
          )
      return answer
    }
    expect((await sign()).cards).toEqual([])
  })

  it('coverage-info:false is passed on and silences our card', async () => {
    const { cards } = await sign(body({ extension: { 'davinci-crd.configuration': { 'coverage-info': false } } }))
    expect(room.crd.requests[0]?.extension).toMatchObject({ 'davinci-crd.configuration': { 'coverage-info': false } })
    expect(cards).toEqual([])
  })

  it('payer cards keep their label; colliding uuids are made anew, and feedback goes back under the payer’s own', async () => {
    const card = {
      uuid: 'c0ffee00-0000-4000-8000-000000000001',
      summary: 'Note',
      indicator: 'info',
      source: { label: 'CareSource' },
    }
    room.crd.answer = (request) => ({ ...annotateAll(request), cards: [card, card] })
    const { cards } = await sign()
    const theirs = cards.filter(({ source }) => source.label === 'CareSource')
    expect(new Set(theirs.map(({ uuid }) => uuid)).size).toBe(2)
    const feedbackUrl = `${url}/feedback`
    const token = await room.ehr.sign(claims({ aud: feedbackUrl }))
    const feedback = {
      feedback: [{ card: theirs[1]?.uuid, outcome: 'accepted', outcomeTimestamp: '2026-11-22T12:00:00Z' }],
    }
    expect((await post(token, feedback, feedbackUrl)).status).toBe(200)
    await expect.poll(() => room.crd.feedback.length).toBe(1)
    expect(room.crd.feedback[0]).toMatchObject({ feedback: [{ card: card.uuid, outcome: 'accepted' }] })
  })
})

describe('the façade', () => {
  const readThrough = (path: string, token: string) =>
    fetch(`${room.base}/facade/clinic/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })

  it('lets the payer read this patient while the call lasts, and nothing else, and nothing after', async () => {
    const seen: Record<string, number> = {}
    let token = ''
    room.crd.answer = async (request) => {
      token = request.fhirAuthorization.access_token
      const paths = [
        'Patient/maya',
        'Patient/other',
        'MedicationRequest/others-drug',
        'Observation/1',
        'Coverage?patient=other',
        'Practitioner/lena',
        'ServiceRequest?_has:Observation:code=x',
        'MedicationRequest?status=draft',
      ]
      for (const path of paths) seen[path] = (await readThrough(path, token)).status
      return annotateAll(request)
    }
    await sign()
    expect(seen).toEqual({
      'Patient/maya': 200,
      'Patient/other': 404,
      'MedicationRequest/others-drug': 404,
      'Observation/1': 403,
      'Coverage?patient=other': 403,
      'Practitioner/lena': 200,
      'ServiceRequest?_has:Observation:code=x': 400,
      'MedicationRequest?status=draft': 200,
    })
    expect((await readThrough('Patient/maya', token)).status).toBe(401)
    expect((await readThrough('Patient/maya', 'made-up')).status).toBe(401)
  })

  it('leads every reference to itself and answers valid searchsets', async () => {
    let bundle: Bundle | undefined
    room.crd.answer = async (request) => {
      const found = await readThrough('MedicationRequest?_id=drug', request.fhirAuthorization.access_token)
      bundle = (await found.json()) as Bundle
      return annotateAll(request)
    }
    await sign()
    expect(bundle).toMatchObject({ type: 'searchset', total: 1 })
    expect(bundle?.entry?.[0]?.fullUrl).toBe(`${room.base}/facade/clinic/fhir/MedicationRequest/drug`)
  })

  it('writes are not offered', async () => {
    const response = await fetch(`${room.base}/facade/clinic/fhir/Patient`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
  })
})

describe('payers in trouble', () => {
  it.each([
    ['nonsense', () => ({ cards: 'none' })],
    ['an error', () => 500],
    ['a rejection', () => 422],
  ])('%s leaves the EHR with a card that says unknown', async (_name, answer) => {
    room.crd.answer = answer
    const { cards, systemActions } = await sign()
    expect(systemActions).toBeUndefined()
    expect(cards.length).toBe(1)
    expect(cards[0]?.summary).toContain('CareSource did not answer')
  })

  it('a slow payer: the EHR is answered within five seconds, and the late answer is kept', async () => {
    room.crd.delayMs = 4_700
    const started = Date.now()
    const { cards } = await sign()
    expect(Date.now() - started).toBeLessThan(4_600)
    expect(cards[0]?.summary).toContain('unknown')
    const { store } = room.store
    const latest = async () => (await store.read((tx) => store.assertions.listByPatient(tx, 'clinic', 'maya')))[0]
    await expect
      .poll(async () => (((await latest())?.answerMs ?? 0) >= 4_700 ? (await latest())?.assertionId : null), {
        timeout: 5_000,
      })
      .toBe('7F31-0922')
  }, 20_000)

  it('discovery is read once, and again after an error', async () => {
    const before = room.crd.discoveries
    await sign()
    await sign()
    expect(room.crd.discoveries - before).toBeLessThanOrEqual(1)
    const cached = room.crd.discoveries
    room.crd.answer = () => 500
    await sign()
    await sign()
    expect(room.crd.discoveries).toBe(cached + 1)
  })
})

describe('charts that do not say who pays', () => {
  const odd: [string, FhirResource[], RegExp][] = [
    ['no coverage', CHART.filter(({ resourceType }) => resourceType !== 'Coverage'), /no active coverage/],
    ['two coverages', [...CHART, coverage('cov-2', 'cs')], /several coverages/],
    ['an unknown payer', CHART.filter(({ resourceType }) => resourceType !== 'Organization'), /not registered/],
  ]
  it.each(odd)('%s: nobody is asked, and the card says so', async (_name, chart, said) => {
    const other = await openCoverageRoom({ chart })
    try {
      const to = `${other.base}/t/clinic/cds-services/crd-order-sign`
      const token = await other.ehr.sign(claims({ aud: to }))
      const response = await post(token, body({ fhirServer: other.ehr.base }), to)
      const answer = (await response.json()) as Answer
      expect(answer.cards.map(({ summary }) => summary).join()).toMatch(said)
      expect(other.crd.requests).toEqual([])
    } finally {
      await other.close()
    }
  })
})
