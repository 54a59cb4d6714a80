import { describe, expect, test } from 'vitest'
import { parseLaunchRequest } from './launch-request.ts'

const tenants = [{ fhirBase: 'https://ehr.example/fhir/R4/' }, { fhirBase: 'https://other.example/r4' }]
const parse = (query: Record<string, unknown>) => parseLaunchRequest(query, tenants)

describe('a launch', () => {
  test.each(['https://ehr.example/fhir/R4', 'https://ehr.example/fhir/R4/', 'https://ehr.example/fhir/R4//'])(
    'from %s belongs to the tenant of that FHIR base',
    (iss) => {
      expect(parse({ iss, launch: 'abc' })).toEqual({
        ok: true,
        value: { iss: 'https://ehr.example/fhir/R4', launch: 'abc', tenant: tenants[0] },
      })
    },
  )

  test.each([
    'https://ehr.example/fhir/r4',
    'http://ehr.example/fhir/R4',
    'https://ehr.example.attacker.example/fhir/R4',
    'https://ehr.example/fhir/R4/Patient',
    'https://ehr.example/fhir/R4?x',
    '',
  ])('from %j is refused: its issuer is not registered', (iss) => {
    expect(parse({ iss, launch: 'abc' })).toEqual({ ok: false, error: { reason: 'issuer-unknown' } })
  })

  test.each([
    ['without a launch token', { iss: 'https://other.example/r4' }],
    ['with an empty launch token', { iss: 'https://other.example/r4', launch: '' }],
    ['with two issuers', { iss: ['https://other.example/r4', 'https://x.example'], launch: 'abc' }],
    ['with a launch token of absurd length', { iss: 'https://other.example/r4', launch: 'x'.repeat(20_000) }],
  ])('%s is incomplete', (_what, query) => {
    expect(parse(query)).toEqual({ ok: false, error: { reason: 'launch-incomplete' } })
  })
})
