import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { apiHeaders, get } from './http.ts'
import { redeemLaunchCode, resetSession, sessionEnd } from './session.ts'

beforeEach(() => {
  resetSession()
  window.name = 'verifier-of-this-launch'
})
afterEach(() => vi.unstubAllGlobals())

const answering = (status: number, body: unknown) =>
  vi.fn<typeof fetch>(() => Promise.resolve(new Response(JSON.stringify(body), { status })))

it('a launch with cookies redeems nothing and carries no bearer', async () => {
  const fetching = answering(200, {})
  vi.stubGlobal('fetch', fetching)
  window.history.replaceState(null, '', '/l/launch-1')
  expect(await redeemLaunchCode()).toBe(true)
  expect(fetching).not.toHaveBeenCalled()
  expect(apiHeaders()).toEqual({ accept: 'application/json', 'x-precert': '1' })
})

it('a launch without cookies spends its code once for a bearer in memory', async () => {
  const fetching = answering(200, { bearer: 'b-1', launchId: 'launch-1' })
  vi.stubGlobal('fetch', fetching)
  window.history.replaceState(null, '', '/l/launch-1#code=one-time')
  expect(await redeemLaunchCode()).toBe(true)
  expect(JSON.parse(String(fetching.mock.calls[0]?.[1]?.body))).toEqual({
    code: 'one-time',
    verifier: 'verifier-of-this-launch',
  })
  expect(apiHeaders()['authorization']).toBe('Bearer b-1')
  expect(window.location.hash).toBe('')
  expect(window.name).toBe('')
})

it('a refused code ends the session', async () => {
  vi.stubGlobal('fetch', answering(401, { reason: 'redeem-refused', ref: 'r' }))
  window.history.replaceState(null, '', '/l/launch-1#code=used-before')
  expect(await redeemLaunchCode()).toBe(false)
  expect(sessionEnd.read()).toBe(true)
})

it('an answer of 401 ends the session', async () => {
  vi.stubGlobal('fetch', answering(401, { reason: 'session-ended', ref: 'r' }))
  await expect(get('/api/launch/x')).rejects.toMatchObject({ reason: 'session-ended', ref: 'r', status: 401 })
  expect(sessionEnd.read()).toBe(true)
})

it('an answer that is none of ours is unexpected, and no answer is the network', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response('<html>', { status: 502, headers: { 'x-request-id': 'p-9' } }))),
  )
  await expect(get('/api/x')).rejects.toMatchObject({ reason: 'unexpected', status: 502, ref: 'p-9' })
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.reject(new TypeError('failed to fetch'))),
  )
  await expect(get('/api/x')).rejects.toMatchObject({ reason: 'network', status: null })
})
