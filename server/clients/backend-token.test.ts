import { describe, expect, it } from 'vitest'
import type { PayerConfig } from '../config.ts'
import { createBackendTokens } from './backend-token.ts'

const payer = {
  id: 'payer',
  auth: { tokenUrl: 'https://payer.example/oauth/token', clientId: 'precert', scopes: ['system/Claim.cruds'] },
} as PayerConfig

function tokens(answer: () => Response | Promise<Response>) {
  const sent: URLSearchParams[] = []
  let now = '2026-11-22T12:00:00Z'
  const cache = createBackendTokens({
    fetch: (_url, init) => {
      sent.push(new URLSearchParams(String(init?.body)))
      return Promise.resolve(answer())
    },
    now: () => now,
    signAssertion: (clientId, audience) => Promise.resolve(`${clientId} for ${audience}`),
  })
  return { cache, sent, at: (instant: string) => (now = instant) }
}
let issued = 0
const good = (life = 300) =>
  new Response(JSON.stringify({ access_token: `t${++issued}`, token_type: 'bearer', expires_in: life }))

describe('backend tokens', () => {
  it('are asked for with a signed assertion and the configured scopes', async () => {
    const { cache, sent } = tokens(good)
    await cache.get(payer)
    expect(Object.fromEntries(sent[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'system/Claim.cruds',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'precert for https://payer.example/oauth/token',
    })
  })
  it('are used until 30 s before they end, for each set of scopes', async () => {
    const { cache, sent, at } = tokens(good)
    const first = await cache.get(payer)
    at('2026-11-22T12:04:29Z')
    expect(await cache.get(payer)).toEqual(first)
    await cache.get(payer, ['system/Questionnaire.rs'])
    expect(sent.length).toBe(2)
    at('2026-11-22T12:04:30Z')
    expect(await cache.get(payer)).not.toEqual(first)
  })
  it('are asked for once by callers that come together', async () => {
    const { cache, sent } = tokens(good)
    const [a, b] = await Promise.all([cache.get(payer), cache.get(payer)])
    expect(a).toEqual(b)
    expect(sent.length).toBe(1)
  })
  it('are forgotten after a 401', async () => {
    const { cache, sent } = tokens(good)
    await cache.get(payer)
    cache.forget(payer)
    await cache.get(payer)
    expect(sent.length).toBe(2)
  })
  it.each([
    ['a refusal', () => new Response('{"error":"invalid_client"}', { status: 401 }), 'token-refused'],
    ['nonsense', () => new Response('<html>'), 'token-nonsense'],
    ['another token type', () => new Response('{"access_token":"x","token_type":"mac"}'), 'token-nonsense'],
    ['no connection', () => Promise.reject(new TypeError('down')), 'token-unreachable'],
    ['silence', () => Promise.reject(new DOMException('late', 'TimeoutError')), 'token-timeout'],
  ])('%s is a value, and is not remembered', async (_name, answer, reason) => {
    const { cache, sent } = tokens(answer)
    expect(await cache.get(payer)).toMatchObject({ ok: false, error: { reason } })
    await cache.get(payer)
    expect(sent.length).toBe(2)
  })
})
