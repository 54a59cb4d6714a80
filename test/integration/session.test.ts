import type {} from '../../server/http/guards.ts'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FakeEhr } from '../support/fake-ehr.ts'
import { startFakeEhr } from '../support/fake-ehr.ts'
import type { Browser, TestServer } from '../support/test-server.ts'
import { BASE_URL, CLIENT_ID, createTestClock, startTestServer } from '../support/test-server.ts'

const clock = createTestClock()
let ehr: FakeEhr
let server: TestServer
beforeAll(async () => {
  ehr = await startFakeEhr(CLIENT_ID, clock.milliseconds)
  server = await startTestServer(ehr, clock, {
    launch: (app) => {
      app.get('/who', async ({ launch }) => ({ patient: launch.patientId, user: launch.user.fhirUser }))
      app.post('/echo', async ({ body, rawBody }) => ({ body, bytes: rawBody?.toString() }))
      app.get('/bug', async () => {
        throw new Error('Maya Okafor, MRN 123')
      })
    },
    partner: (app) => {
      app.post('/pas/Claim/$submit', async () => ({ found: true }))
    },
  })
})
afterAll(async () => {
  await server.close()
  await ehr.close()
})

const who = (browser: Browser, launchId: string) => browser.get(`/api/launch/${launchId}/who`)

describe('a session', () => {
  test('holds several charts of one person', async () => {
    const browser = server.browser()
    const [first, second] = [await browser.launch(), await browser.launch()]
    expect(second.answer.headers['set-cookie']).toBeUndefined()
    expect((await who(browser, first.launchId)).statusCode).toBe(200)
    expect((await who(browser, second.launchId)).statusCode).toBe(200)
  })

  test('ends with the launch of another person in the same browser, who sees nothing of the first', async () => {
    const browser = server.browser()
    const lena = await browser.launch('lena')
    const lenasCookie = browser.jar.get('__Host-precert')!
    const ana = await browser.launch('ana')
    expect((await who(browser, ana.launchId)).json()).toMatchObject({ user: 'Practitioner/ana' })
    const asAna = await who(browser, lena.launchId)
    expect([asAna.statusCode, asAna.json()]).toEqual([404, expect.objectContaining({ reason: 'launch-unknown' })])
    browser.jar.set('__Host-precert', lenasCookie)
    expect((await who(browser, lena.launchId)).json()).toMatchObject({ reason: 'session-ended' })
  })

  test('opens no launch of another session, whatever its id', async () => {
    const [one, two] = [server.browser(), server.browser()]
    const { launchId } = await one.launch()
    await two.launch()
    expect((await who(two, launchId)).statusCode).toBe(404)
    expect((await who(server.browser(), launchId)).statusCode).toBe(401)
    expect((await who(two, '../../x')).statusCode).toBe(404)
  })

  test('ends after fifteen minutes without a request, and after twelve hours with', async () => {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    clock.wait(14 * 60_000)
    expect((await who(browser, launchId)).statusCode).toBe(200)
    clock.wait(14 * 60_000)
    expect((await who(browser, launchId)).statusCode).toBe(200)
    clock.wait(15 * 60_000 + 1)
    expect((await who(browser, launchId)).json()).toMatchObject({ reason: 'session-ended' })

    const busy = server.browser()
    const own = await busy.launch()
    for (let minutes = 0; minutes < 12 * 60; minutes += 10) {
      expect((await who(busy, own.launchId)).statusCode).toBe(200)
      clock.wait(10 * 60_000)
    }
    expect((await who(busy, own.launchId)).statusCode).toBe(401)
  })

  test('ends by logging out, all launches with it', async () => {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    const cookie = browser.jar.get('__Host-precert')!
    expect((await browser.post('/api/session/logout', {})).statusCode).toBe(204)
    expect(browser.jar.has('__Host-precert')).toBe(false)
    browser.jar.set('__Host-precert', cookie)
    expect((await who(browser, launchId)).statusCode).toBe(401)
  })
})

