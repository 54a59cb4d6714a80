import { describe, expect, it } from 'vitest'
import {
  answerIndexBelow,
  answerPlace,
  childKey,
  isBelow,
  linkIdOf,
  ownerOf,
  parentKey,
  parseItemKey,
  placeOf,
  sectionKey,
} from './item-key.ts'

describe('the key of what stands under an answer', () => {
  const first = childKey(answerPlace('g:2/drug', 0), 'dose')
  const second = childKey(answerPlace('g:2/drug', 1), 'why', 0)

  it('is that of the question itself for the first answer, as in forms that were saved before', () => {
    expect(first).toBe('g:2/drug/dose')
    expect(second).toBe('g:2/drug/:1/why:0')
  })

  it('leads to the item around it, and tells which of its answers is meant', () => {
    expect([parentKey(first), parentKey(second), parentKey('g:2/drug'), parentKey('g')]).toEqual([
      'g:2/drug',
      'g:2/drug',
      'g:2',
      null,
    ])
    expect([placeOf(first), placeOf(second)]).toEqual(['g:2/drug', 'g:2/drug/:1'])
    expect(ownerOf('g:2/drug/:1')).toBe('g:2/drug')
    expect([answerIndexBelow('g:2/drug', first), answerIndexBelow('g:2/drug', `${second}/reason`)]).toEqual([0, 1])
    expect([linkIdOf(second), sectionKey(second), isBelow(second, 'g:2/drug')]).toEqual(['why', 'g:2', true])
    expect(parseItemKey(second).map(({ linkId }) => linkId)).toEqual(['g', 'drug', 'why'])
  })

  it('is never that of a link id that looks like it', () => {
    expect(parentKey(childKey('drug', ':1'))).toBe('drug')
    expect(answerIndexBelow('drug', childKey('drug', ':1'))).toBe(0)
  })
})
