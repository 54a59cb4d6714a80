/**
 * What CQL of forms that nobody here wrote is like: names without quotes, libraries that come without their text or without
 * FHIRHelpers, code lists made of others. Each is evaluated rightly, or its item says why not.
 */
import type { Library, Questionnaire, QuestionnaireItem, ValueSet } from 'fhir/r4'
import { afterAll, describe, expect, it } from 'vitest'
import { EXT } from '#domain/fhir/canonical.ts'
import { listItems } from '#domain/dtr/form/form-state.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { fillWithCql, type FillOptions } from '../support/cql-form.ts'

const runtime = createCqlRuntime()
afterAll(() => runtime.close())

const now = '2026-11-22T20:30:00-05:00'
const LOINC = 'http://loinc.org'
const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1980-05-01', gender: 'female' }
const observation = (id: string, code: string, value: number, more = {}): SourceResource =>
  ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: LOINC, code }] },
    valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    ...more,
  }) as SourceResource
const chart = [patient as SourceResource, observation('w1', '29463-7', 68.5)]

const CODES = `codesystem "LOINC": '${LOINC}'
code "Weight code": '29463-7' from "LOINC"
`
const HEAD = (name: string, fhir = '4.0.1'): string => `library ${name} version '1'\nusing FHIR version '${fhir}'\n`

type Content = NonNullable<Library['content']>
const textOf = (source: string, contentType = 'text/cql'): Content => [{ contentType, data: btoa(source) }]
const libraryOf = (name: string, content: Content): Library => ({
  resourceType: 'Library',
  url: `http://payer.example/Library/${name}`,
  name,
  status: 'active',
  type: {},
  content,
})

interface Fill extends Partial<FillOptions> {
  readonly chart?: readonly SourceResource[]
  readonly valueSets?: readonly ValueSet[]
}

/** Fills a form with one item per expression; gives answers and reasons by expression. */
async function fill(
  libraries: readonly Library[],
  items: Readonly<Record<string, QuestionnaireItem['type']>>,
  more: Fill = {},
) {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    item: Object.entries(items).map(([expression, type]) => ({
      linkId: expression,
      type,
      extension: [{ url: EXT.initialExpression, valueExpression: { language: 'text/cql', expression } }],
    })),
  }
  const form = { questionnaire, libraries, valueSets: more.valueSets ?? [] }
  const { state, wanted } = await fillWithCql(runtime, form, more.chart ?? chart, { now, ...more })
  const answers = Object.fromEntries(listItems(state).map((item) => [item.linkId, item.answers]))
  const lookups = Object.fromEntries(listItems(state).map((item) => [item.linkId, item.lookup]))
  const foundBy = Object.fromEntries(listItems(state).map((item) => [item.linkId, item.origin?.foundBy]))
  return { answers, lookups, foundBy, searches: wanted.map(({ query }) => query) }
}

