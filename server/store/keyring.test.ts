import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeyring } from './keyring.ts'

const k1 = randomBytes(32)
const k2 = randomBytes(32)
const place = { tenant: 't', table: 'form.response', id: '1' }

describe('a sealed value', () => {
  const keyring = createKeyring({ current: 'k1', keys: { k1 } })

  test('opens where it was sealed', () => {
    expect(keyring.openJson(keyring.sealJson({ a: ['é', 1] }, place), place)).toEqual({ a: ['é', 1] })
  })

  test.each([
    ['tenant', { ...place, tenant: 'u' }],
    ['column', { ...place, table: 'form.meta' }],
    ['row', { ...place, id: '2' }],
  ])('does not open at another %s', (_what, elsewhere) => {
    const sealed = keyring.sealJson(1, place)
    expect(() => keyring.openJson(sealed, elsewhere)).toThrow()
  })

  test('does not open when any byte is altered, or when it is cut short', () => {
    const sealed = keyring.seal(Buffer.from('secret'), place)
    for (let at = 0; at < sealed.length; at++) {
      const altered = Uint8Array.from(sealed)
      altered[at] = (altered[at] ?? 0) ^ 1
      expect(() => keyring.open(altered, place)).toThrow()
      expect(() => keyring.open(sealed.slice(0, at), place)).toThrow()
    }
  })

  test('never looks the same twice', () => {
    expect(keyring.seal(Buffer.from('a'), place)).not.toEqual(keyring.seal(Buffer.from('a'), place))
  })

  test('still opens after another key has become the current one', () => {
    const rotated = createKeyring({ current: 'k2', keys: { k1, k2 } })
    expect(rotated.openJson(keyring.sealJson('old', place), place)).toBe('old')
    expect(() => keyring.openJson(rotated.sealJson('new', place), place)).toThrow('no encryption key "k2"')
  })
})

test.each([
  ['the current key is missing', { current: 'k2', keys: { k1 } }],
  ['a key is too short', { current: 'k1', keys: { k1, k2: randomBytes(16) } }],
])('there is no keyring when %s', (_why, keys) => {
  expect(() => createKeyring(keys)).toThrow()
})
