import { describe, expect, it } from 'vitest'
import type { CqlResult } from './result.ts'
import { readCqlValues } from './values.ts'

const code: CqlResult = { kind: 'code', code: 'J44.9', system: 'http://hl7.org/fhir/sid/icd-10-cm', display: 'COPD' }
const text = (value: string): CqlResult => ({ kind: 'string', value })
const list = (...items: CqlResult[]): CqlResult => ({ kind: 'list', items })

describe('CQL results as FHIR values', () => {
  it.each<[string, CqlResult, unknown]>([
    ['null is no value', { kind: 'null' }, []],
    ['the word null is no value', text('null'), []],
    [
      'a list is unwrapped',
      list(list(text('a')), { kind: 'null' }, text('b')),
      [
        { type: 'string', value: 'a' },
        { type: 'string', value: 'b' },
      ],
    ],
    ['false is a value', { kind: 'boolean', value: false }, [{ type: 'boolean', value: false }]],
    ['a whole number is an integer', { kind: 'number', value: 3 }, [{ type: 'integer', value: 3 }]],
    ['a fraction is a decimal', { kind: 'number', value: 3.5 }, [{ type: 'decimal', value: 3.5 }]],
    ['a date keeps its precision', { kind: 'date', value: '2024-04' }, [{ type: 'date', value: '2024-04' }]],
    [
      'a date-time keeps its offset',
      { kind: 'dateTime', value: '2020-07-01T10:40:10+01:00' },
      [{ type: 'dateTime', value: '2020-07-01T10:40:10+01:00' }],
    ],
    [
      'a quantity is in UCUM',
      { kind: 'quantity', value: 5, unit: 'mg' },
      [{ type: 'Quantity', value: { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } }],
    ],
    [
      'a calendar word is a UCUM code',
      { kind: 'quantity', value: 2, unit: 'weeks' },
      [{ type: 'Quantity', value: { value: 2, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' } }],
    ],
    [
      'a quantity without a unit is a bare value',
      { kind: 'quantity', value: 2, unit: '1' },
      [{ type: 'Quantity', value: { value: 2 } }],
    ],
    [
      'a code is a Coding',
      code,
      [{ type: 'Coding', value: { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J44.9', display: 'COPD' } }],
    ],
    [
      'a concept is a CodeableConcept',
      { kind: 'concept', codes: [code], display: 'COPD' },
      [
        {
          type: 'CodeableConcept',
          value: {
            coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J44.9', display: 'COPD' }],
            text: 'COPD',
          },
        },
      ],
    ],
    [
      'a tuple that spells a coding is one',
      { kind: 'tuple', elements: { code: text('x'), display: text('X') } },
      [{ type: 'Coding', value: { code: 'x', display: 'X' } }],
    ],
    [
      'another tuple keeps its elements',
      { kind: 'tuple', elements: { RxNorm: text('x'), Dose: { kind: 'null' } } },
      [{ type: 'Tuple', value: { RxNorm: 'x' } }],
    ],
    [
      'an interval of dates is a Period, open where it is open',
      { kind: 'interval', low: { kind: 'date', value: '2024-01-01' }, high: { kind: 'null' } },
      [{ type: 'Period', value: { start: '2024-01-01' } }],
    ],
    [
      'an interval of numbers is a Range',
      { kind: 'interval', low: { kind: 'number', value: 1 }, high: { kind: 'quantity', value: 2, unit: 'mg' } },
      [
        {
          type: 'Range',
          value: {
            low: { value: 1 },
            high: { value: 2, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
          },
        },
      ],
    ],
    ['a FHIR primitive is its value', { kind: 'fhir', type: 'code', value: 'male' }, [{ type: 'code', value: 'male' }]],
    [
      'a resource is of its own type',
      { kind: 'fhir', type: 'Resource', value: { resourceType: 'Device', id: 'd' } },
      [{ type: 'Device', value: { resourceType: 'Device', id: 'd' } }],
    ],
  ])('%s', (_name, result, values) => {
    expect(readCqlValues(result)).toEqual(values)
  })
})
