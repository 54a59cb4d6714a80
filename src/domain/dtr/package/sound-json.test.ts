import { describe, expect, it } from 'vitest'
import { readSoundJson } from './sound-json.ts'

describe('JSON of a payer, made safe to read', () => {
  it('is handed on as it is where nothing is wrong', () => {
    const sound = { resourceType: 'ValueSet', name: ['a', null], expansion: { contains: [{ code: 'x' }] } }
    expect(readSoundJson(sound)).toBe(sound)
  })

  it('loses what says nothing, and what is never of its kind', () => {
    const content = [null, 'x', { contentType: 5, data: 'eA==' }]
    const coding = { system: 7, code: 'x' }
    const expression = { language: null, expression: ['x'] }
    expect(
      readSoundJson({ url: null, content, coding: 'x', item: [{ code: [coding], valueExpression: expression }] }),
    ).toEqual({
      content: [{ data: 'eA==' }],
      item: [{ code: [{ code: 'x' }], valueExpression: {} }],
    })
  })

  it('nesting without end is left alone', () => {
    let deep: unknown = null
    for (let level = 0; level < 20_000; level += 1) deep = { item: [deep] }
    expect(() => readSoundJson(deep)).not.toThrow()
  })
})
