import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  authorize,
  buildTestEhr,
  EHR,
  REDIRECT_URI,
  requestToken,
  startLaunch,
  type TestEhr,
} from '../support/test-ehr.ts'
import { grantScopes, readAccess } from './scopes.ts'

let ehr: TestEhr
beforeAll(async () => {
  ehr = await buildTestEhr()
})

const redeem = async (code: string, verifier: string, claims: Record<string, unknown> = {}) =>
  requestToken(ehr, await ehr.signAssertion(claims), {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  })

describe('a SMART EHR launch', () => {
  it('gives a token with the launch context, a string banner and the card’s appContext', async () => {
    const token = await ehr.launch({ appContext: 'pa1.abc' })
    expect(token).toMatchObject({
      token_type: 'Bearer',
      expires_in: 570,
      patient: 'maya-okafor',
      need_patient_banner: 'false',
      appContext: 'pa1.abc',
      scope: 'launch openid fhirUser online_access patient/Patient.rs patient/Observation.rs',
    })
    expect(token['refresh_token']).toBeTypeOf('string')
    expect(token['encounter']).toBeTypeOf('string')
  })
  it('signs an id_token of its own issuer with nonce and fhirUser', async () => {
    const token = await ehr.launch({ user: 'ana-silva' })
    const keys = createLocalJWKSet((await ehr.app.inject('/oauth2/jwks')).json<JSONWebKeySet>())
    const { payload, protectedHeader } = await jwtVerify(String(token['id_token']), keys, {
      issuer: `${EHR}/oauth2`,
      audience: 'precert',
      currentDate: new Date(ehr.nowSeconds() * 1000),
    })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ nonce: 'n-1', fhirUser: `${EHR}/fhir/Practitioner/ana-silva`, sub: 'ana-silva' })
  })
  it('grants only registered scopes and none that the launch denies', async () => {
    const scope = 'launch openid patient/*.rs patient/Patient.rs patient/Observation.rs user/Patient.rs'
    const token = await ehr.launch({ scope, denyScopes: ['patient/Observation.rs'] })
    expect(token['scope']).toBe('launch openid patient/Patient.rs')
    expect(token['refresh_token']).toBeUndefined()
  })
  it('accepts the authorization request by POST', async () => {
    const launch = await startLaunch(ehr)
    const form = new URLSearchParams({
      client_id: 'precert',
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      launch: launch.searchParams.get('launch') ?? '',
    })
    const response = await ehr.app.inject({
      method: 'POST',
      url: '/oauth2/authorize',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
      payload: form.toString(),
    })
    expect(response.statusCode).toBe(303)
    expect(String(response.headers.location)).toContain('error=invalid_request')
  })
})

