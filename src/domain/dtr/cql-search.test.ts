import { describe, expect, it } from 'vitest'
import type { CqlLibrary } from './cql-library.ts'
import { searchesOf } from './cql-search.ts'
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
        { name: 'Many', id: 'http://vs.example/many' },
      ],
    },
  },
} as unknown as CqlLibrary
const codesOf = (canonical: string) =>
  canonical.endsWith('few')
    ? [{ system: 's', code: 'a,b' }, { code: 'c' }]
    : Array.from({ length: 400 }, (_none, index) => ({ system: 's', code: String(index) }))

function searches(...nodes: Omit<ElmNode, 'type'>[]) {
  const retrieves = nodes.map((node) => ({ library, node: { type: 'Retrieve', ...node } }))
  const found = searchesOf(retrieves, 'p1', codesOf)
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

  it('a small value set is its codes, a large one the type as a whole', () => {
    const by = (name: string) => ({ codeProperty: 'code', codes: { type: 'ValueSetRef', name } })
    expect(searches({ dataType: fhir('Condition'), ...by('Few') })).toMatchObject({
      searches: ['Condition?patient=p1&code=s|a%2Cb,c'],
    })
    expect(searches({ dataType: fhir('Condition'), ...by('Many') })).toMatchObject({
      searches: ['Condition?patient=p1'],
    })
  })

  it('Observation without a code is asked for by category, medication orders by status', () => {
    const { searches: made } = searches({ dataType: fhir('Observation') }, { dataType: fhir('MedicationRequest') }) as {
      searches: readonly string[]
    }
    expect(made[0]).toMatch(/^Observation\?patient=p1&category=vital-signs,laboratory/)
    expect(made[1]).toMatch(/^MedicationRequest\?patient=p1&status=active/)
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
