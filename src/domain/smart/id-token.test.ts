import { describe, expect, test } from 'vitest'
import { checkIdTokenClaims, findRole } from './id-token.ts'

const NOW = 1_800_000_000
const expected = {
  issuers: ['https://ehr.example/oauth2'],
  clientId: 'precert',
  nonce: 'n',
  fhirBase: 'https://ehr.example/fhir',
  nowSeconds: NOW,
}
const claims = {
  iss: 'https://ehr.example/oauth2',
  aud: 'precert',
  exp: NOW + 300,
  iat: NOW,
  nonce: 'n',
  sub: 'u1',
  fhirUser: 'Practitioner/lena',
}
const check = (over: Record<string, unknown>) => checkIdTokenClaims({ ...claims, ...over }, expected)

describe('an id_token', () => {
  test.each(['Practitioner/lena', 'https://ehr.example/fhir/Practitioner/lena'])(
    'with fhirUser %s signs in',
    (fhirUser) => {
      expect(check({ fhirUser, name: 'Lena Ruiz' })).toEqual({
        ok: true,
        value: { issuer: claims.iss, subject: 'u1', fhirUser: 'Practitioner/lena', name: 'Lena Ruiz' },
      })
    },
  )

  test.each<[string, Record<string, unknown>, string]>([
    ['from an issuer that the tenant does not list', { iss: 'https://ehr.example/fhir' }, 'id-token-issuer'],
    ['for somebody else', { aud: 'other' }, 'id-token-audience'],
    ['for several without saying to whom it was given', { aud: ['precert', 'other'] }, 'id-token-audience'],
    ['given to somebody else', { aud: ['precert', 'other'], azp: 'other' }, 'id-token-audience'],
    ['that has expired', { exp: NOW - 61 }, 'id-token-expired'],
    ['without an end', { exp: undefined }, 'id-token-expired'],
    ['from the future', { iat: NOW + 120 }, 'id-token-expired'],
    ['with another nonce', { nonce: 'm' }, 'id-token-nonce'],
    ['without a nonce', { nonce: undefined }, 'id-token-nonce'],
    ['without a subject', { sub: '' }, 'id-token-subject'],
    ['with a fhirUser elsewhere', { fhirUser: 'https://evil.example/fhir/Practitioner/lena' }, 'fhir-user-invalid'],
    ['with a fhirUser that climbs', { fhirUser: 'Practitioner/../Patient/1' }, 'fhir-user-invalid'],
    ['without a fhirUser', { fhirUser: undefined }, 'fhir-user-invalid'],
  ])('%s is refused', (_what, over, reason) => {
    expect(check(over)).toEqual({ ok: false, error: { reason } })
  })

  test('for several that was given to us signs in', () => {
    expect(check({ aud: ['other', 'precert'], azp: 'precert' }).ok).toBe(true)
  })
})

test('a role is the first rule that names the user or their type, and none is inferred', () => {
  const rules = [
    { fhirUser: 'Practitioner/ana', role: 'pa-staff' },
    { fhirUser: 'Practitioner', role: 'clinician' },
  ]
  expect(findRole('Practitioner/ana', rules)).toBe('pa-staff')
  expect(findRole('Practitioner/lena', rules)).toBe('clinician')
  expect(findRole('Patient/maya', rules)).toBeUndefined()
})
