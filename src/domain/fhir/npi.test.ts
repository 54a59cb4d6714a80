import { describe, expect, it } from 'vitest'
import { isNpi } from './npi.ts'

describe('isNpi', () => {
  it('accepts the published example 1234567893', () => expect(isNpi('1234567893')).toBe(true))
  it('catches every single-digit error of it', () => {
    for (let at = 0; at < 10; at++)
      for (const digit of '0123456789') {
        const changed = '1234567893'.slice(0, at) + digit + '1234567893'.slice(at + 1)
        if (changed !== '1234567893') expect(isNpi(changed), changed).toBe(false)
      }
  })
  it('refuses other lengths and letters', () => {
    for (const bad of ['', '123456789', '12345678930', '123456789X']) expect(isNpi(bad)).toBe(false)
  })
})
