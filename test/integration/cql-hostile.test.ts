/** CQL that means harm, or means nothing: what it may cost is limited, and nothing else on the form suffers. */
import type { Extension, Library, Questionnaire } from 'fhir/r4'
import { afterAll, describe, expect, it } from 'vitest'
import { listItems } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { createCqlEngine } from '../../server/cql/cql-engine.ts'
import { createCqlTranslator } from '../../server/cql/cql-translator.ts'
import { fillWithCql, type FormToFill } from '../support/cql-form.ts'

const now = '2026-11-22T10:00:00-05:00'
const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1980-05-01' }
const TIME_MS = 1_500
const runtime = {
  engine: createCqlEngine({ timeMs: TIME_MS, memoryMb: 96 }),
  translator: createCqlTranslator({ timeMs: 5_000 }),
}
afterAll(() => Promise.all([runtime.engine.close(), runtime.translator.close()]))

const literal = (value: number) => ({
  type: 'Literal',
  valueType: '{urn:hl7-org:elm-types:r1}Integer',
  value: String(value),
})
const ref = (name: string) => ({ type: 'ExpressionRef', name })
const call = (name: string, ...operand: object[]) => ({ type: 'FunctionRef', name, operand })
const INTEGER = { type: 'NamedTypeSpecifier', name: '{urn:hl7-org:elm-types:r1}Integer' }

const tuple = (value: number) => ({ type: 'Tuple', element: [{ name: 'a', value: literal(value) }] })

const amount = (unit: string) => ({
  type: 'Instance',
  classType: '{urn:hl7-org:elm-types:r1}Quantity',
  element: [
    { name: 'value', value: literal(1) },
    { name: 'unit', value: { type: 'Literal', valueType: '{urn:hl7-org:elm-types:r1}String', value: unit } },
  ],
})

/** Two lists through one another, over and over: the number of steps has this many digits. */
function deepProduct(digits: number): object {
  const sources = Array.from({ length: digits }, (_none, index) => ({
    alias: `a${String(index)}`,
    expression: ref('Ten'),
  }))
  return {
    type: 'Query',
    source: sources,
    relationship: [],
    return: { expression: literal(1), distinct: false },
  }
}

const DEFINES: Readonly<Record<string, object>> = {
  Ten: { type: 'List', element: Array.from({ length: 10 }, (_none, index) => literal(index)) },
  Good: { type: 'Add', operand: [literal(40), literal(2)] },
  Endless: call('Again', literal(1)),
  Circle: ref('Circle'),
  Product: { type: 'Count', source: deepProduct(9) },
  ...Object.fromEntries(
    Array.from({ length: 34 }, (_none, index) => [
      `Text${String(index + 1)}`,
      { type: 'Concatenate', operand: [ref(`Text${String(index)}`), ref(`Text${String(index)}`)] },
    ]),
  ),
  Text0: { type: 'Literal', valueType: '{urn:hl7-org:elm-types:r1}String', value: 'xxxxxxxxxxxxxxxx' },
  Bomb: { type: 'Length', operand: ref('Text34') },
  Huge: {
    type: 'Query',
    source: [{ alias: 'a', expression: deepProduct(5) }],
    relationship: [],
    return: { expression: { type: 'AliasRef', name: 'a' }, distinct: false },
  },
  Unknown: { type: 'OpenTheDoor', operand: [literal(1)] },
  Several: { type: 'SingletonFrom', operand: ref('Ten') },
  Unit: amount('furlong'),
  Unordered: {
    type: 'Query',
    source: [{ alias: 'a', expression: { type: 'List', element: [tuple(1), tuple(2)] } }],
    relationship: [],
    sort: { by: [{ type: 'ByDirection', direction: 'asc' }] },
  },
}

const define = (name: string) => ({ name, context: 'Patient', expression: DEFINES[name] ?? literal(0) })

function library(defines = DEFINES, more: object = {}): Library {
  const def = [
    ...Object.entries(defines).map(([name, expression]) => ({ name, context: 'Patient', expression })),
    {
      type: 'FunctionDef',
      name: 'Again',
      context: 'Patient',
      operand: [{ name: 'x', operandTypeSpecifier: INTEGER }],
      expression: call('Again', { type: 'OperandRef', name: 'x' }),
    },
  ]
  const elm = { library: { identifier: { id: 'Bad', version: '1' }, statements: { def }, ...more } }
  return {
    resourceType: 'Library',
    id: 'bad',
    url: 'http://payer.example/Library/bad',
    status: 'active',
    type: {},
    content: [{ contentType: 'application/elm+json', data: btoa(JSON.stringify(elm)) }],
  }
}

const initial = (expression: string): Extension[] => [
  { url: EXT.initialExpression, valueExpression: { language: 'text/cql', expression } },
]

function formWith(defines: readonly string[], libraries: readonly Library[] = [library()]): FormToFill {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    extension: [{ url: EXT.cqfLibrary, valueCanonical: 'http://payer.example/Library/bad' }],
    item: defines.map((name) => ({
      linkId: name,
      type: 'integer',
      repeats: true,
      extension: initial(`"Bad".${name}`),
    })),
  }
  return { questionnaire, libraries, valueSets: [] }
}

