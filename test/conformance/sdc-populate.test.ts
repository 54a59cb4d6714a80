/**
 * Population beside `@aehrc/sdc-populate` 4.7.1 on the part of SDC that both speak: FHIRPath initial expressions, launch
 * contexts, x-fhir-query variables of the form. The answers are the same, except where that engine is known to be wrong;
 * each such exception is tried here too, so that it goes when the engine is mended.
 */
import { populateQuestionnaire } from '@aehrc/sdc-populate'
import fc from 'fast-check'
import type { Bundle, FhirResource, Patient, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { splitQuery } from '../../src/domain/dtr/expression/fhir-query.ts'
import { createEvaluator } from '../../src/domain/dtr/expression/fhirpath-evaluator.ts'
import { EMPTY_META } from '../../src/domain/dtr/form/open-form.ts'
import { populate } from '../../src/domain/dtr/population/population.ts'
import { toResponse } from '../../src/domain/dtr/response/questionnaire-response.ts'
import { EXT } from '../../src/domain/fhir/canonical.ts'

type Bundles = Readonly<Record<string, Bundle>>
type Answers = Readonly<Record<string, unknown>>

const AT = new Date().toISOString()
const evaluator = createEvaluator()

/** Values by link id, without what only one of the two says (origins, texts). */
function answersOf(response: QuestionnaireResponse): Answers {
  const found: Record<string, unknown> = {}
  const visit = (items: QuestionnaireResponse['item']): void => {
    for (const { linkId, answer, item } of items ?? []) {
      const values = (answer ?? []).map((one) =>
        Object.fromEntries(Object.entries(one).filter(([name]) => name.startsWith('value'))),
      )
      if (values.length > 0) found[linkId] = values
      visit(item)
    }
  }
  visit(response.item)
  return found
}

async function ours(questionnaire: Questionnaire, patient: Patient, bundles: Bundles): Promise<Answers> {
  const { state } = await populate(
    {
      questionnaire,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: AT.slice(0, 10),
      now: AT,
      evaluator,
      launchContexts: new Map([['patient', [patient]]]),
      scoredCodes: [],
      at: AT,
      newEvidenceId: () => 'e',
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query }) => {
          const bundle = bundles[splitQuery(query).resourceType] ?? null
          return { query, bundle, found: null, complete: true, failure: bundle === null ? 'none' : null }
        }),
      ),
  )
  return answersOf(toResponse(state, { at: AT, author: { reference: null, name: 'test' } }))
}

/** The engine changes what it is given: it gets copies. */
async function theirs(questionnaire: Questionnaire, patient: Patient, bundles: Bundles): Promise<Answers | null> {
  const { populateResult } = await populateQuestionnaire({
    questionnaire: structuredClone(questionnaire),
    patient: structuredClone(patient),
    fetchResourceCallback: (query: string) => Promise.resolve(structuredClone(bundles[query.split('?')[0] ?? ''])),
    fetchResourceRequestConfig: { sourceServerUrl: 'http://localhost/fhir' },
  })
  return populateResult === null ? null : answersOf(populateResult.populatedResponse)
}

const context = (order: 'name first' | 'type first' = 'name first') => {
  const parts = [
    { url: 'name', valueCoding: { code: 'patient' } },
    { url: 'type', valueCode: 'Patient' },
  ]
  return { url: EXT.launchContext, extension: order === 'name first' ? parts : parts.reverse() }
}
const held = (url: string, expression: string, name?: string, language = 'text/fhirpath') => ({
  url,
  valueExpression: { language: language as 'text/fhirpath', expression, ...(name === undefined ? {} : { name }) },
})
const query = (name: string, type: string) =>
  held(EXT.variable, `${type}?patient={{%patient.id}}`, name, 'application/x-fhir-query')

type Question = readonly [type: QuestionnaireItem['type'], expression: string]
const item = (linkId: string, [type, expression]: Question): QuestionnaireItem => ({
  linkId,
  type,
  text: linkId,
  extension: [held(EXT.initialExpression, expression)],
})
const form = (items: QuestionnaireItem[], extension: NonNullable<Questionnaire['extension']>): Questionnaire => ({
  resourceType: 'Questionnaire',
  url: 'urn:test',
  status: 'active',
  extension,
  item: [{ linkId: 'all', text: 'all', type: 'group', item: items }],
})
const WHOLE = [context(), query('observations', 'Observation'), query('conditions', 'Condition')]

const code = fc.constantFrom('A', 'B', 'C')
const system = fc.constantFrom('http://loinc.org', 'http://snomed.info/sct')
const solid = { noNullPrototype: true } as const
const coding = fc.record({ system, code, display: code }, solid)
const concept = fc.record({ coding: fc.array(coding, { minLength: 1, maxLength: 3 }), text: code }, solid)
const day = fc.constantFrom('2026-01-05', '2025-11-30', '2024-02-29', '2026-10-01')
const milligrams = fc.integer({ min: 1, max: 99 }).map((tenths) => ({
  value: tenths / 10,
  unit: 'mg',
  system: 'http://unitsofmeasure.org',
  code: 'mg',
}))
const observation = fc.record(
  {
    resourceType: fc.constant('Observation'),
    id: fc.uuid(),
    status: fc.constantFrom('final', 'amended'),
    code: concept,
    effectiveDateTime: day,
    valueQuantity: milligrams,
  },
  solid,
)
const condition = fc.record(
  { resourceType: fc.constant('Condition'), id: fc.uuid(), clinicalStatus: concept, code: concept, onsetDateTime: day },
  solid,
)
const bundleOf = (resources: readonly object[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource: resource as FhirResource })),
})
const person = fc.record(
  {
    gender: fc.constantFrom('female' as const, 'male' as const),
    birthDate: day,
    given: fc.array(code, { minLength: 1, maxLength: 2 }),
    active: fc.boolean(),
  },
  solid,
)

