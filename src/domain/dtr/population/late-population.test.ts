import type { Condition, Extension, Patient, Questionnaire } from 'fhir/r4'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import type { ChartSearch } from '../expression/expression.ts'
import { addRepetition, answer } from '../form/form-edit.ts'
import type { FormState } from '../form/form-state.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'
import { addPopulated, listAwaitedQuestions, listAwaiting, takePopulated } from './late-population.ts'
import { populate } from './population.ts'

const at = '2026-11-28T10:00:00Z'
const edit = { at, author: { reference: 'Practitioner/p', name: 'P' } }
const today = '2026-11-28'
const evaluator = createEvaluator()
const fhirpath = (url: string, expression: string): Extension => ({
  url,
  valueExpression: { language: 'text/fhirpath', expression },
})
const when = [{ question: 'asked', operator: '=' as const, answerBoolean: true }]
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  url: 'urn:q',
  status: 'active',
  extension: [
    {
      url: EXT.variable,
      valueExpression: { name: 'found', language: 'application/x-fhir-query', expression: 'Condition?patient=p1' },
    },
  ],
  item: [
    { linkId: 'asked', type: 'boolean', text: 'Asked' },
    {
      linkId: 'code',
      type: 'string',
      enableWhen: when,
      extension: [fhirpath(EXT.initialExpression, '%found.entry.resource.code.text.first()')],
    },
    {
      linkId: 'typed',
      type: 'string',
      enableWhen: when,
      extension: [
        fhirpath(EXT.initialExpression, "'B' & %resource.item.where(linkId='asked').answer.value.toString()"),
      ],
    },
    {
      linkId: 'more',
      type: 'string',
      enableWhen: [{ question: 'code', operator: 'exists', answerBoolean: true }],
      extension: [fhirpath(EXT.initialExpression, '%found.entry.resource.code.text.last()')],
    },
    {
      linkId: 'row',
      type: 'group',
      repeats: true,
      enableWhen: when,
      extension: [
        {
          url: EXT.itemPopulationContext,
          valueExpression: { name: 'one', language: 'text/fhirpath', expression: '%found' },
        },
      ],
      item: [
        {
          linkId: 'text',
          type: 'string',
          extension: [fhirpath(EXT.initialExpression, '%one.code.text')],
        },
      ],
    },
  ],
}
const patient: Patient = { resourceType: 'Patient', id: 'p1' }
const condition = (id: string, text: string): Condition => ({
  resourceType: 'Condition',
  id,
  subject: { reference: 'Patient/p1' },
  code: { text },
})
const searching = (query: string): ChartSearch => ({
  query,
  bundle: {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [condition('c1', 'first'), condition('c2', 'second')].map((resource) => ({ resource })),
  },
  found: 2,
  complete: true,
  failure: null,
})
let id = 0
const fill = async (start: FormState): Promise<FormState> => {
  const input = {
    questionnaire,
    response: toResponse(start, edit),
    meta: toMeta(start),
    today,
    evaluator,
    launchContexts: new Map([['patient', [patient]]]),
    scoredCodes: [],
    at,
    newEvidenceId: () => `e${String((id += 1))}`,
  }
  const { state } = await populate(input, (wanted) => Promise.resolve(wanted.map(({ query }) => searching(query))))
  return state
}
const open = (): FormState =>
  openForm({
    questionnaire,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', questionnaire: 'urn:q' },
    meta: EMPTY_META,
    today,
    evaluator,
  })
const textOf = (state: FormState, key: string): string | undefined => state.items.get(key)?.answers[0]?.valueString

describe('questions that an answer brings in', () => {
  let before: FormState
  let asked: FormState
  let populated: FormState
  beforeAll(async () => {
    before = open()
    asked = answer(before, 'asked', [{ valueBoolean: true }], edit)
    populated = await fill(asked)
  })
  const take = (present: FormState) =>
    takePopulated(present, { start: asked, populated, awaited: listAwaiting(before, asked) }, at)

  it('are awaited where only the chart can fill them, and only when they come in', () => {
    expect(listAwaiting(before, asked)).toEqual(['code', 'row:0'])
    expect(listAwaitedQuestions(asked, listAwaiting(before, asked))).toEqual(['code', 'row:0/text'])
    expect(textOf(asked, 'typed')).toBe('Btrue')
    expect(listAwaiting(asked, answer(asked, 'typed', [{ valueString: 'x' }], edit))).toEqual([])
  })

  it('are none in a row that a person adds', () => {
    const { state } = take(asked)
    expect(listAwaiting(state, addRepetition(state, 'row:1', edit))).toEqual([])
  })

  it('are filled, with what they bring in themselves and a row for each result', () => {
    const { state, taken } = take(asked)
    expect(taken).toEqual(['code', 'more', 'row:0/text', 'row:1/text'])
    expect(taken.map((key) => textOf(state, key))).toEqual(['first', 'second', 'first', 'second'])
    expect(state.items.get('code')).toMatchObject({ enabled: true, origin: { source: 'auto-client', kind: 'chart' } })
    expect(state.items.get('row:1/text')).toMatchObject({ enabled: true })
    expect(listAwaiting(before, state)).toEqual([])
  })

  it('keep what somebody answered or began with meanwhile', () => {
    const typed = answer(
      answer(asked, 'code', [{ valueString: 'mine' }], edit),
      'row:0/text',
      [{ valueString: 'own' }],
      edit,
    )
    const { state, taken } = take(typed)
    expect(taken).toEqual(['more'])
    expect(textOf(state, 'code')).toBe('mine')
    expect([...state.items.keys()].filter((key) => key.startsWith('row'))).toEqual(['row:0', 'row:0/text'])
  })

  it('stay out of a form that does not ask them any more', () => {
    const { state } = take(answer(asked, 'asked', [{ valueBoolean: false }], edit))
    expect(state.items.get('code')?.enabled).toBe(false)
    expect(JSON.stringify(toResponse(state, edit))).not.toContain('first')
  })

  it('say that nothing was found, so that they are not looked up again', () => {
    const nothing = { status: 'not-found' as const, searches: [], reason: null }
    const items = new Map(populated.items)
    const code = items.get('code')
    if (code !== undefined) items.set('code', { ...code, answers: [], origin: null, lookup: nothing })
    const { state } = takePopulated(asked, { start: asked, populated: { ...populated, items }, awaited: ['code'] }, at)
    expect(state.items.get('code')).toMatchObject({ answers: [], lookup: nothing })
  })

  it('are added to what population gave first, which stays the way back', () => {
    const first = openForm({
      questionnaire,
      response: toResponse(take(asked).state, edit),
      meta: toMeta(take(asked).state),
      today,
      evaluator,
    })
    const changed = answer(first, 'more', [{ valueString: 'mine' }], edit)
    expect(textOf(addPopulated(first, changed, at), 'more')).toBe('second')
  })
})