describe('a change', () => {
  let browser: Browser
  let url: string
  beforeAll(async () => {
    browser = server.browser()
    url = `/api/launch/${(await browser.launch()).launchId}/echo`
  })

  test.each<[string, Record<string, string>, number]>([
    ['from another origin', { origin: 'https://evil.example' }, 403],
    ['from an opaque origin', { origin: 'null' }, 403],
    ['without our header', { 'x-precert': '' }, 403],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['as text', { 'content-type': 'text/plain' }, 415],
    ['for another host', { host: 'evil.example' }, 421],
  ])('that comes %s is refused', async (_what, headers, status) => {
    const answer = await browser.post(url, { a: 1 }, headers)
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toEqual({ reason: expect.any(String), ref: answer.headers['x-request-id'] })
  })

  test.each([
    ['a NUL', '{"a":"x\\u0000"}', 'nul-character'],
    ['a NUL in a name', '{"\\u0000":1}', 'nul-character'],
    ['half a character', '{"a":"\\ud83d"}', 'half-character'],
    ['half a character in a name', '{"\\udc00x":1}', 'half-character'],
    ['a number beyond any', '{"a":[1e999]}', 'number-not-finite'],
    ['a key that pollutes', '{"a":{"__proto__":{}}}', 'forbidden-key'],
    ['no JSON', '{"a":', 'invalid-json'],
  ])('with %s is a 400', async (_what, payload, reason) => {
    const answer = await browser.send({
      method: 'POST',
      url,
      payload,
      headers: { origin: BASE_URL, 'x-precert': '1', 'content-type': 'application/json' },
    })
    expect([answer.statusCode, answer.json()]).toEqual([400, expect.objectContaining({ reason })])
  })

  test('keeps every element of a FHIR body, and its bytes', async () => {
    const payload = '{"resourceType":"Basic","extension":[{"url":"x","valueDecimal":1.10}],"unknown":{"a":[null]}}'
    const answer = await browser.send({
      method: 'POST',
      url,
      payload,
      headers: { origin: BASE_URL, 'x-precert': '1', 'content-type': 'application/json' },
    })
    expect(answer.json()).toEqual({ body: JSON.parse(payload) as unknown, bytes: payload })
  })

  test('larger than the limit is a 413', async () => {
    const answer = await browser.post(url, { a: 'x'.repeat(3_000_000) })
    expect([answer.statusCode, answer.json()]).toEqual([413, expect.objectContaining({ reason: 'body-too-large' })])
  })
})

describe('the server', () => {
  test('says nothing of a bug but a reference', async () => {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    const answer = await browser.get(`/api/launch/${launchId}/bug`)
    expect([answer.statusCode, answer.json()]).toEqual([500, { reason: 'internal', ref: expect.any(String) }])
  })

  test('serves the app’s page with its nonce, framed by the tenant’s EHR alone', async () => {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    const page = await browser.get(`/l/${launchId}/cases/1/form`)
    const nonce = /'nonce-([^']+)'/.exec(String(page.headers['content-security-policy']))?.[1]
    expect(page.body).toContain(`content="${nonce}"`)
    expect(page.headers['content-security-policy']).toContain(`frame-ancestors ${ehr.origin};`)
    expect(page.headers['cache-control']).toBe('no-store')
    const again = await browser.get(`/l/${launchId}`)
    expect(again.headers['content-security-policy']).not.toBe(page.headers['content-security-policy'])
    const unknown = await browser.get('/l/unknown')
    expect([unknown.statusCode, unknown.body]).toEqual([401, expect.stringContaining('Open Precert again')])
  })

  test('lets files with a hash be kept for a year', async () => {
    const file = await server.browser().get('/assets/index-abc123.js')
    expect([file.statusCode, file.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await server.browser().get('/launch.js')).statusCode).toBe(200)
    expect((await server.browser().get('/assets/../index.html')).statusCode).toBe(404)
  })

  test('sends a file as the build has compressed it to whoever takes that', async () => {
    const browser = server.browser()
    const [small, plain] = [
      await browser.get('/assets/index-abc123.js', { 'accept-encoding': 'gzip, br' }),
      await browser.get('/assets/index-abc123.js'),
    ]
    expect(small.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: expect.stringMatching(/accept-encoding/i),
    })
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body)
    expect(plain.headers).not.toHaveProperty('content-encoding')
    expect(plain.headers.etag).not.toBe(small.headers.etag)
  })

  test('finds an operation by either spelling of the dollar sign', async () => {
    const browser = server.browser()
    for (const url of ['/pas/Claim/$submit', '/pas/Claim/%24submit?x=%24'])
      expect((await browser.post(url, {})).json()).toEqual({ found: true })
  })

  test('publishes the public half of its keys alone', async () => {
    const { keys } = (await server.browser().get('/.well-known/jwks.json')).json<{ keys: Record<string, unknown>[] }>()
    expect(keys.map((key) => key['alg'])).toEqual(['ES384', 'RS384'])
    for (const key of keys)
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret)
  })

  test('says that it is healthy to anybody, and its figures to this machine alone', async () => {
    expect((await server.app.inject('/health')).json()).toEqual({ status: 'ok' })
    expect((await server.app.inject('/metrics')).body).toContain('http_request_seconds')
    const remote = await server.app.inject({ url: '/metrics', remoteAddress: '10.0.0.7' })
    expect(remote.statusCode).toBe(404)
  })

  test('answers an unknown address of the API in JSON, any other by a page', async () => {
    const browser = server.browser()
    expect((await browser.get('/api/nothing')).json()).toMatchObject({ reason: 'not-found' })
    expect((await browser.get('/nothing')).body).toContain('There is nothing at this address')
  })
})
