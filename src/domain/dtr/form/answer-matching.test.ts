import { describe, expect, it } from 'vitest'
import type { Answer } from './form-state.ts'
import { matchAnswers } from './answer-matching.ts'

const typed = (...words: string[]): Answer[] => words.map((valueString) => ({ valueString }))
const chosen = (...codes: string[]): Answer[] => codes.map((code) => ({ valueCoding: { code } }))
const several = { repeats: true, options: [] }

describe('matchAnswers', () => {
  it.each([
    ['the same answers', typed('a', 'b'), typed('a', 'b'), [0, 1]],
    ['one more', typed('a'), typed('a', 'b'), [0, null]],
    ['one less', typed('a', 'b', 'c'), typed('a', 'c'), [0, 2]],
    ['another order', typed('a', 'b'), typed('b', 'a'), [1, 0]],
    ['one typed anew in its place', typed('a', 'b'), typed('a', 'bb'), [0, 1]],
    ['one typed anew and one less', typed('a', 'b', 'c'), typed('a', 'x'), [0, null]],
    ['the first answer', [], typed('a'), [0]],
    ['several first answers', [], typed('a', 'b'), [0, null]],
    ['the only typed answer taken out', typed('a'), [], [0]],
    ['all taken out', typed('a', 'b'), [], [null]],
    ['another choice', chosen('a', 'b'), chosen('b', 'c'), [1, null]],
    ['another choice alone', chosen('a'), chosen('none'), [null]],
    ['the only choice taken out', chosen('a'), [], [null]],
  ] as const)('%s', (_, before, after, matches) => {
    expect(matchAnswers(several, before, after)).toEqual(matches)
  })

  it('an option is a choice whatever its type', () => {
    const options = typed('a', 'b').map((answer) => ({ answer }) as never)
    expect(matchAnswers({ repeats: true, options }, typed('a'), typed('b'))).toEqual([null])
  })

  it('a question that takes one answer keeps what stands under it', () => {
    expect(matchAnswers({ repeats: false, options: [] }, chosen('a'), chosen('b'))).toEqual([0])
    expect(matchAnswers({ repeats: false, options: [] }, chosen('a'), [])).toEqual([0])
  })

  it('of two equal answers the one that is still the same object stays', () => {
    const [first, second] = typed('a', 'a')
    expect(matchAnswers(several, [first as Answer, second as Answer], [second as Answer])).toEqual([1])
  })
})
