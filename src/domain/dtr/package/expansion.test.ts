import { describe, expect, it } from 'vitest'
import { buildExpandQuery, filterConcepts, parseExpansion } from './expansion.ts'

const expansion = (extra: object = {}) => ({
  resourceType: 'ValueSet',
  status: 'active',
  expansion: {
    timestamp: '2026-11-22',
    contains: [{ system: 's', code: 'g', contains: [{ system: 's', code: 'E0470', display: 'Respiratory device' }] }],
    ...extra,
  },
})

describe('an expansion', () => {
  it('is asked for by url with its version, and by what was typed', () => {
    expect(buildExpandQuery('https://p.example/v|1', 'a b', 50)).toBe(
      'url=https%3A%2F%2Fp.example%2Fv%7C1&filter=a+b&count=50',
    )
    expect(buildExpandQuery('https://p.example/v', null, null)).toBe('url=https%3A%2F%2Fp.example%2Fv')
  })
  it('gives its codes at every depth, and says where they are not all', () => {
    expect(parseExpansion(expansion())).toMatchObject({
      ok: true,
      value: { complete: true, concepts: [{ code: 'g' }, { code: 'E0470' }] },
    })
    expect(parseExpansion(expansion({ total: 900 }))).toMatchObject({ ok: true, value: { complete: false } })
  })
  it.each([[null], [{ resourceType: 'ValueSet' }], [expansion({ contains: {} })], [expansion({ contains: [null] })]])(
    '%j is no expansion, and not an empty one',
    (body) => {
      expect(parseExpansion(body)).toMatchObject({ ok: false, error: { reason: 'expansion-nonsense' } })
    },
  )
  it('finds by display or code, what begins with the text first', () => {
    const concepts = [{ code: 'x', display: 'Other device' }, { code: 'y', display: 'Device' }, { code: 'z' }]
    expect(filterConcepts(concepts, ' device').map(({ code }) => code)).toEqual(['y', 'x'])
    expect(filterConcepts(concepts, '')).toHaveLength(3)
  })
})