const isCode = fc.oneof(
  fc.tuple(system, code).map(([s, c]) => `code.coding.where(system = '${s}' and code = '${c}').exists()`),
  fc.tuple(system, code).map(([s, c]) => `code.coding.exists(code = '${c}' and system = '${s}')`),
  code.map((c) => `code.coding.code = '${c}'`),
  fc.tuple(code, code).map(([a, b]) => `code.coding.where(code = '${a}' or code = '${b}').exists()`),
  fc.tuple(code, code).map(([a, b]) => `code.coding.exists(code in ('${a}' | '${b}'))`),
  fc
    .tuple(code, code)
    .map(([a, b]) => `code.coding.exists(code = '${a}') and status = 'final' and code.text != '${b}'`),
  code.map((c) => `code.text ~ '${c.toLowerCase()}'`),
)
const OBSERVATIONS = '%observations.entry.resource'
const question = fc.oneof(
  fc.constantFrom<Question>(
    ['string', "%patient.name.where(use = 'official').given.first()"],
    ['string', "%patient.name.first().select(given.join(' ') & ' ' & family)"],
    ['date', '%patient.birthDate'],
    ['boolean', '%patient.active'],
    ['string', '%patient.gender'],
    ['string', `${OBSERVATIONS}.count().toString()`],
    ['integer', `${OBSERVATIONS}.where(status = 'final').count()`],
  ),
  isCode.map((is): Question => ['boolean', `${OBSERVATIONS}.where(${is}).exists()`]),
  isCode.map((is): Question => ['decimal', `${OBSERVATIONS}.where(${is}).value.ofType(Quantity).value.first()`]),
  isCode.map((is): Question => ['string', `${OBSERVATIONS}.where(${is}).last().code.text`]),
  isCode.map((is): Question => ['integer', `${OBSERVATIONS}.where(${is}).code.coding.code.distinct().count()`]),
  code.map((c): Question => [
    'string',
    `%conditions.entry.resource.where(code.coding.exists(code = '${c}') and clinicalStatus.coding.exists(code = 'A')).code.text.first()`,
  ]),
  code.map((c): Question => [
    'string',
    `iif(%conditions.entry.resource.where(code.coding.exists(code = '${c}')).exists(), 'yes', 'no')`,
  ]),
)

describe('beside sdc-populate', () => {
  it('generated forms over generated charts get the same answers', async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(
        person,
        fc.array(observation, { maxLength: 30 }),
        fc.array(condition, { maxLength: 12 }),
        fc.array(question, { minLength: 1, maxLength: 12 }),
        async ({ given, ...rest }, observations, conditions, asked) => {
          const name = [{ use: 'official' as const, family: 'Fall', given }]
          const patient: Patient = { resourceType: 'Patient', id: 'p', name, ...rest }
          const items = asked.map((one, at) => item(`q${String(at)}`, one))
          const bundles = { Observation: bundleOf(observations), Condition: bundleOf(conditions) }
          const own = await ours(form(items, WHOLE), patient, bundles)
          answered += Object.keys(own).length
          expect(own).toEqual((await theirs(form(items, WHOLE), patient, bundles)) ?? {})
        },
      ),
      { numRuns: 60 },
    )
    expect(answered).toBeGreaterThan(100)
  }, 120_000)
})

const PATIENT: Patient = {
  resourceType: 'Patient',
  id: 'p',
  birthDate: '1970-05-01',
  name: [{ family: 'Fall', given: ['Ada'] }],
}
const BORN = [{ valueDate: '1970-05-01' }]
const NOTHING: Bundles = { Observation: bundleOf([]), Condition: bundleOf([]) }
const known = item('born', ['date', '%patient.birthDate'])

/** What is known to be wrong there, by the number of the probe that found it, with what is right. */
const EXCEPTIONS: readonly { probe: string; questionnaire: Questionnaire; right: Answers }[] = [
  {
    probe: '1: CQL is read as FHIRPath',
    questionnaire: form(
      [
        known,
        {
          ...known,
          linkId: 'cql',
          extension: [held(EXT.initialExpression, '%patient.birthDate', undefined, 'text/cql')],
        },
      ],
      [context()],
    ),
    right: { born: BORN },
  },
  {
    probe: '3: a launch context that names its type first is not seen',
    questionnaire: form([known], [context('type first')]),
    right: { born: BORN },
  },
  {
    probe: '6: a decimal is taken for an integer',
    questionnaire: form([known, item('integer', ['integer', '%patient.name.count() + 1.5'])], [context()]),
    right: { born: BORN },
  },
  {
    probe: '9: a variable of one group is seen with the value of its neighbour',
    questionnaire: {
      ...form([], [context()]),
      item: ['first', 'second'].map((name) => ({
        linkId: name,
        text: name,
        type: 'group' as const,
        extension: [held(EXT.variable, `%patient.name.given.first() & ' ${name}'`, 'v')],
        item: [item(`of ${name}`, ['string', '%v'])],
      })),
    },
    right: { 'of first': [{ valueString: 'Ada first' }], 'of second': [{ valueString: 'Ada second' }] },
  },
  {
    probe: '10: a form that needs no context is not populated',
    questionnaire: form([item('two', ['integer', '1 + 1'])], []),
    right: { two: [{ valueInteger: 2 }] },
  },
]

describe('where sdc-populate is wrong', () => {
  it.each(EXCEPTIONS)('probe $probe', async ({ questionnaire, right }) => {
    expect(await ours(questionnaire, PATIENT, NOTHING)).toEqual(right)
    expect(await theirs(questionnaire, PATIENT, NOTHING)).not.toEqual(right)
  })
})
