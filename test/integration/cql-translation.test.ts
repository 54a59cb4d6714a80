/** CQL without ELM: libraries and expressions of a form translated in a thread, then run like any other. */
import type { Extension, Library, Questionnaire } from 'fhir/r4'
import { afterAll, describe, expect, it } from 'vitest'
import { EXT } from '#domain/fhir/canonical.ts'
import { listItems } from '#domain/dtr/form-state.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { fillWithCql, type FormToFill } from '../support/cql-form.ts'

const runtime = createCqlRuntime()
afterAll(() => runtime.close())

const now = '2026-11-22T20:30:00-05:00'
const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1980-05-01', gender: 'female' }
const weight = {
  resourceType: 'Observation',
  id: 'w1',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  valueQuantity: { value: 68.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
}

const initial = (expression: string, language = 'text/cql'): Extension[] => [
  { url: EXT.initialExpression, valueExpression: { language, expression } },
]

function formOf(source: string, items: NonNullable<Questionnaire['item']>): FormToFill {
  const library: Library = {
    resourceType: 'Library',
    id: 'vitals',
    url: 'http://payer.example/Library/vitals',
    name: 'VitalsLibrary',
    status: 'active',
    type: {},
    content: [{ contentType: 'text/cql', data: btoa(source) }],
  }
  return {
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      extension: [{ url: EXT.cqfLibrary, valueCanonical: 'http://payer.example/Library/vitals' }],
      item: items,
    },
    libraries: [library],
    valueSets: [],
  }
}

const VITALS = `// Vital signs
library Vitals version '1.0.0'
using FHIR version '4.0.1'
codesystem "LOINC": 'http://loinc.org'
code "Weight": '29463-7' from "LOINC"
context Patient
define "Weights": [Observation: "Weight"]
define "LatestWeight": First("Weights").value as Quantity
define "WeightInKg": (First("Weights").value as Quantity).value.value
`

describe('CQL without ELM', () => {
  it('is translated and run, and found by each of the library’s names', async () => {
    const form = formOf(VITALS, [
      { linkId: 'quantity', type: 'quantity', extension: initial('"Vitals".LatestWeight') },
      { linkId: 'number', type: 'decimal', extension: initial('VitalsLibrary.WeightInKg') },
      { linkId: 'bare', type: 'decimal', extension: initial('WeightInKg', 'text/cql-identifier') },
    ])
    const { state, wanted } = await fillWithCql(runtime, form, [patient, weight], { now })
    expect(wanted.map(({ query }) => query)).toEqual(['Observation?patient=p1&code=http%3A%2F%2Floinc.org|29463-7'])
    expect(listItems(state).map(({ answers }) => answers)).toEqual([
      [{ valueQuantity: weight.valueQuantity }],
      [{ valueDecimal: 68.5 }],
      [{ valueDecimal: 68.5 }],
    ])
  })

  it('an expression of the form itself is too, with the form’s libraries at hand and the tenant’s date', async () => {
    const form = formOf(VITALS, [
      { linkId: 'due', type: 'date', extension: initial('Today() + 14 days') },
      { linkId: 'rounded', type: 'decimal', extension: initial('Round("Vitals".WeightInKg)', 'text/cql-expression') },
      { linkId: 'age', type: 'integer', extension: initial('AgeInYears()') },
    ])
    const { state } = await fillWithCql(runtime, form, [patient, weight], { now })
    const answers = Object.fromEntries(listItems(state).map((item) => [item.linkId, item.answers]))
    expect(answers['due']).toEqual([{ valueDate: '2026-12-06' }])
    expect(answers['rounded']).toEqual([{ valueDecimal: 69 }])
    expect(answers['age']).toEqual([{ valueInteger: 46 }])
  })

  it('with errors is not run, and says so; the rest of the form is filled', async () => {
    const form = formOf(VITALS, [
      { linkId: 'wrong', type: 'date', extension: initial('Today( + nonsense') },
      { linkId: 'right', type: 'date', extension: initial('Today()') },
    ])
    const { state } = await fillWithCql(runtime, form, [patient], { now })
    const [wrong, right] = listItems(state)
    expect(wrong?.lookup).toMatchObject({ status: 'failed', reason: { key: 'form.lookup.cql-untranslated' } })
    expect(right?.answers).toEqual([{ valueDate: '2026-11-22' }])
  })

  it('a library with errors is not run, and each of its expressions says so', async () => {
    const form = formOf(`library Vitals\nusing FHIR version '4.0.1'\ncontext Patient\ndefine X: 1 + 'a' * {}`, [
      { linkId: 'named', type: 'integer', extension: initial('"Vitals".X') },
      { linkId: 'bare', type: 'integer', extension: initial('X') },
    ])
    const { state } = await fillWithCql(runtime, form, [patient], { now })
    expect(listItems(state).map(({ lookup }) => lookup?.reason)).toEqual([
      { key: 'form.lookup.cql-untranslated', params: { name: 'Vitals' } },
      { key: 'form.lookup.cql-untranslated', params: { name: 'Vitals' } },
    ])
  })
})
