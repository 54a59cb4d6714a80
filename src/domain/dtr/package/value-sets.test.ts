import type { ValueSet } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { readConcepts } from './value-sets.ts'

const set = (more: Partial<ValueSet>): ValueSet => ({ resourceType: 'ValueSet', status: 'active', ...more })
const expansion = (total: number | undefined, codes: string[], more: object = {}): ValueSet['expansion'] => ({
  timestamp: '2026-01-01',
  ...(total === undefined ? {} : { total }),
  contains: codes.map((code) => ({ system: 's', code })),
  ...more,
})
const include = (...codes: string[]) => ({ system: 's', concept: codes.map((code) => ({ code })) })
const codes = (valueSet: ValueSet) => readConcepts(valueSet)?.map(({ code }) => code)

describe('the codes of a value set', () => {
  it('are those of a whole expansion, its total counting what cannot be chosen', () => {
    expect(codes(set({ expansion: expansion(undefined, ['a', 'b']) }))).toEqual(['a', 'b'])
    const nested = [
      { abstract: true, code: 'x', contains: [{ code: 'a' }] },
      { inactive: true, code: 'b' },
    ]
    expect(codes(set({ expansion: { timestamp: '', total: 3, contains: nested } }))).toEqual(['a'])
    expect(codes(set({ expansion: expansion(0, []) }))).toEqual([])
  })

  it('are not known from a part of an expansion, but for a definition that lists them', () => {
    expect(codes(set({ expansion: expansion(5000, ['a']) }))).toBeUndefined()
    expect(codes(set({ expansion: expansion(1, ['a'], { offset: 100 }) }))).toBeUndefined()
    const both = set({ expansion: expansion(2, ['a']), compose: { include: [include('a', 'b')] } })
    expect(codes(both)).toEqual(['a', 'b'])
  })

  it('lack those that are excluded, and are not known where it takes a server to say which', () => {
    const compose = (...exclude: NonNullable<ValueSet['compose']>['include']) =>
      set({ compose: { include: [include('a', 'b')], exclude } })
    expect(codes(compose(include('b')))).toEqual(['a'])
    expect(codes(compose({ ...include('b'), system: 'other' }))).toEqual(['a', 'b'])
    expect(codes(compose({ system: 's' }))).toBeUndefined()
    expect(codes(compose({ valueSet: ['http://x'] }))).toBeUndefined()
  })

  it('are not known where others narrow them', () => {
    expect(codes(set({ compose: { include: [{ ...include('a'), valueSet: ['http://x'] }] } }))).toBeUndefined()
    expect(codes(set({ compose: { include: [{ system: 's' }] } }))).toBeUndefined()
  })
})
