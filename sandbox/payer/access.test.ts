import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coversScope } from './access.ts'
import { startTestPayer, type TestPayer } from './test-support.ts'

let payer: TestPayer
beforeAll(async () => {
  payer = await startTestPayer()
})
afterAll(() => payer.close())

async function ask(
  change: Record<string, string>,
  claims: Partial<Parameters<TestPayer['sign']>[0]> = {},
): Promise<Response> {
  const aud = `${payer.url}/oauth/token`
  const assertion = await payer.sign({ iss: 'precert', sub: 'precert', aud, ...claims })
  return fetch(aud, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope: 'system/Claim.c',
      ...change,
    }),
  })
}

describe('the token endpoint', () => {
  it('gives a short token for the scopes it offers', async () => {
    const answer = await ask({ scope: 'system/Claim.c system/Patient.rs' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'system/Claim.c' })
  })
  it('refuses an assertion for another audience, of another client, or too long-lived', async () => {
    expect((await ask({}, { aud: `${payer.url}/oauth/token/` })).status).toBe(401)
    expect((await ask({}, { sub: 'somebody' })).status).toBe(401)
    expect((await ask({}, { exp: Math.floor(Date.now() / 1000) + 3600 })).status).toBe(401)
  })
  it('takes a jti once', async () => {
    const jti = crypto.randomUUID()
    expect((await ask({}, { jti })).status).toBe(200)
    expect((await ask({}, { jti })).status).toBe(401)
  })
  it('refuses a request without scope, and one whose scopes it does not offer', async () => {
    expect((await ask({ scope: '' })).status).toBe(400)
    expect(await (await ask({ scope: 'patient/Claim.c' })).json()).toMatchObject({ error: 'invalid_scope' })
  })
})

describe('FHIR routes', () => {
  it('answer 401 without a token and 403 without the scope', async () => {
    const bare = await payer.fhir('Claim/$submit', {}, { headers: { 'content-type': 'application/fhir+json' } })
    expect(bare.status).toBe(401)
    const other = await payer.token('system/Questionnaire.rs')
    const lacking = await payer.fhir('Claim/$submit', '{}', {
      headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${other}` },
    })
    expect(lacking.status).toBe(403)
    expect(await lacking.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })
})

describe('coversScope', () => {
  it('reads v1 and v2 spellings', () => {
    expect(coversScope('system/Claim.write', 'system/Claim.c')).toBe(true)
    expect(coversScope('system/*.cruds', 'system/Claim.c')).toBe(true)
    expect(coversScope('system/Claim.rs', 'system/Claim.c')).toBe(false)
    expect(coversScope('patient/Claim.c', 'system/Claim.c')).toBe(false)
  })
})
