import { describe, expect, it } from 'vitest'
import { findProvenance } from './provenance.ts'
import type { SourceResource } from '../expression/expression.ts'

const saturation: SourceResource = {
  resourceType: 'Observation',
  id: 'o1',
  code: { coding: [{ system: 'http://loinc.org', code: '59417-6' }] },
  effectiveDateTime: '2020-07-01T10:40:10+01:00',
  valueQuantity: { value: 87, unit: '%', code: '%' },
} as SourceResource
const copd: SourceResource = {
  resourceType: 'Condition',
  id: 'c1',
  code: {
    coding: [
      { system: 'http://snomed.info/sct', code: '13645005' },
      { system: 'icd', code: 'J44.9' },
    ],
  },
} as SourceResource

describe('where a CQL value was found', () => {
  it.each<[string, unknown, SourceResource, string | null]>([
    ['a code', { system: 'icd', code: 'J44.9' }, copd, 'Condition.code.coding[1]'],
    ['a quantity, under the name of its choice element', { value: 87, code: '%' }, saturation, 'Observation.value'],
    [
      'an instant that the engine wrote out longer',
      '2020-07-01T10:40:10.000+01:00',
      saturation,
      'Observation.effective',
    ],
    ['a resource', { resourceType: 'Condition', id: 'c1' }, copd, null],
  ])('%s names its resource and place', (_name, value, resource, path) => {
    expect(findProvenance([{ type: 'x', value }], [saturation, copd])).toEqual({
      sources: [{ resource, path }],
      computed: false,
    })
  })

  it('a value that stands nowhere was computed from what was looked at', () => {
    expect(findProvenance([{ type: 'boolean', value: true }], [saturation, copd])).toEqual({
      sources: [
        { resource: saturation, path: null },
        { resource: copd, path: null },
      ],
      computed: true,
    })
  })

  it('says nothing of the basis of a value that was computed from very much', () => {
    const many = Array.from({ length: 21 }, (_none, index) => ({ ...copd, id: String(index) }))
    expect(findProvenance([{ type: 'integer', value: 21 }], many)).toEqual({ sources: [], computed: true })
  })

  it('no value has no source', () => {
    expect(findProvenance([], [copd]).sources).toEqual([])
  })
})