describe('the authorization endpoint', () => {
  it.each([
    ['another audience', { aud: 'https://elsewhere.example/fhir' }, 'invalid_request'],
    ['no PKCE', { code_challenge: '' }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a short state', { state: 'abc' }, 'invalid_request'],
    ['an altered launch', { launch: 'altered' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no launch scope', { scope: 'openid' }, 'invalid_scope'],
  ])('refuses %s', async (_name, change, error) => {
    const { location } = await authorize(ehr, {}, change)
    expect(location.searchParams.get('error')).toBe(error)
    expect(location.searchParams.get('code')).toBeNull()
  })
  it.each([
    ['an unregistered redirect URI', { redirect_uri: 'http://localhost:4600/elsewhere' }],
    ['an unknown client', { client_id: 'other' }],
  ])('redirects nowhere for %s', async (_name, change) => {
    expect((await authorize(ehr, {}, change)).location.href).toBe('about:blank')
  })
  it('takes a launch code once', async () => {
    const launch = (await startLaunch(ehr)).searchParams.get('launch') ?? ''
    expect((await authorize(ehr, {}, { launch })).code).not.toBe('')
    const again = await authorize(ehr, {}, { launch })
    expect(again.location.searchParams.get('error_description')).toContain('used')
  })
  it('says access_denied when the user refuses', async () => {
    const { location } = await authorize(ehr, { denyScopes: ['*'] })
    expect(location.searchParams.get('error')).toBe('access_denied')
  })
})

describe('the token endpoint', () => {
  it('redeems a code once and ends its tokens when it comes again', async () => {
    const { code, verifier } = await authorize(ehr)
    const first = (await redeem(code, verifier)).json<{ access_token: string }>()
    const again = await redeem(code, verifier)
    expect([again.statusCode, again.json<{ error: string }>().error]).toEqual([400, 'invalid_grant'])
    const read = await ehr.app.inject({
      url: '/fhir/Patient/maya-okafor',
      headers: { authorization: `Bearer ${first.access_token}` },
    })
    expect(read.statusCode).toBe(401)
  })
  it('refuses a code after 60 seconds, a wrong verifier and another redirect URI', async () => {
    const late = await authorize(ehr)
    ehr.moveClock(61)
    expect((await redeem(late.code, late.verifier)).json()).toMatchObject({ error: 'invalid_grant' })
    const stolen = await authorize(ehr)
    expect((await redeem(stolen.code, 'x'.repeat(64))).json()).toMatchObject({ error: 'invalid_grant' })
  })
  it.each([
    ['another audience', { aud: `${EHR}/fhir` }],
    ['an audience list', { aud: [`${EHR}/oauth2/token`] }],
    ['another subject', { sub: 'other' }],
    ['a life over five minutes', { exp: Math.floor(Date.parse('2026-11-22T16:00:00Z') / 1000) }],
    ['an expired one', { exp: 1_700_000_000, iat: 1_699_999_900 }],
    ['no jti', { jti: undefined }],
    ['a jti that is too long', { jti: 'x'.repeat(152) }],
  ])('refuses an assertion with %s', async (_name, claims) => {
    const { code, verifier } = await authorize(ehr)
    const answer = await redeem(code, verifier, claims)
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([401, 'invalid_client'])
  })
  it('refuses a jti that was used before', async () => {
    const first = await authorize(ehr)
    expect((await redeem(first.code, first.verifier, { jti: 'j-1' })).statusCode).toBe(200)
    const second = await authorize(ehr)
    expect((await redeem(second.code, second.verifier, { jti: 'j-1' })).json()).toMatchObject({
      error_description: 'jti was used before',
    })
  })
  it('rotates the refresh token', async () => {
    const { refresh_token: refreshToken } = (await ehr.launch()) as { refresh_token: string }
    const refresh = async (token: string) =>
      requestToken(ehr, await ehr.signAssertion(), { grant_type: 'refresh_token', refresh_token: token })
    const fresh = (await refresh(refreshToken)).json<{ refresh_token: string; patient: string }>()
    expect(fresh.patient).toBe('maya-okafor')
    expect(fresh.refresh_token).not.toBe(refreshToken)
    expect((await refresh(refreshToken)).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await refresh(fresh.refresh_token)).statusCode).toBe(200)
  })
})

describe('scopes', () => {
  it('cover an interaction in either version of the syntax', () => {
    expect(readAccess(['patient/Observation.read'], 'Observation', 's')).toBe('patient')
    expect(readAccess(['patient/Observation.r'], 'Observation', 's')).toBe('none')
    expect(readAccess(['user/Observation.*'], 'Observation', 'c')).toBe('user')
    expect(readAccess(['patient/QuestionnaireResponse.cu'], 'QuestionnaireResponse', 'u')).toBe('patient')
  })
  it('of a patient do not reach practitioners', () => {
    expect(readAccess(['patient/Practitioner.rs'], 'Practitioner', 'r')).toBe('none')
    expect(readAccess(['user/Practitioner.rs'], 'Practitioner', 'r')).toBe('user')
  })
  it('are granted as far as the registration goes', () => {
    const registered = ['openid', 'patient/Observation.rs']
    expect(grantScopes(['patient/Observation.r', 'patient/Observation.rsu', 'openid', 'profile'], registered)).toEqual([
      'patient/Observation.r',
      'openid',
    ])
  })
})