async function reasonsOf(form: FormToFill) {
  const { state } = await fillWithCql(runtime, form, [patient], { now })
  return Object.fromEntries(
    listItems(state).map(({ linkId, answers, lookup }) => [linkId, answers.length > 0 ? answers : lookup?.reason?.key]),
  )
}

describe('hostile CQL', () => {
  it('that runs for ever is stopped, and what follows is evaluated', async () => {
    const reasons = await reasonsOf(formWith(['Product', 'Good']))
    expect(reasons['Product']).toMatch(/cql-(timeout|memory)$/)
    expect(reasons['Good']).toEqual([{ valueInteger: 42 }])
  })

  it.each(['Endless', 'Circle'])('that calls itself (%s) is stopped by its time or its memory', async (name) => {
    const reasons = await reasonsOf(formWith([name, 'Good']))
    expect(['form.lookup.cql-timeout', 'form.lookup.cql-memory', 'form.lookup.expression-error']).toContain(
      reasons[name],
    )
    expect(reasons['Good']).toEqual([{ valueInteger: 42 }])
  })

  it('that fills the memory is stopped, and the server goes on', async () => {
    const reasons = await reasonsOf(formWith(['Bomb', 'Good']))
    expect(reasons['Bomb']).toMatch(/^form\.lookup\.(cql-memory|cql-timeout|expression-error)$/)
    expect(reasons['Good']).toEqual([{ valueInteger: 42 }])
  })

  it('that gives a hundred thousand values is refused', async () => {
    expect((await reasonsOf(formWith(['Huge'])))['Huge']).toBe('form.lookup.cql-too-much')
  })

  it('of an operator that nobody knows fails alone', async () => {
    const reasons = await reasonsOf(formWith(['Unknown', 'Good']))
    expect(reasons['Unknown']).toBe('form.lookup.expression-error')
    expect(reasons['Good']).toEqual([{ valueInteger: 42 }])
  })

  it.each([
    ['Several', 'form.lookup.cql-several'],
    ['Unit', 'form.lookup.cql-unit'],
    ['Unordered', 'form.lookup.cql-unordered'],
  ])('of which the chart is too much or too strange says so: %s', async (name, reason) => {
    const reasons = await reasonsOf(formWith([name, 'Good']))
    expect(reasons).toEqual({ [name]: reason, Good: [{ valueInteger: 42 }] })
  })

  it('gets hold of nothing of the platform', async () => {
    const libraryOf = library({ Global: { type: 'Property', path: 'constructor.constructor', source: literal(1) } })
    const reasons = await reasonsOf(formWith(['Global'], [libraryOf]))
    expect(reasons['Global']).toBe('form.lookup.cql-malformed')
  })

  it('that the translator marked as wrong is not run', async () => {
    const wrong = library(DEFINES, { annotation: [{ type: 'CqlToElmError', errorSeverity: 'error' }] })
    expect((await reasonsOf(formWith(['Good'], [wrong])))['Good']).toBe('form.lookup.cql-malformed')
  })

  it('whose libraries include each other in a circle fails, naming nothing else', async () => {
    const other = { localIdentifier: 'Bad', path: 'Bad', version: '1' }
    const circular = library(DEFINES, { includes: { def: [other] } })
    expect((await reasonsOf(formWith(['Good'], [circular])))['Good']).toBe('form.lookup.cql-malformed')
  })

  it('with a library that is missing names it', async () => {
    const missing = library(DEFINES, { includes: { def: [{ localIdentifier: 'X', path: 'Elsewhere', version: '2' }] } })
    const { state } = await fillWithCql(runtime, formWith(['Good'], [missing]), [patient], { now })
    expect(listItems(state)[0]?.lookup?.reason).toEqual({
      key: 'form.lookup.cql-no-library',
      params: { name: 'Elsewhere|2' },
    })
  })

  it('of one form may stop the engine a few times only', async () => {
    const def = [define('Ten'), define('Product')] as never
    const elm = { identifier: { id: 'Bad' }, statements: { def } }
    const session = runtime.engine.open({ libraries: [{ library: elm }], valueSets: [], parameters: [], patient, now })
    const ask = () => session.evaluate({ library: 'Bad', version: null, define: 'Product' }, [])
    for (let stop = 0; stop < 3; stop += 1) expect((await ask()).ok).toBe(false)
    const from = performance.now()
    expect((await ask()).ok).toBe(false)
    expect(performance.now() - from).toBeLessThan(TIME_MS)
  })

  it('is not translated for ever either', async () => {
    const deep = `${'('.repeat(4_000)}1${')'.repeat(4_000)}`
    const form = formWith([])
    const questionnaire: Questionnaire = {
      ...form.questionnaire,
      item: [
        { linkId: 'deep', type: 'integer', extension: initial(deep) },
        { linkId: 'Good', type: 'integer', extension: initial('"Bad".Good') },
      ],
    }
    const reasons = await reasonsOf({ ...form, questionnaire })
    expect(reasons['deep']).toMatch(/^form\.lookup\.cql-/)
    expect(reasons['Good']).toEqual([{ valueInteger: 42 }])
  })
})
