import { describe, expect, it } from 'vitest'
import { ok } from '../../result.ts'
import { fillQuery, type EmbeddedValue } from './fhir-query.ts'

const read = (type: string, value: unknown): EmbeddedValue => ({ type, value, isRead: true })
const written = (value: unknown): EmbeddedValue => ({ type: 'string', value, isRead: false })

const fill = (query: string, ...values: EmbeddedValue[]) => fillQuery(query, () => ok(values))
const parameter = (...values: EmbeddedValue[]) => {
  const filled = fill('Observation?p={{x}}', ...values)
  return filled.ok ? decodeURIComponent((filled.value ?? '').replace('Observation?p=', '')) : filled.error
}
const KG = { system: 'http://unitsofmeasure.org', code: 'kg', unit: 'kg' }

describe('a value in a search', () => {
  it.each<[EmbeddedValue, string]>([
    [read('Coding', { system: 'http://loinc.org', code: '1-8', display: 'x' }), 'http://loinc.org|1-8'],
    [read('Coding', { code: '1-8' }), '1-8'],
    [
      read('CodeableConcept', { coding: [{ system: 's', code: 'a' }, { display: 'only words' }, { code: 'b' }] }),
      's|a,b',
    ],
    [read('Quantity', { value: 5.4, ...KG }), '5.4|http://unitsofmeasure.org|kg'],
    [read('Age', { value: 5, comparator: '<=', unit: 'years' }), 'le5||years'],
    [read('Quantity', { value: 0 }), '0'],
    [read('Identifier', { system: 'urn:mrn', value: '1|2' }), 'urn:mrn|1\\|2'],
    [read('Reference', { reference: 'Practitioner/1' }), 'Practitioner/1'],
    [read('Patient', { resourceType: 'Patient', id: 'p' }), 'p'],
    [read('string', 'Roe, Jo|x'), 'Roe\\, Jo\\|x'],
    [read('date', '2026-01-01'), '2026-01-01'],
    [written('http://loinc.org|29463-7'), 'http://loinc.org|29463-7'],
    [written('a,b'), 'a,b'],
    [written(false), 'false'],
  ])('is written as its type is: %o', (value, text) => {
    expect(parameter(value)).toBe(text)
  })

  it('stands beside others by a comma', () => {
    expect(parameter(read('code', 'a'), read('code', 'b'))).toBe('a,b')
  })

  it.each<[EmbeddedValue]>([
    [read('Period', { start: '2024' })],
    [read('HumanName', { family: 'x' })],
    [read('Reference', { identifier: { system: 's', value: 'v' } })],
    [read('Coding', { display: 'd' })],
    [read('CodeableConcept', { text: 't' })],
    [read('Quantity', { unit: 'kg' })],
    [read('Patient', { resourceType: 'Patient' })],
  ])('is refused by its type where nothing can be searched by it: %o', (value) => {
    expect(parameter(value)).toEqual({ key: 'form.lookup.unsearchable-value', params: { found: value.type } })
  })
})

describe('a search', () => {
  it('is not made where a value is missing', () => {
    expect(fill('Observation?p={{x}}')).toEqual(ok(null))
    expect(fill('Observation?p={{x}}', written(''))).toEqual(ok(null))
  })

  it.each(['Observation?patient=1&code=', 'Observation?code=&patient=1', 'Observation?patient=1&code'])(
    'with an empty parameter is refused: %s',
    (query) => {
      expect(fill(query)).toMatchObject({
        error: { key: 'form.lookup.empty-parameter', params: { parameter: 'code' } },
      })
    },
  )

  it.each([
    'https://other.example/fhir/Observation?code=1',
    'Patient/1/Observation?code=1',
    'Observation/$lastn?code=1',
    '../Observation?code=1',
    '?code=1',
  ])('that goes elsewhere is refused: %s', (query) => {
    expect(fill(query)).toMatchObject({ error: { key: 'form.lookup.not-a-search', params: { query } } })
  })

  it('that is a read may have its reference or id from an expression', () => {
    expect(fill('{{x}}', read('string', 'Practitioner/dr1'))).toEqual(ok('Practitioner/dr1'))
    expect(fill('{{x}}', read('Reference', { reference: 'Practitioner/dr1' }))).toEqual(ok('Practitioner/dr1'))
    expect(fill("Practitioner/{{x.split('?')}}", read('id', 'dr1'))).toEqual(ok('Practitioner/dr1'))
    for (const elsewhere of ['https://other.example/Practitioner/dr1', '#dr1', 'Practitioner/1?x=y'])
      expect(fill('{{x}}', read('string', elsewhere)).ok).toBe(false)
    expect(fill('{{x}}', read('string', 'Practitioner/1'), read('string', 'Practitioner/2')).ok).toBe(false)
  })
})
