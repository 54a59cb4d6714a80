import { describe, expect, it } from 'vitest'
import { err, ok } from '#domain/result.ts'
import { createEhrReader, type ChartAccess, type TokenSource } from './ehr-fhir.ts'

const BASE = 'https://ehr.example/fhir'
const PURPOSE = { caseId: null, neededBy: 'test' }

interface Sent {
  url: string
  token: string | null
  headers: Headers
}
type Responder = (url: string, sent: readonly Sent[]) => Response | Promise<Response>

function reader(respond: Responder, tokens?: Partial<TokenSource>) {
  const sent: Sent[] = []
  const log: ChartAccess[] = []
  const ehr = createEhrReader({
    fetch: (input, init) => {
      const url = String(input)
      const headers = new Headers(init?.headers)
      sent.push({ url, token: headers.get('authorization'), headers })
      expect(init?.redirect).toBe('error')
      return Promise.resolve(respond(url, sent))
    },
    fhirBase: `${BASE}/`,
    tokens: {
      current: () => Promise.resolve(ok('t1')),
      refresh: () => Promise.resolve(err({ reason: 'unauthorized', status: 401 })),
      ...tokens,
    },
    log: (access) => log.push(access),
  })
  return { ehr, sent, log }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })
const page = (ids: readonly string[], next?: string, extra: readonly unknown[] = []) =>
  json({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] }),
    entry: [...ids.map((id) => ({ resource: { resourceType: 'Condition', id } })), ...extra],
  })

describe('searches', () => {
  it('all pages are read, in order, with the token', async () => {
    const { ehr, sent } = reader((url) => (url.includes('page=2') ? page(['b']) : page(['a'], `${BASE}?page=2`)))
    const found = await ehr.search('Condition', 'patient=p', PURPOSE)
    expect(found.ok && found.value.resources.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(found.ok && found.value.complete).toBe(true)
    expect(sent.every(({ token }) => token === 'Bearer t1')).toBe(true)
  })
  it.each([
    'https://elsewhere.example/fhir?page=2',
    'https://ehr.example/other?page=2',
    'https://ehr.example.evil/fhir',
  ])('a next link to %s is not followed, and the result says that it is not complete', async (next) => {
    const { ehr, sent } = reader(() => page(['a'], next))
    const found = await ehr.search('Condition', '', PURPOSE)
    expect(found).toMatchObject({ ok: true, value: { complete: false } })
    expect(sent.length).toBe(1)
  })
  describe('that wants the first few of an order', () => {
    const SORTED = `${BASE}/Condition?_sort=-date&_count=2`
    const pages = (self?: string) => (url: string) => {
      const next = url.includes('page=2') ? [] : [{ relation: 'next', url: `${BASE}?page=2` }]
      const own = url.includes('page=2') ? url : self
      const link = [...(own === undefined ? [] : [{ relation: 'self', url: own }]), ...next]
      const ids = url.includes('page=2') ? ['c', 'd'] : ['a', 'b']
      const entry = ids.map((id) => ({ resource: { resourceType: 'Condition', id }, search: { mode: 'match' } }))
      const included = { resource: { resourceType: 'Patient', id: `of-${ids[0]}` }, search: { mode: 'include' } }
      return json({ resourceType: 'Bundle', type: 'searchset', link, entry: [...entry, included] })
    }
    const ids = async (first: number | null, self?: string) => {
      const { ehr, sent } = reader(pages(self))
      const found = await ehr.search('Condition', '_sort=-date&_count=2', PURPOSE, first)
      return found.ok ? [found.value.resources.map(({ id }) => id), found.value.complete, sent.length] : found
    }
    it.each([undefined, SORTED])('reads no further than those, and takes no more (self: %s)', async (self) => {
      expect(await ids(2, self)).toEqual([['a', 'b', 'of-a'], true, 1])
      expect(await ids(1, self)).toEqual([['a', 'of-a'], true, 1])
      expect(await ids(3, self)).toEqual([['a', 'b', 'of-a', 'c', 'of-c'], true, 2])
    })
    it('reads all where the EHR says that it did not put them in order, or no limit is given', async () => {
      const all = [['a', 'b', 'of-a', 'c', 'd', 'of-c'], true, 2]
      expect(await ids(1, `${BASE}/Condition?_count=2`)).toEqual(all)
      expect(await ids(null, SORTED)).toEqual(all)
    })
  })
  it('endless pages end, not complete', async () => {
    const { ehr, sent } = reader((_url, calls) => page(['x'], `${BASE}?page=${calls.length + 1}`))
    expect(await ehr.search('Condition', '', PURPOSE)).toMatchObject({ ok: true, value: { complete: false } })
    expect(sent.length).toBe(40)
  })
  it('outcome entries are stripped; one that tells of an error makes the result incomplete', async () => {
    const outcome = (severity: string) => ({
      resource: { resourceType: 'OperationOutcome', issue: [{ severity, code: 'x' }] },
      search: { mode: 'outcome' },
    })
    const warned = await reader(() => page(['a'], undefined, [outcome('warning')])).ehr.search('Condition', '', PURPOSE)
    expect(warned).toMatchObject({ value: { resources: [{ id: 'a' }], complete: true } })
    const failed = await reader(() => page([], undefined, [outcome('error')])).ehr.search('Condition', '', PURPOSE)
    expect(failed).toMatchObject({ value: { resources: [], complete: false } })
  })
  it('a failure on a later page is a failure, not a short list', async () => {
    const { ehr } = reader((url) => (url.includes('page=2') ? json({}, 503) : page(['a'], `${BASE}?page=2`)))
    expect(await ehr.search('Condition', '', PURPOSE)).toMatchObject({
      ok: false,
      error: { reason: 'ehr-unavailable' },
    })
  })
})

describe('reads', () => {
  const patient = { resourceType: 'Patient', id: 'p' }
  it('absolute references under the base and versions are read', async () => {
    const { ehr, sent } = reader(() => json(patient))
    expect((await ehr.read(`${BASE}/Patient/p/_history/2`, PURPOSE)).ok).toBe(true)
    expect(sent[0]?.url).toBe(`${BASE}/Patient/p`)
  })
  it.each(['https://elsewhere.example/fhir/Patient/p', '#contained', 'urn:uuid:1', 'Patient', 'Patient/a b'])(
    '%s is not followed',
    async (reference) => {
      const { ehr, sent } = reader(() => json(patient))
      expect((await ehr.read(reference, PURPOSE)).ok).toBe(false)
      expect(sent).toEqual([])
    },
  )
  it.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [403, 'forbidden'],
    [409, 'conflict'],
    [429, 'ehr-unavailable'],
    [500, 'ehr-unavailable'],
    [400, 'ehr-nonsense'],
  ])('HTTP %i is %s', async (status, reason) => {
    expect(await reader(() => json({}, status)).ehr.read('Patient/p', PURPOSE)).toMatchObject({
      error: { reason, status },
    })
  })
  it('a missing scope is told apart', async () => {
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope"' }
    const { ehr } = reader(() => json({}, 403, headers))
    expect(await ehr.read('Patient/p', PURPOSE)).toMatchObject({ error: { reason: 'scope-missing' } })
  })
  it('another resource than asked for is nonsense', async () => {
    const { ehr } = reader(() => json({ resourceType: 'Patient', id: 'other' }))
    expect(await ehr.read('Patient/p', PURPOSE)).toMatchObject({ error: { reason: 'ehr-nonsense' } })
  })
  it('no connection and no answer in time are told apart', async () => {
    const down = reader(() => Promise.reject(new TypeError('fetch failed')))
    expect(await down.ehr.read('Patient/p', PURPOSE)).toMatchObject({ error: { reason: 'ehr-unavailable' } })
    const slow = reader(() => Promise.reject(new DOMException('late', 'TimeoutError')))
    expect(await slow.ehr.read('Patient/p', PURPOSE)).toMatchObject({ error: { reason: 'ehr-timeout' } })
  })
})

