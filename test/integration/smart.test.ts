import type {} from '../../server/http/guards.ts'
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LaunchContext } from '../../server/context.ts'
import type { FakeEhr } from '../support/fake-ehr.ts'
import { startFakeEhr } from '../support/fake-ehr.ts'
import type { TestServer } from '../support/test-server.ts'
import { BASE_URL, CLIENT_ID, createTestClock, startTestServer } from '../support/test-server.ts'

const clock = createTestClock()
let ehr: FakeEhr
let server: TestServer
beforeAll(async () => {
  ehr = await startFakeEhr(CLIENT_ID, clock.milliseconds)
  server = await startTestServer(ehr, clock, {
    launch: (app) => {
      app.get('/who', async ({ launch }) => launch)
    },
  })
})
afterAll(async () => {
  await server.close()
  await ehr.close()
})
beforeEach(() => ehr.misbehave({}))

describe('GET /launch', () => {
  test('sends the browser to the EHR with everything that SMART asks for, in a page that the EHR may frame', async () => {
    const { page, fields } = await server.browser().open({ iss: `${ehr.fhirBase}/`, launch: 'opaque<&>' })
    expect(page.statusCode).toBe(200)
    expect(fields).toMatchObject({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: `${BASE_URL}/t/one/callback`,
      aud: ehr.fhirBase,
      launch: 'opaque<&>',
      code_challenge_method: 'S256',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(fields[name]).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(page.body).toContain(`method="post"`)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain(`frame-ancestors ${ehr.origin};`)
    expect(policy).toContain(`form-action 'self' ${ehr.origin};`)
    expect(page.headers).not.toHaveProperty('x-frame-options')
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
    expect(String(page.headers['set-cookie'])).toMatch(
      /^__Host-precert-browser=[\w-]{43}; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/,
    )
  })

  test.each([
    ['an unknown issuer', { iss: 'http://127.0.0.1:1/fhir', launch: 'l' }, 403],
    ['no launch', { iss: 'x' }, 400],
  ])('with %s shows a page in plain words and fetches nothing', async (_what, query, status) => {
    const before = ehr.requests.length
    const { page } = await server.browser().open(query)
    expect(page.statusCode).toBe(status)
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.body).toMatch(/<h1>(This EHR is not connected to Precert|This sign-in cannot be used)<\/h1>/)
    expect(ehr.requests).toHaveLength(before)
  })

  test('speaks the browser’s language', async () => {
    const page = await server.browser().get('/launch?iss=x&launch=y', { 'accept-language': 'es-MX,es;q=0.9' })
    expect(page.body).toContain('lang="es"')
    expect(page.body).toContain('no está conectada a Precert')
  })
})

describe('the callback', () => {
  test('opens the app for the person and the patient of the launch, in a partitioned cookie', async () => {
    const browser = server.browser()
    const { answer, launchId } = await browser.launch()
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe(`/l/${launchId}`)
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^__Host-precert=[\w-]{43}; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/,
    )
    const who = (await browser.get(`/api/launch/${launchId}/who`)).json<LaunchContext>()
    expect(who).toMatchObject({
      launchId,
      patientId: 'maya',
      needPatientBanner: false,
      user: { fhirUser: 'Practitioner/lena', name: 'Dr. Lena Ruiz', role: 'clinician', npi: '1234567893' },
    })
  })

  test('leaves no token and no secret readable in the database', async () => {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    const row = await server.store.read((tx) => server.store.launches.find(tx, 'one', launchId))
    const raw = await server.driver.db.execute(sql`select l.*, s.secret_hash from launch l join session s on
      s.id = l.session_id where l.id = ${launchId}`)
    const text = JSON.stringify(raw, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    expect(text).toContain(launchId)
    expect(text).not.toContain(row!.tokens.accessToken)
    expect(text).not.toContain(browser.jar.get('__Host-precert'))
  })

  const refusals: [string, Parameters<FakeEhr['misbehave']>[0]][] = [
    ['an id_token of another nonce', { idToken: { nonce: 'x' } }],
    ['an id_token for another audience', { idToken: { aud: 'other' } }],
    ['an id_token of another issuer', { idToken: { iss: 'https://evil.example' } }],
    ['an expired id_token', { idToken: { exp: 1_000_000_000 } }],
    ['an id_token signed by a stranger', { signWithAnotherKey: true }],
    ['a fhirUser elsewhere', { idToken: { fhirUser: 'https://evil.example/fhir/Practitioner/lena' } }],
    ['a person without a role', { idToken: { fhirUser: 'Patient/maya' } }],
    ['no id_token', { tokenResponse: { id_token: undefined } }],
    ['no patient', { tokenResponse: { patient: undefined } }],
  ]
  test.each(refusals)('refuses %s and opens no session', async (_what, misbehavior) => {
    ehr.misbehave(misbehavior)
    const browser = server.browser()
    const { answer } = await browser.launch()
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.headers.location).toBeUndefined()
    expect(browser.jar.has('__Host-precert')).toBe(false)
  })

  test('refuses an altered code, and the same state again', async () => {
    const browser = server.browser()
    const { fields } = await browser.open()
    const state = fields['state']!
    const altered = await browser.callback({ state, code: 'altered' })
    expect([altered.statusCode, altered.body]).toEqual([401, expect.stringContaining('This sign-in cannot be used')])
    const again = await browser.callback({ state, code: ehr.authorize(fields) })
    expect([again.statusCode, browser.jar.has('__Host-precert')]).toEqual([400, false])
  })

  test('refuses a state that is altered, replayed, or too old', async () => {
    const browser = server.browser()
    const { fields } = await browser.open()
    const altered = await browser.callback({ state: `${fields['state']}x`, code: ehr.authorize(fields) })
    expect(altered.statusCode).toBe(400)
    const query = { state: fields['state']!, code: ehr.authorize(fields) }
    expect((await browser.callback(query)).statusCode).toBe(303)
    expect((await browser.callback(query)).statusCode).toBe(400)

    const late = await browser.open()
    clock.wait(11 * 60_000)
    const answer = await browser.callback({ state: late.fields['state']!, code: ehr.authorize(late.fields) })
    expect(answer.statusCode).toBe(400)
  })

  test('refuses another browser than the one that began', async () => {
    const { fields } = await server.browser().open()
    const query = { state: fields['state']!, code: ehr.authorize(fields) }
    const victim = server.browser()
    await victim.open()
    const answer = await victim.callback(query)
    expect([answer.statusCode, victim.jar.has('__Host-precert')]).toEqual([400, false])
    const cookieless = await server.browser().callback(query)
    expect(cookieless.statusCode).toBe(400)
  })

  test('says what the EHR refused, and repeats none of its text', async () => {
    const browser = server.browser()
    const { fields } = await browser.open()
    const answer = await browser.callback({
      state: fields['state']!,
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
    })
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('Your EHR did not allow access')
    expect(answer.body).not.toContain('alert(1)')
  })

  test('of an unknown tenant is refused', async () => {
    expect((await server.browser().get('/t/two/callback?state=s&code=c')).statusCode).toBe(404)
  })
})

