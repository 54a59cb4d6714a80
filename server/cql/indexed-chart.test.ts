/** The indexed chart and its elements give the engine what plain cql-exec-fhir gives it, for whatever a chart holds. */
import cql from 'cql-execution'
import cqlFhir from 'cql-exec-fhir'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeResult } from './encode-result.ts'
import { EngineSession } from './engine-session.ts'
import { IndexedChart } from './indexed-chart.ts'

const coding = fc.record(
  {
    system: fc.constantFrom('http://loinc.org', 'http://snomed.info/sct'),
    code: fc.constantFrom('a', 'b', 'c'),
    display: fc.constantFrom('A', 'B'),
  },
  { requiredKeys: [] },
)
const concept = fc.record({ coding: fc.array(coding, { maxLength: 3 }), text: fc.constant('t') }, { requiredKeys: [] })
const date = fc.constantFrom('2024', '2024-03', '2024-03-01', '2024-03-01T10:00:00Z', '2024-03-01T11:00:00+01:00')
const observation = fc.record(
  {
    resourceType: fc.constant('Observation'),
    status: fc.constantFrom('final', 'amended'),
    code: concept,
    category: fc.array(concept, { maxLength: 2 }),
    effectiveDateTime: date,
    valueQuantity: fc.record({ value: fc.integer({ max: 5, min: 0 }), unit: fc.constantFrom('%', 'kg') }),
  },
  { requiredKeys: ['resourceType'] },
)
const medication = fc.record(
  {
    resourceType: fc.constant('MedicationRequest'),
    medicationCodeableConcept: concept,
    medicationReference: fc.constant({ reference: 'Medication/1' }),
    authoredOn: date,
  },
  { requiredKeys: ['resourceType'] },
)
const chart = fc
  .array(fc.oneof(observation, medication), { maxLength: 12 })
  .map((resources) => resources.map((resource, index) => ({ ...resource, id: `r${String(index)}` })))

const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1980-05-01' }
const FHIR = '{http://hl7.org/fhir}'
const retrieve = (type: string, more: object = {}) => ({ type: 'Retrieve', dataType: `${FHIR}${type}`, ...more })
const byCode = (type: string, codeProperty: string, name: string) =>
  retrieve(type, { codeProperty, codeComparator: 'in', codes: { type: 'ValueSetRef', name } })
const ref = (name: string) => ({ type: 'ExpressionRef', name })
const each = (name: string, path: string) => ({
  type: 'Query',
  source: [{ alias: 'r', expression: ref(name) }],
  relationship: [],
  return: { distinct: true, expression: { type: 'Property', path, scope: 'r' } },
})
const DEFINES: Readonly<Record<string, object>> = {
  All: retrieve('Observation'),
  Coded: byCode('Observation', 'code', 'VS'),
  Medications: byCode('MedicationRequest', 'medication', 'VS'),
  Categories: byCode('Observation', 'category', 'VS'),
  Others: { type: 'Except', operand: [ref('All'), ref('Coded')] },
  Both: { type: 'Union', operand: [ref('Coded'), ref('Categories')] },
  Common: { type: 'Intersect', operand: [ref('Coded'), ref('Categories')] },
  Codes: each('All', 'code'),
  Values: each('All', 'value'),
  Times: each('All', 'effective'),
  Statuses: each('All', 'status.value'),
}
const library = {
  identifier: { id: 'L', version: '1' },
  valueSets: { def: [{ name: 'VS', id: 'http://vs.example/1' }] },
  statements: { def: Object.entries(DEFINES).map(([name, expression]) => ({ name, context: 'Patient', expression })) },
}
const codes = [
  { system: 'http://loinc.org', code: 'a' },
  { system: 'http://snomed.info/sct', code: 'b' },
]

const source = cqlFhir.PatientSource.FHIRv401()

/** What plain cql-execution gives, as JSON. */
async function plainly(resources: readonly object[]): Promise<Record<string, unknown>> {
  source.reset()
  source.loadBundles([{ resourceType: 'Bundle', entry: [patient, ...resources].map((resource) => ({ resource })) }])
  const repository = new cql.Repository({ L: { library } })
  const service = new cql.CodeService({ 'http://vs.example/1': { '': codes } })
  const executor = new cql.Executor(repository.resolve('L', '1'), service)
  const results = await executor.exec(source, cql.DateTime.parse('2024-04-07T10:00:00.000+00:00') as never)
  return results.patientResults['p1'] as Record<string, unknown>
}

const jsonOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value ?? null
  return '_json' in value ? value._json : encodeResult(value)
}

describe('the indexed chart', () => {
  it('gives every define the result that it has without an index', async () => {
    await fc.assert(
      fc.asyncProperty(chart, async (resources) => {
        const plain = await plainly(resources)
        const session = new EngineSession({
          libraries: [{ library: structuredClone(library) as never }],
          valueSets: [['http://vs.example/1', codes]],
          parameters: [],
          patient,
          now: '2024-04-07T10:00:00Z',
        })
        session.add(resources)
        for (const define of Object.keys(DEFINES)) {
          const result = await session.evaluate({ library: 'L', version: '1', define })
          const values = result.kind === 'list' ? result.items : [result]
          const own = values.map((value) => ('value' in value ? value.value : null))
          const expected = [plain[define]].flat().map(jsonOf)
          expect({ define, values: own }).toEqual({ define, values: expected.map(valueOf) })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('holds a resource once, and finds it by each of its codes in chart order', () => {
    const own = new IndexedChart()
    const two = { resourceType: 'Observation', id: '2', code: { coding: [{ code: 'b' }, { code: 'a' }] } }
    const one = { resourceType: 'Observation', id: '1', code: { coding: [{ code: 'a' }] } }
    own.add([two, one, { ...one }])
    const find = (code: string) =>
      own
        .findRecords('Observation', { datatype: `${FHIR}Observation`, codeProperty: 'code', codes: [{ code }] })
        .map((record) => record.getId())
    expect(find('a')).toEqual(['2', '1'])
    expect(find('b')).toEqual(['2'])
    expect(find('z')).toEqual([])
  })
})

/** A primitive's JSON is its value. */
function valueOf(json: unknown): unknown {
  const isPrimitive = typeof json === 'object' && json !== null && Object.keys(json).join() === 'value'
  return isPrimitive && typeof (json as { value: unknown }).value !== 'object'
    ? (json as { value: unknown }).value
    : json
}
