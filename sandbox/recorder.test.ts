import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createRecorder, readMessageKind, recordFetch, recordTraffic } from './recorder.ts'

const NOW = '2026-11-22T10:00:00Z'
const patient = { resourceType: 'Patient', id: 'p1' }

async function build() {
  const recorder = createRecorder()
  const app = Fastify()
  recordTraffic(app, { recorder, name: 'ehr', baseUrl: 'http://127.0.0.1:1', now: () => NOW })
  app.post('/fhir/Patient', async (request, reply) => reply.code(201).send(request.body))
  app.get('/fhir/Patient/p1', async () => patient)
  app.get('/oauth2/authorize', async (_request, reply) => reply.redirect('http://localhost:2/callback?code=c'))
  app.get('/patients', async () => 'a page')
  await app.ready()
  return { app, recorder }
}

describe('recordTraffic', () => {
  it('keeps both bodies of a FHIR exchange as they passed', async () => {
    const { app, recorder } = await build()
    const sent = '{ "resourceType": "Patient",  "id": "p1" }'
    await app.inject({
      method: 'POST',
      url: '/fhir/Patient',
      headers: { 'content-type': 'application/json' },
      payload: sent,
    })
    const [request, response] = recorder.drain()
    expect(request).toMatchObject({ direction: 'request', from: 'precert', to: 'ehr', kind: 'fhir', body: sent })
    expect(response).toMatchObject({ direction: 'response', status: 201, body: JSON.stringify(patient) })
    expect(recorder.drain()).toEqual([])
  })
  it('keeps no empty FHIR request but every OAuth redirect', async () => {
    const { app, recorder } = await build()
    await app.inject('/fhir/Patient/p1')
    await app.inject('/oauth2/authorize?state=s')
    const messages = recorder.drain()
    expect(messages.map((message) => [message.kind, message.direction])).toEqual([
      ['fhir', 'response'],
      ['oauth', 'request'],
      ['oauth', 'response'],
    ])
    expect(messages[2]?.location).toBe('http://localhost:2/callback?code=c')
  })
  it('leaves pages alone', async () => {
    const { app, recorder } = await build()
    await app.inject('/patients')
    expect(recorder.drain()).toEqual([])
  })
})

describe('recordFetch', () => {
  it('records a hook call and its answer, and leaves the answer readable', async () => {
    const recorder = createRecorder()
    const send = recordFetch(async () => Response.json({ cards: [] }), { recorder, name: 'ehr', now: () => NOW })
    const answer = await send('http://localhost:2/t/x/cds-services/crd', {
      method: 'POST',
      body: '{"hook":"order-sign"}',
    })
    expect(await answer.json()).toEqual({ cards: [] })
    expect(recorder.drain().map((message) => [message.direction, message.body])).toEqual([
      ['request', '{"hook":"order-sign"}'],
      ['response', '{"cards":[]}'],
    ])
  })
})

describe('readMessageKind', () => {
  it.each([
    ['/fhir/.well-known/smart-configuration', 'oauth'],
    ['/oauth/token', 'oauth'],
    ['/cds/jwks.json', 'oauth'],
    ['/t/sandbox/cds-services', 'cds-hooks'],
    ['/facade/sandbox/fhir/Patient/1?x=/oauth/', 'fhir'],
    ['/pas/notify/caresource-oh', 'fhir'],
    ['/sandbox/api/record', null],
    ['/', null],
  ])('%s is %s', (path, kind) => expect(readMessageKind(path)).toBe(kind))
})