describe('the token', () => {
  it('is renewed once after a 401', async () => {
    const { ehr, sent } = reader(
      (_url, calls) => (calls.length === 1 ? json({}, 401) : json({ resourceType: 'Patient', id: 'p' })),
      { refresh: (stale) => Promise.resolve(stale === 't1' ? ok('t2') : err({ reason: 'unauthorized', status: 401 })) },
    )
    expect((await ehr.read('Patient/p', PURPOSE)).ok).toBe(true)
    expect(sent.map(({ token }) => token)).toEqual(['Bearer t1', 'Bearer t2'])
  })
  it('is not renewed twice', async () => {
    const { ehr, sent } = reader(() => json({}, 401), { refresh: () => Promise.resolve(ok('t2')) })
    expect(await ehr.read('Patient/p', PURPOSE)).toMatchObject({ error: { reason: 'unauthorized' } })
    expect(sent.length).toBe(2)
  })
})

describe('writes', () => {
  const note = { resourceType: 'DocumentReference', status: 'current', content: [] } as const
  it('tell where the EHR put the resource', async () => {
    const location = `${BASE}/DocumentReference/d1/_history/1`
    const { ehr } = reader(() => new Response(null, { status: 201, headers: { location } }))
    expect(await ehr.create({ ...note, content: [] }, PURPOSE)).toEqual(
      ok({ reference: 'DocumentReference/d1', versionId: '1' }),
    )
  })
  it('name the version they change', async () => {
    const { ehr, sent } = reader(() => new Response(null, { status: 200, headers: { etag: 'W/"4"' } }))
    const changed = { ...note, content: [], id: 'd1', meta: { versionId: '3' } }
    expect(await ehr.update(changed, PURPOSE)).toEqual(ok({ versionId: '4' }))
    expect(sent[0]?.headers.get('if-match')).toBe('W/"3"')
  })
})

it('every access is logged with its purpose and outcome, and without search text', async () => {
  const { ehr, log } = reader((url) => (url.includes('?') ? page(['a']) : json({}, 404)))
  await ehr.search('Condition', 'patient=p&code=secret', PURPOSE)
  await ehr.read('Patient/p', PURPOSE)
  expect(log).toEqual([
    { action: 'search', resourceType: 'Condition', reference: null, purpose: PURPOSE, outcome: 'ok', count: 1 },
    {
      action: 'read',
      resourceType: 'Patient',
      reference: 'Patient/p',
      purpose: PURPOSE,
      outcome: 'not-found',
      count: 0,
    },
  ])
})
