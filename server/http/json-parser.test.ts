import { describe, expect, it } from 'vitest'
import { parseStrictJson } from './json-parser.ts'
import { RefusedBody } from './send-failure.ts'

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text))

describe('strict JSON', () => {
  it.each([
    ['an exponent', '{"a":[1, 1e999]}'],
    ['a long number with a short exponent', `[${'9'.repeat(299)}e99]`],
    ['digits without end', `{"a": -${'9'.repeat(400)}}`],
    ['an escaped NUL', '{"a":"\\u0000"}'],
    ['half a character', '{"a":"\\ud83d"}'],
    ['a key that pollutes', '{"a":{"\\u005f_proto__":{}}}'],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow(RefusedBody)
  })

  it('takes what only looks like one of them', () => {
    const body = { id: 'urn:uuid:1e234567-1e23-4e56-8e78-12e345678e99', text: '1e999', price: 1.5e10, code: '7e100' }
    expect(parse(JSON.stringify(body))).toEqual(body)
    expect(parse('[1e10, 2.50E+02 ]')).toEqual([1e10, 250])
  })
})
