import { createHash, webcrypto } from 'node:crypto'
import { expect, test } from 'vitest'
import { bindBrowser } from '../../launch/cookie-probe.ts'

async function probe(answer: unknown) {
  const names: string[] = []
  const sent: unknown[] = []
  const bound = await bindBrowser(
    { tenant: 't', state: 's' },
    {
      post: async (path, body) => {
        sent.push([path, body])
        return answer
      },
      random: (bytes) => webcrypto.getRandomValues(bytes),
      sha256: (bytes) => webcrypto.subtle.digest('SHA-256', bytes),
      setWindowName: (name) => names.push(name),
    },
  )
  return { bound, names, sent }
}

test('a browser that keeps our cookie keeps nothing in window.name', async () => {
  expect(await probe({ cookies: true })).toMatchObject({ bound: 'cookie', names: [''] })
})

test('a browser that does not keeps a verifier there, and our server only its hash', async () => {
  const { bound, names, sent } = await probe({ cookies: false })
  expect(bound).toBe('verifier')
  expect(names[0]).toMatch(/^[A-Za-z0-9_-]{43}$/)
  const verifierHash = createHash('sha256').update(names[0]!).digest('base64url')
  expect(sent).toEqual([['/launch/bind', { tenant: 't', state: 's', verifierHash }]])
})
