import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern } from './safe-pattern.ts'

const matches = (pattern: string, text: string) => compilePattern(pattern)?.(text)

describe('a pattern of the payer', () => {
  it.each([
    ['\\d{3}-\\d{4}', '555-1234', true],
    ['\\d{3}-\\d{4}', '555-12345', false],
    ['[A-Z][a-z]+', 'Oster', true],
    ['[^0-9]*', 'abc1', false],
    ['(ab|c)+', 'abcab', true],
    ['(ab|c)+', 'aba', false],
    ['a{2,3}', 'aaaa', false],
    ['a{2,}', 'aaaa', true],
    ['^(?:x|y)?$', '', true],
    ['(?<year>\\d{4})', '2026', true],
    ['\\bcat\\b', 'cat', true],
    ['[\\]x]', ']', true],
    ['.', '\u{1f600}', true],
    ['\\p{L}+', 'Ñandú', true],
    ['(a|)b', 'b', true],
    ['((a|b)c|d(e|f))*', 'acdfbc', true],
  ])('%s and "%s": %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it.each(['(?=a)a', '(a)\\1', '(', '[', 'a{5000}', '(((a{50}){50}){50})', '\\k<n>'])(
    '%s is not enforced',
    (pattern) => {
      expect(compilePattern(pattern)).toBeNull()
    },
  )

  it('made to backtrack for ever ends at once', () => {
    const start = performance.now()
    for (const pattern of ['(a+)+b', '(a|a)*b', '(a*)*b', 'a*a*a*a*a*a*a*b', '(.*)(.*)(.*)(.*)(.*)b'])
      expect(matches(pattern, 'a'.repeat(2_000))).toBe(false)
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  it('and a text too long for it cannot be told', () => {
    expect(matches('(ab?){500}', 'a'.repeat(100_000))).toBeNull()
  })

  it('gives what the platform gives', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\w', '(a|bc)', '(?:b)', 'c')
    const part = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,1}?', '+?'))
      .map((both) => both.join(''))
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    const alternatives = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(alternatives, text, (source, subject) => {
        expect(matches(source, subject)).toBe(new RegExp(`^(?:${source})$`, 'u').test(subject))
      }),
      { numRuns: 2_000 },
    )
  })
})