describe('CQL of forms that nobody here wrote', () => {
  it('a define of several words is found without its quotes', async () => {
    const source = `${HEAD('Vitals')}context Patient\ndefine "Answer to all": 42\ndefine "Patient, known": true`
    const items = {
      '"Vitals".Answer to all': 'integer',
      'Answer to all': 'integer',
      'Patient, known': 'boolean',
    } as const
    const { answers } = await fill([libraryOf('Vitals', textOf(source))], items)
    expect(answers).toEqual({
      '"Vitals".Answer to all': [{ valueInteger: 42 }],
      'Answer to all': [{ valueInteger: 42 }],
      'Patient, known': [{ valueBoolean: true }],
    })
  })

  it('a retrieve takes its codes from a define, and asks for no others', async () => {
    const source = `${HEAD('Vitals')}${CODES}context Patient
define "Codes": { "Weight code" }
define "Weight": (First([Observation: "Codes"]).value as Quantity).value.value`
    const { answers, searches } = await fill([libraryOf('Vitals', textOf(source))], { Weight: 'decimal' })
    expect(answers).toEqual({ Weight: [{ valueDecimal: 68.5 }] })
    expect(searches).toEqual(['Observation?patient=p1&code=http%3A%2F%2Floinc.org|29463-7'])
  })

  it('FHIRHelpers need not come along', async () => {
    const source = `${HEAD('Vitals')}include FHIRHelpers version '4.0.1' called FHIRHelpers\n${CODES}context Patient
define "Weight": First([Observation: "Weight code"]).value as Quantity
define "Heavy": FHIRHelpers.ToQuantity("Weight") > 60 'kg'
define "Final": First([Observation: "Weight code"]).status = 'final'`
    const { answers } = await fill([libraryOf('Vitals', textOf(source))], { Heavy: 'boolean', Final: 'boolean' })
    expect(answers).toEqual({ Heavy: [{ valueBoolean: true }], Final: [{ valueBoolean: true }] })
  })

  it('nor for CQL in the form itself, whose form brings no library at all', async () => {
    const query = "exists([Observation] O where O.code.coding[0].code = '29463-7')"
    const { answers, lookups } = await fill([], { [query]: 'boolean' })
    expect(answers).toEqual({ [query]: [{ valueBoolean: true }] })
    expect(lookups[query]?.reason ?? null).toBeNull()
  })
  it('CQL under the type of its translation is CQL', async () => {
    const content = textOf(`${HEAD('Vitals')}context Patient\ndefine Yes: true`, 'application/elm+json')
    expect((await fill([libraryOf('Vitals', content)], { Yes: 'boolean' })).answers).toEqual({
      Yes: [{ valueBoolean: true }],
    })
  })

  it.each([
    ['without its text', [{ contentType: 'application/elm+json', url: 'files/Vitals.cql' }], 'cql-no-content'],
    ['for another FHIR', textOf(`${HEAD('Vitals', '3.0.0')}context Patient\ndefine Yes: true`), 'cql-other-fhir'],
    [
      'for another data model',
      textOf(`library Vitals version '1'\nusing QICore version '4.1.1'\ncontext Patient\ndefine Yes: true`),
      'cql-other-model',
    ],
    [
      'translated for another FHIR',
      textOf(
        JSON.stringify({
          library: {
            identifier: { id: 'Vitals' },
            usings: { def: [{ localIdentifier: 'FHIR', version: '3.0.0' }] },
            statements: { def: [{ name: 'Yes', expression: { type: 'Literal', value: 'true' } }] },
          },
        }),
        'application/elm+json',
      ),
      'cql-other-fhir',
    ],
  ])('a library that comes %s says so', async (_how, content, reason) => {
    const { lookups } = await fill([libraryOf('Vitals', content)], { '"Vitals".Yes': 'boolean' })
    expect(lookups['"Vitals".Yes']).toMatchObject({ status: 'failed', reason: { key: `form.lookup.${reason}` } })
  })

  it('an observation without a category is seen; where the EHR insists on one, the answer is in part', async () => {
    const source = `${HEAD('Vitals')}context Patient\ndefine Known: exists([Observation])`
    const library = libraryOf('Vitals', textOf(source))
    const seen = await fill([library], { Known: 'boolean' })
    expect(seen.answers).toEqual({ Known: [{ valueBoolean: true }] })
    expect(seen.searches).toEqual(['Observation?patient=p1'])
    const refusing = await fill([library], { Known: 'boolean' }, { refusedQueries: ['Observation?patient=p1'] })
    expect(refusing.searches[1]).toMatch(/^Observation\?patient=p1&category=vital-signs/)
    expect(refusing.lookups['Known']).toMatchObject({ status: 'partial' })
  })

  it('a tuple that only has a display is a choice of its own words', async () => {
    const source = `${HEAD('Vitals')}context Patient\ndefine Measures: { Tuple { display: 'Bed rails' } }`
    const { answers } = await fill([libraryOf('Vitals', textOf(source))], { Measures: 'open-choice' })
    expect(answers).toEqual({ Measures: [{ valueCoding: { display: 'Bed rails' } }] })
  })

  it('of several orders of one type, an answer says which one it is about', async () => {
    const source = `${HEAD('Orders')}parameter service_request ServiceRequest
parameter all_requests List<ServiceRequest>
context Patient
define Reason: service_request.reasonCode[0].text.value
define Number: Count(all_requests)`
    const order = (id: string): SourceResource =>
      ({ resourceType: 'ServiceRequest', id, reasonCode: [{ text: `reason of ${id}` }] }) as SourceResource
    const items = { '"Orders".Reason': 'string', '"Orders".Number': 'integer' } as const
    const library = libraryOf('Orders', textOf(source))
    const several = await fill([library], items, { orders: [order('s1'), order('s2')] })
    expect(several.answers).toEqual({
      '"Orders".Reason': [{ valueString: 'reason of s1' }],
      '"Orders".Number': [{ valueInteger: 2 }],
    })
    expect(several.foundBy).toEqual({
      '"Orders".Reason': 'Orders.Reason (ServiceRequest/s1)',
      '"Orders".Number': 'Orders.Number',
    })
    const one = await fill([library], items, { orders: [order('s1')] })
    expect(one.foundBy['"Orders".Reason']).toBe('Orders.Reason')
  })

  const inSet = async (...valueSets: readonly Pick<ValueSet, 'url' | 'compose' | 'expansion'>[]) => {
    const source = `${HEAD('Vitals')}valueset "Weights": 'http://vs.example/weights'\ncontext Patient
define Known: exists([Observation: "Weights"])`
    const sets = valueSets.map((one): ValueSet => ({ resourceType: 'ValueSet', status: 'active', ...one }))
    const { answers, lookups } = await fill(
      [libraryOf('Vitals', textOf(source))],
      { Known: 'boolean' },
      { valueSets: sets },
    )
    return answers['Known']?.[0] ?? lookups['Known']?.reason?.key
  }
  const url = 'http://vs.example/weights'
  const concept = [{ code: '29463-7' }]
  const known = { valueBoolean: true }
  const unknown = 'form.lookup.cql-value-set'

  it('a value set is made of others, and leaves codes out', async () => {
    const other = { url: 'http://vs.example/other', compose: { include: [{ system: LOINC, concept }] } }
    const include = [{ valueSet: [other.url] }]
    expect(await inSet({ url, compose: { include } }, other)).toEqual(known)
    const exclude = [{ system: LOINC, concept }]
    expect(await inSet({ url, compose: { include, exclude } }, other)).toEqual({ valueBoolean: false })
  })

  it('a value set whose members are not all known is missing: nobody can say what is not in it', async () => {
    const contains = [{ system: LOINC, code: '1-8' }]
    expect(await inSet({ url, expansion: { timestamp: now, total: 200, contains } })).toBe(unknown)
    expect(await inSet({ url, compose: { include: [{ system: LOINC, filter: [] }] } })).toBe(unknown)
    expect(await inSet({ url, compose: { include: [{ valueSet: [url] }] } })).toBe(unknown)
  })
})
