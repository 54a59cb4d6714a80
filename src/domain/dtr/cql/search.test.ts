import { describe, expect, it } from 'vitest'
import type { CqlLibrary } from './library.ts'
import { narrowerSearch, searchesOf } from './search.ts'
import type { ElmNode } from './elm.ts'

const library = {
  id: 'L',
  elm: {
    identifier: { id: 'L' },
    codeSystems: { def: [{ name: 'LOINC', id: 'http://loinc.org' }] },
    codes: { def: [{ name: 'Weight', id: '29463-7', codeSystem: { name: 'LOINC' } }] },
    valueSets: {
      def: [
        { name: 'Few', id: 'http://vs.example/few' },
        { name: 'Some', id: 'http://vs.example/some' },
        { name: 'Many', id: 'http://vs.example/many' },
        { name: 'None', id: 'http://vs.example/none' },
      ],
    },
    statements: {
      def: [{ name: 'Weights', expression: { type: 'List', element: [{ type: 'CodeRef', name: 'Weight' }] } }],
    },
  },
} as unknown as CqlLibrary
const user = {
  id: 'U',
  elm: { identifier: { id: 'U' }, includes: { def: [{ localIdentifier: 'Own', path: 'L' }] } },
} as unknown as CqlLibrary
const MANY = { few: 2, some: 400, many: 4_000, none: 0 }
const codesOf = (canonical: string) =>
  canonical.endsWith('few')
    ? [{ system: 's', code: 'a,b' }, { code: 'c' }]
    : Array.from({ length: MANY[canonical.split('/').at(-1) as keyof typeof MANY] }, (_none, index) => ({
        system: 's',
        code: String(index),
      }))

function searches(...nodes: Omit<ElmNode, 'type'>[]) {
  return searchesIn(library, ...nodes)
}
function searchesIn(own: CqlLibrary, ...nodes: Omit<ElmNode, 'type'>[]) {
  const retrieves = nodes.map((node) => ({ library: own, node: { type: 'Retrieve', ...node } }))
  const found = searchesOf(retrieves, { patientId: 'p1', libraries: [library, user], codesOf })
  return found.ok ? found.value : found.error
}
const fhir = (type: string) => `{http://hl7.org/fhir}${type}`

describe('retrieves as searches', () => {
  it('a retrieve by code is a search by code', () => {
    const codes = { type: 'ToList', operand: { type: 'CodeRef', name: 'Weight' } }
    expect(searches({ dataType: fhir('Observation'), codeProperty: 'code', codes })).toEqual({
      searches: ['Observation?patient=p1&code=http%3A%2F%2Floinc.org|29463-7'],
      referenced: [],
    })
  })

  it.each([
    ['named in another library', { type: 'ToList', operand: { type: 'CodeRef', name: 'Weight', libraryName: 'Own' } }],
    ['listed by a define', { type: 'ToList', operand: { type: 'ExpressionRef', name: 'Weights', libraryName: 'Own' } }],
  ])('a code %s is a code all the same', (_how, codes) => {
    expect(searchesIn(user, { dataType: fhir('Observation'), codeProperty: 'code', codes })).toMatchObject({
      searches: ['Observation?patient=p1&code=http%3A%2F%2Floinc.org|29463-7'],
    })
  })

  it('a value set without codes asks for nothing', () => {
    const codes = { type: 'ValueSetRef', name: 'None' }
    expect(searches({ dataType: fhir('Condition'), codeProperty: 'code', codes })).toMatchObject({ searches: [] })
  })

  it('a small value set is its codes, a large one the type as a whole', () => {
    const by = (name: string) => ({ codeProperty: 'code', codes: { type: 'ValueSetRef', name } })
    expect(searches({ dataType: fhir('Condition'), ...by('Few') })).toMatchObject({
      searches: ['Condition?patient=p1&code=s|a%2Cb,c'],
    })
    expect(searches({ dataType: fhir('Condition'), ...by('Some') })).toMatchObject({
      searches: ['Condition?patient=p1'],
    })
  })

  it('Observation, of which there are many, is searched for in parts before as a whole', () => {
    const by = (name: string) => ({ codeProperty: 'code', codes: { type: 'ValueSetRef', name } })
    const found = searches({ dataType: fhir('Observation'), ...by('Some') })
    const parts = 'searches' in found ? found.searches : []
    expect(parts).toHaveLength(2)
    expect(parts.flatMap((part) => part.split('code=')[1]?.split(','))).toHaveLength(400)
    expect(searches({ dataType: fhir('Observation'), ...by('Many') })).toMatchObject({
      searches: ['Observation?patient=p1'],
    })
  })

  it('Observation without a code is asked for by patient, and where that is refused by category', () => {
    expect(searches({ dataType: fhir('Observation') })).toMatchObject({ searches: ['Observation?patient=p1'] })
    expect(narrowerSearch('Observation?patient=p1')).toMatch(/^Observation\?patient=p1&category=vital-signs,laboratory/)
    expect(narrowerSearch('Observation?patient=p1&code=s|c')).toBeNull()
    expect(narrowerSearch('Condition?patient=p1')).toBeNull()
  })

  it('medication orders without a code are asked for by status', () => {
    const { searches: made } = searches({ dataType: fhir('MedicationRequest') }) as { searches: readonly string[] }
    expect(made[0]).toMatch(/^MedicationRequest\?patient=p1&status=active/)
  })

  it('a search for everything of a type covers those by code', () => {
    const codes = { type: 'ValueSetRef', name: 'Few' }
    expect(
      searches({ dataType: fhir('Condition'), codeProperty: 'code', codes }, { dataType: fhir('Condition') }),
    ).toMatchObject({ searches: ['Condition?patient=p1'] })
  })

  it('the patient is there already, and what is outside the compartment is read by reference', () => {
    expect(searches({ dataType: fhir('Patient') }, { dataType: fhir('Practitioner') })).toEqual({
      searches: [],
      referenced: ['Practitioner'],
    })
  })

  it('a type of another model cannot be searched for, and says so', () => {
    expect(searches({ dataType: '{urn:other}Thing' })).toMatchObject({ key: 'form.lookup.cql-unsearchable' })
  })
})
