import { describe, expect, it } from 'vitest'
import { parseJsonBody } from './http-exchange.ts'

const parse = (text: string): unknown => parseJsonBody(new TextEncoder().encode(text))

describe('a partner’s JSON', () => {
  it.each([
    ['an escaped NUL', String.raw`{"a":"x\u0000y"}`, { a: 'x\ufffdy' }],
    ['half a pair, either half', String.raw`["\ud83d","\uDE00x"]`, ['\ufffd', '\ufffdx']],
    ['two first halves', String.raw`"\ud83d\ud83d\ude00"`, '\ufffd😀'],
    ['a key', String.raw`{"a\u0000":1}`, { 'a\ufffd': 1 }],
  ])('reads what cannot be kept as U+FFFD: %s', (_what, text, value) => {
    expect(parse(text)).toEqual(value)
  })

  it.each([
    ['a whole pair', String.raw`"\ud83d\ude00"`, '😀'],
    ['an escaped backslash before what looks like one', String.raw`"\\u0000 \\ud83d"`, String.raw`\u0000 \ud83d`],
    ['other escapes', String.raw`"\u00e9\n\"\\"`, 'é\n"\\'],
  ])('leaves %s', (_what, text, value) => {
    expect(parse(text)).toBe(value)
  })

  it('says that there is none', () => {
    expect(parse('{"a":')).toBeUndefined()
  })
})
