import { describe, expect, test } from 'vitest'
import { readSmartConfiguration } from './smart-configuration.ts'

const tenant = {
  fhirBase: 'https://ehr.example/fhir',
  authorizationOrigins: ['https://auth.example', 'https://ehr.example'],
}
const document = {
  issuer: 'https://auth.example',
  authorization_endpoint: 'https://auth.example/authorize',
  token_endpoint: 'https://auth.example/token',
  jwks_uri: 'https://auth.example/jwks',
  capabilities: ['launch-ehr', 'authorize-post'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
}

describe('a discovery document', () => {
  test('gives the endpoints', () => {
    expect(readSmartConfiguration(document, tenant)).toEqual({
      ok: true,
      value: {
        authorizationEndpoint: 'https://auth.example/authorize',
        tokenEndpoint: 'https://auth.example/token',
        jwksUri: 'https://auth.example/jwks',
        acceptsPost: true,
        assertionAlgorithm: 'ES384',
      },
    })
  })

  test('with relative addresses means them from the FHIR base', () => {
    const result = readSmartConfiguration({ ...document, token_endpoint: 'oauth/token' }, tenant)
    expect(result).toMatchObject({ ok: true, value: { tokenEndpoint: 'https://ehr.example/fhir/oauth/token' } })
  })

  test('that lists only RS384 is answered with RS384', () => {
    const only = { ...document, token_endpoint_auth_signing_alg_values_supported: ['RS384'] }
    expect(readSmartConfiguration(only, tenant)).toMatchObject({ value: { assertionAlgorithm: 'RS384' } })
  })

  test.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])(
    'whose %s lies outside the registered origins is refused',
    (name) => {
      const elsewhere = { ...document, [name]: 'https://auth.example.evil.example/x' }
      expect(readSmartConfiguration(elsewhere, tenant)).toEqual({
        ok: false,
        error: { reason: 'discovery-elsewhere', path: name },
      })
    },
  )

  test.each([
    ['nothing', null],
    ['a text', 'x'],
    ['no token endpoint', { ...document, token_endpoint: undefined }],
    ['a token endpoint that is no address', { ...document, token_endpoint: 'http://[' }],
    ['plain PKCE only', { ...document, code_challenge_methods_supported: ['plain'] }],
  ])('that is or has %s is invalid', (_what, value) => {
    expect(readSmartConfiguration(value, tenant)).toMatchObject({ ok: false, error: { reason: 'discovery-invalid' } })
  })
})
