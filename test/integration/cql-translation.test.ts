/** CQL without ELM: libraries and expressions of a form translated in a thread, then run like any other. */
import type { Extension, Library, Questionnaire } from 'fhir/r4'
import { afterAll, describe, expect, it } from 'vitest'
import { EXT } from '#domain/fhir/canonical.ts'
import { listItems } from '#domain/dtr/form/form-state.ts'
import { createCqlTranslator } from '../../server/cql/cql-translator.ts'
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

  it('whose translation takes too long says so', async () => {
    const translator = createCqlTranslator({ timeMs: 1 })
    const form = formOf(VITALS, [{ linkId: 'weight', type: 'decimal', extension: initial('"Vitals".WeightInKg') }])
    const { state } = await fillWithCql({ engine: runtime.engine, translator }, form, [patient, weight], { now })
    await translator.close()
    expect(listItems(state)[0]?.lookup).toMatchObject({
      status: 'failed',
      reason: { key: 'form.lookup.cql-stopped', params: { name: 'Vitals' } },
    })
  })

  it('a define with errors is not run, nor what uses it; the others of its library are', async () => {
    const source = `library Vitals
using FHIR version '4.0.1'
include Charts version '3' called C
include Tables version '1' called T
context Patient
define Wrong: 1 + 'a' * {}
define UsesWrong: Wrong + 1
define Unfinished: if true then (2 +
define Right: T.Seven + 1
define Elsewhere: C.Height
define UsesTable: T.Bent
define Twice: 1
define Twice: 2
define function Half(x Integer): x / Nothing
define UsesHalf: Half(4)
`
    const tables = `library Tables version '1'\nusing FHIR version '4.0.1'\ndefine Bent: Seven + \'a\'\ndefine Seven: 7\n`
    const defines = ['Wrong', 'UsesWrong', 'Unfinished', 'Right', 'Elsewhere', 'UsesTable', 'Twice', 'UsesHalf']
    const form = formOf(
      source,
      defines.map((name) => ({ linkId: name, type: 'integer', extension: initial(`"Vitals".${name}`) })),
    )
    const [own] = form.libraries
    const second = { ...own, id: 'tables', url: 'http://payer.example/Library/tables', name: 'Tables' } as Library
    const libraries = [...form.libraries, { ...second, content: [{ contentType: 'text/cql', data: btoa(tables) }] }]
    const { state } = await fillWithCql(runtime, { ...form, libraries }, [patient], { now })
    const found = Object.fromEntries(
      listItems(state).map(({ linkId, answers, lookup }) => [linkId, answers[0] ?? lookup?.reason]),
    )
    const untranslated = (name: string) => ({ key: 'form.lookup.cql-untranslated', params: { name: `Vitals.${name}` } })
    expect(found).toEqual({
      Wrong: untranslated('Wrong'),
      UsesWrong: untranslated('UsesWrong'),
      Unfinished: untranslated('Unfinished'),
      Right: { valueInteger: 8 },
      Elsewhere: { key: 'form.lookup.cql-no-library', params: { name: 'Charts|3' } },
      UsesTable: untranslated('UsesTable'),
      Twice: untranslated('Twice'),
      UsesHalf: untranslated('UsesHalf'),
    })
  })

  it('a bare name of a define with errors says so, and a library for another model is not run at all', async () => {
    const item = { linkId: 'bare', type: 'integer' as const, extension: initial('X', 'text/cql-identifier') }
    const reasonOf = async (source: string) => {
      const { state } = await fillWithCql(runtime, formOf(source, [item]), [patient], { now })
      return listItems(state)[0]?.lookup?.reason
    }
    const head = `library Vitals\nusing FHIR version '4.0.1'\ncontext Patient`
    expect(await reasonOf(`${head}\ndefine X: 1 + 'a' * {}`)).toEqual({
      key: 'form.lookup.cql-untranslated',
      params: { name: 'Vitals.X' },
    })
    expect(await reasonOf(`library Vitals\nusing Other version '1'\ndefine X: 1`)).toEqual({
      key: 'form.lookup.cql-other-model',
      params: { name: 'Vitals' },
    })
  })

  it('of two libraries each has its own defines and parameters, whatever these are called', async () => {
    const source = (id: string, type: string, path: string) => `library ${id}
using FHIR version '4.0.1'
parameter "order" ${type}
context Patient
define Number: "order".${path}.value
`
    const own = (id: string, text: string): Library => ({
      resourceType: 'Library',
      url: `http://payer.example/Library/${id}`,
      name: id,
      status: 'active',
      type: {},
      content: [{ contentType: 'text/cql', data: btoa(text) }],
    })
    const item = (linkId: string, reference: string) => {
      const valueExpression = { language: 'text/cql', expression: 'Number', reference }
      return { linkId, type: 'string' as const, extension: [{ url: EXT.initialExpression, valueExpression }] }
    }
    const form: FormToFill = {
      questionnaire: {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          item('service', 'http://payer.example/Library/Service'),
          item('device', 'http://payer.example/Library/Devices|1'),
          item('nowhere', 'http://payer.example/Library/Nowhere'),
        ],
      },
      libraries: [
        own('Service', source('Service', 'ServiceRequest', 'requisition.value')),
        own('Devices', source('Devices', 'DeviceRequest', 'groupIdentifier.value')),
      ],
      valueSets: [],
    }
    const orders = [
      { resourceType: 'ServiceRequest', id: 's', requisition: { value: 'S-1' } },
      { resourceType: 'DeviceRequest', id: 'd', groupIdentifier: { value: 'D-1' } },
    ]
    const { state } = await fillWithCql(runtime, form, [patient, ...orders], { now, orders })
    expect(listItems(state).map(({ answers, lookup }) => answers[0] ?? lookup?.reason)).toEqual([
      { valueString: 'S-1' },
      { valueString: 'D-1' },
      { key: 'form.lookup.cql-no-library', params: { name: 'http://payer.example/Library/Nowhere' } },
    ])
  })

  it('asks only for the codes that a query lets through', async () => {
    const source = `library Vitals
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem "LOINC": 'http://loinc.org'
code "Weight": '29463-7' from "LOINC"
valueset "Weights": 'http://payer.example/ValueSet/weights'
context Patient
define Chosen: First([Observation] O where O.status = 'final' and O.code in "Weights")
define InKg: (Chosen.value as Quantity).value.value
define Same: First([Observation] O where exists(O.code.coding C where C in "Weights") return (O.value as Quantity).value.value)
define ByCode: First([Observation] O where O.code ~ "Weight" return (O.value as Quantity).value.value)
`
    const form = formOf(source, [
      { linkId: 'set', type: 'decimal', extension: initial('"Vitals".InKg') },
      { linkId: 'codings', type: 'decimal', extension: initial('"Vitals".Same') },
      { linkId: 'code', type: 'decimal', extension: initial('"Vitals".ByCode') },
    ])
    const weights = {
      resourceType: 'ValueSet' as const,
      status: 'active' as const,
      url: 'http://payer.example/ValueSet/weights',
      expansion: { timestamp: now, contains: [{ system: 'http://loinc.org', code: '29463-7' }] },
    }
    const { state, wanted } = await fillWithCql(runtime, { ...form, valueSets: [weights] }, [patient, weight], { now })
    expect(listItems(state).map(({ answers }) => answers)).toEqual([1, 2, 3].map(() => [{ valueDecimal: 68.5 }]))
    expect(wanted.map(({ query }) => query)).toEqual(['Observation?patient=p1&code=http%3A%2F%2Floinc.org|29463-7'])
  })

  it('FHIRHelpers that a package leaves out is put in, with all the conversions of its model', async () => {
    const source = `library Vitals
using FHIR version '4.0.0'
include FHIRHelpers version '4.0.0'
context Patient
define Sex: if Patient.gender = 'female' then 1 else 0
define Label: 'n' + Patient.id
`
    const form = formOf(source, [
      { linkId: 'sex', type: 'integer', extension: initial('"Vitals".Sex') },
      { linkId: 'label', type: 'string', extension: initial('"Vitals".Label') },
    ])
    const { state } = await fillWithCql(runtime, form, [patient], { now })
    expect(listItems(state).map(({ answers }) => answers)).toEqual([[{ valueInteger: 1 }], [{ valueString: 'np1' }]])
  })
})
