import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildTestEhr, EHR, type TestEhr } from '../support/test-ehr.ts'

const SCOPE =
  'launch patient/Patient.rs patient/Observation.rs patient/Encounter.rs patient/QuestionnaireResponse.crus patient/DocumentReference.crus user/Practitioner.rs'
const directory = mkdtempSync(join(tmpdir(), 'ehr-'))
let ehr: TestEhr
let token: string

beforeAll(async () => {
  ehr = await buildTestEhr({ directory })
  token = String((await ehr.launch({ scope: SCOPE }))['access_token'])
})
afterAll(() => rmSync(directory, { recursive: true }))

const get = (url: string, headers: Record<string, string> = {}) =>
  ehr.app.inject({ url: `/fhir/${url}`, headers: { authorization: `Bearer ${token}`, ...headers } })
const write = (method: 'POST' | 'PUT', url: string, body: object, headers: Record<string, string> = {}) =>
  ehr.app.inject({
    method,
    url: `/fhir/${url}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
    payload: JSON.stringify(body),
  })

const response = (subject = 'Patient/maya-okafor') => ({
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  questionnaire: 'https://payer.example/Questionnaire/q|1',
  subject: { reference: subject },
  'x-kept': { whatever: 1.5 },
})

describe('reading', () => {
  it('gives a resource with its version, and 304 to the same version', async () => {
    const read = await get('Patient/maya-okafor')
    expect([read.statusCode, read.headers.etag]).toEqual([200, 'W/"1"'])
    expect(read.headers['content-type']).toContain('application/fhir+json')
    expect((await get('Patient/maya-okafor', { 'if-none-match': 'W/"1"' })).statusCode).toBe(304)
  })
  it.each([
    ['Patient/jonas-brandt', 403],
    ['Patient/nobody', 404],
    ['Condition?patient=maya-okafor', 403],
    ['Observation?patient=jonas-brandt', 403],
    ['Practitioner/lena-ruiz', 200],
    ['Organization/caresource-oh', 403],
    ['Poem/1', 404],
    ['Observation?colour=red', 400],
  ])('%s answers %i', async (url, status) => {
    const answer = await get(url)
    expect(answer.statusCode).toBe(status)
    if (status >= 400) expect(answer.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })
  it('never shows another patient, whatever is asked', async () => {
    const bundle = (await get('Observation?_count=250')).json<{ entry: { resource: { subject: object } }[] }>()
    const subjects = new Set(bundle.entry.map(({ resource }) => JSON.stringify(resource.subject)))
    expect(subjects.size).toBe(1)
  })
  it('needs a token that is still alive', async () => {
    const anonymous = await ehr.app.inject('/fhir/Patient/maya-okafor')
    expect([anonymous.statusCode, anonymous.headers['www-authenticate']]).toEqual([401, 'Bearer realm="Sandbox EHR"'])
    const other = String((await ehr.launch({ scope: SCOPE }))['access_token'])
    ehr.moveClock(571)
    expect(
      (await ehr.app.inject({ url: '/fhir/Patient/maya-okafor', headers: { authorization: `Bearer ${other}` } }))
        .statusCode,
    ).toBe(401)
    token = String((await ehr.launch({ scope: SCOPE }))['access_token'])
  })
  it('searches by POST too', async () => {
    const found = await ehr.app.inject({
      method: 'POST',
      url: '/fhir/Observation/_search',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'patient=maya-okafor&_count=1',
    })
    expect(found.json()).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
  })
  it('tells what it can do without a token', async () => {
    expect((await ehr.app.inject('/fhir/metadata')).json()).toMatchObject({ resourceType: 'CapabilityStatement' })
  })
})

describe('writing', () => {
  it('creates, then changes under If-Match only, and keeps unknown elements', async () => {
    const created = await write('POST', 'QuestionnaireResponse', response())
    const { id } = created.json<{ id: string }>()
    expect(created.statusCode).toBe(201)
    expect(created.headers.location).toBe(`${EHR}/fhir/QuestionnaireResponse/${id}/_history/1`)
    const change = { ...response(), id, status: 'completed' }
    expect((await write('PUT', `QuestionnaireResponse/${id}`, change)).statusCode).toBe(428)
    const changed = await write('PUT', `QuestionnaireResponse/${id}`, change, { 'if-match': 'W/"1"' })
    expect([changed.statusCode, changed.headers.etag]).toEqual([200, 'W/"2"'])
    expect(changed.json()).toMatchObject({ status: 'completed', 'x-kept': { whatever: 1.5 } })
    expect((await write('PUT', `QuestionnaireResponse/${id}`, change, { 'if-match': 'W/"1"' })).statusCode).toBe(412)
  })
  it.each([
    ['another patient', response('Patient/jonas-brandt'), 403],
    ['a reference to nothing', { ...response(), encounter: { reference: 'Encounter/none' } }, 422],
    ['an empty value', { ...response(), author: {} }, 422],
    [
      'a missing element',
      { resourceType: 'QuestionnaireResponse', subject: { reference: 'Patient/maya-okafor' } },
      422,
    ],
    ['another type', { ...response(), resourceType: 'Observation' }, 422],
    ['no resource', { hello: 1 }, 400],
  ])('refuses %s', async (_name, body, status) => {
    const answer = await write('POST', 'QuestionnaireResponse', body)
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })
  it('needs the scope to write', async () => {
    expect((await write('POST', 'Observation', response())).statusCode).toBe(403)
    expect((await write('PUT', 'Patient/maya-okafor', { resourceType: 'Patient', id: 'maya-okafor' })).statusCode).toBe(
      403,
    )
  })
  it('keeps what was written across a restart', async () => {
    const { id } = (await write('POST', 'QuestionnaireResponse', response())).json<{ id: string }>()
    const again = await buildTestEhr({ directory })
    expect(again.store.read('QuestionnaireResponse', id)).toMatchObject({ id, meta: { versionId: '1' } })
  })
})
