import { expect, test } from 'vitest'
import { buildAuthorizationRequest } from './authorization-request.ts'
import { parseCallback } from './callback.ts'

const input = {
  configuration: {
    authorizationEndpoint: 'https://auth.example/authorize?tenant=7',
    tokenEndpoint: 'https://auth.example/token',
    jwksUri: 'https://auth.example/jwks',
    acceptsPost: false,
    assertionAlgorithm: 'ES384',
  },
  clientId: 'precert',
  redirectUri: 'https://app.example/t/one/callback',
  scopes: ['launch', 'openid'],
  iss: 'https://ehr.example/fhir',
  launch: 'l',
  state: 's',
  nonce: 'n',
  codeChallenge: 'c',
} as const

test('the authorization request carries every parameter that SMART asks for, and the endpoint’s own query', () => {
  const request = buildAuthorizationRequest(input)
  expect(request.method).toBe('get')
  expect(request.action).toBe('https://auth.example/authorize')
  expect(Object.fromEntries(request.fields)).toEqual({
    tenant: '7',
    response_type: 'code',
    client_id: 'precert',
    redirect_uri: 'https://app.example/t/one/callback',
    scope: 'launch openid',
    state: 's',
    aud: 'https://ehr.example/fhir',
    launch: 'l',
    nonce: 'n',
    code_challenge: 'c',
    code_challenge_method: 'S256',
  })
})

test('it is posted where the EHR takes posts, and where the address would grow too long', () => {
  const posting = { ...input, configuration: { ...input.configuration, acceptsPost: true } }
  expect(buildAuthorizationRequest(posting).method).toBe('post')
  expect(buildAuthorizationRequest({ ...input, launch: 'x'.repeat(1_900) }).method).toBe('post')
})

test.each([
  ['a code and a state', { state: 's', code: 'c' }, { ok: true, value: { state: 's', code: 'c' } }],
  ['no code', { state: 's' }, { ok: false, error: { reason: 'callback-incomplete' } }],
  ['two states', { state: ['a', 'b'], code: 'c' }, { ok: false, error: { reason: 'callback-incomplete' } }],
  [
    'a denial',
    { state: 's', error: 'access_denied', error_description: '<b>x</b>' },
    { ok: false, error: { reason: 'access-denied', params: { code: 'access_denied' } } },
  ],
  [
    'another error',
    { state: 's', error: 'invalid_scope' },
    { ok: false, error: { reason: 'ehr-refused', params: { code: 'invalid_scope' } } },
  ],
  [
    'an error code that is none',
    { state: 's', error: '<script>' },
    { ok: false, error: { reason: 'ehr-refused', params: { code: 'unknown' } } },
  ],
])('a callback with %s is read as that', (_what, query, expected) => {
  expect(parseCallback(query)).toEqual(expected)
})