describe('a browser without cookies', () => {
  const verifier = randomBytes(32).toString('base64url')
  const verifierHash = createHash('sha256').update(verifier).digest('base64url')

  async function launchWithout() {
    const browser = server.browser({ cookies: false })
    const { fields } = await browser.open()
    const bound = await browser.post('/launch/bind', { tenant: 'one', state: fields['state'], verifierHash })
    const answer = await browser.callback({ state: fields['state']!, code: ehr.authorize(fields) })
    const [, launchId, code] = /^\/l\/([^#]+)#code=(.+)$/.exec(answer.headers.location ?? '') ?? []
    return { browser, bound, answer, launchId: launchId!, code: code! }
  }

  test('redeems the one-time code once, with its verifier, for a bearer', async () => {
    const { browser, bound, answer, launchId, code } = await launchWithout()
    expect(bound.json()).toEqual({ cookies: false })
    expect(answer.headers['set-cookie']).toBeUndefined()
    const redeemed = await browser.post('/api/session/redeem', { code, verifier })
    expect(redeemed.json()).toEqual({ bearer: expect.any(String), launchId })
    const { bearer } = redeemed.json<{ bearer: string }>()
    const who = await browser.get(`/api/launch/${launchId}/who`, { authorization: `Bearer ${bearer}` })
    expect(who.json()).toMatchObject({ patientId: 'maya' })
    expect((await browser.post('/api/session/redeem', { code, verifier })).statusCode).toBe(401)
    expect((await browser.get(`/api/launch/${launchId}/who`)).statusCode).toBe(401)
  })

  test('with another verifier gets nothing, and the code is spent', async () => {
    const { browser, code } = await launchWithout()
    const wrong = await browser.post('/api/session/redeem', { code, verifier: randomBytes(32).toString('base64url') })
    expect(wrong.json()).toMatchObject({ reason: 'redeem-refused' })
    expect((await browser.post('/api/session/redeem', { code, verifier })).statusCode).toBe(401)
  })

  test('cannot redeem after a minute', async () => {
    const { browser, code } = await launchWithout()
    clock.wait(61_000)
    expect((await browser.post('/api/session/redeem', { code, verifier })).statusCode).toBe(401)
  })

  test('cannot change a verifier that is bound, and a browser with cookies binds none', async () => {
    const { fields } = await server.browser({ cookies: false }).open()
    const bind = { tenant: 'one', state: fields['state'], verifierHash }
    const attacker = server.browser({ cookies: false })
    expect((await attacker.post('/launch/bind', bind)).statusCode).toBe(200)
    expect((await attacker.post('/launch/bind', bind)).statusCode).toBe(400)
    const withCookies = server.browser()
    const own = await withCookies.open()
    const answer = await withCookies.post('/launch/bind', { ...bind, state: own.fields['state'] })
    expect(answer.json()).toEqual({ cookies: true })
  })
})

describe('the EHR’s token of a launch', () => {
  async function launched() {
    const browser = server.browser()
    const { launchId } = await browser.launch()
    const launch = (await browser.get(`/api/launch/${launchId}/who`)).json<LaunchContext>()
    return { browser, launch }
  }
  const tokenOf = (launch: LaunchContext, refused?: string) => server.smart.accessTokens.forLaunch(launch, refused)
  const refreshes = () => ehr.requests.filter((each) => each === 'POST /oauth2/token').length

  test('is refreshed once for many readers, before it ends', async () => {
    const { launch } = await launched()
    const first = await tokenOf(launch)
    expect(first).toMatchObject({ ok: true })
    clock.wait(3_590_000)
    const before = refreshes()
    const [second, ...others] = await Promise.all([tokenOf(launch), tokenOf(launch), tokenOf(launch)])
    expect(second).toMatchObject({ ok: true })
    expect(second).not.toEqual(first)
    expect(others).toEqual([second, second])
    expect(refreshes() - before).toBe(1)
  })

  test('is refreshed when the EHR refuses it', async () => {
    const { launch } = await launched()
    const first = await tokenOf(launch)
    const second = await tokenOf(launch, first.ok ? first.value : '')
    expect(second).toMatchObject({ ok: true })
    expect(second).not.toEqual(first)
  })

  test('of another patient ends the session', async () => {
    const { browser, launch } = await launched()
    ehr.misbehave({ refreshed: { patient: 'sara' } })
    const first = await tokenOf(launch)
    expect(await tokenOf(launch, first.ok ? first.value : '')).toEqual({ ok: false, error: { reason: 'launch-ended' } })
    const after = await browser.get(`/api/launch/${launch.launchId}/who`)
    expect([after.statusCode, after.json()]).toEqual([401, expect.objectContaining({ reason: 'session-ended' })])
  })

  test('that the EHR will not renew ends the launch; an EHR that is down does not', async () => {
    const { browser, launch } = await launched()
    const first = await tokenOf(launch)
    const refused = first.ok ? first.value : ''
    ehr.misbehave({ refreshStatus: 503 })
    expect(await tokenOf(launch, refused)).toEqual({ ok: false, error: { reason: 'ehr-unavailable' } })
    ehr.misbehave({ refreshStatus: 400 })
    expect(await tokenOf(launch, refused)).toEqual({ ok: false, error: { reason: 'launch-ended' } })
    const after = await browser.get(`/api/launch/${launch.launchId}/who`)
    expect(after.json()).toMatchObject({ reason: 'launch-ended' })
  })
})
