import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer } from '../form/form-edit.ts'
import type { FormState } from '../form/form-state.ts'
import { chartElsewhere, EMPTY_META, openForm } from '../form/open-form.ts'
import { judgeSave, type JudgedSave } from './judge-save.ts'
import { toMeta, toResponse } from './questionnaire-response.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const formOf = (mode: string): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  extension: [{ url: EXT.entryMode, valueCode: mode }],
  item: ['a', 'b', 'c', 'd'].map((linkId) => ({ linkId, type: 'string', required: linkId !== 'd' })),
})
const open = (mode: string): FormState =>
  openForm({
    questionnaire: formOf(mode),
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })
const give = (state: FormState, ...keys: string[]): FormState =>
  keys.reduce((all, key) => answer(all, key, [{ valueString: key }], edit), state)
/** A browser that holds to no order: the answers of a form that is filled in as one likes. */
const inAnyOrder = (...keys: string[]): FormState => give(open('random'), ...keys)

function judge(mode: string, before: FormState, sent: FormState, reached: string | null = null): JudgedSave {
  const kept = (state: FormState) => ({ response: toResponse(state, edit), meta: toMeta(state) })
  const { response, meta } = kept(sent)
  return judgeSave({
    questionnaire: formOf(mode),
    populated: kept(open(mode)),
    stored: kept(before),
    submitted: { response, meta: { ...meta, reached } },
    edit,
    today: '2026-11-28',
    evaluator: createEvaluator(),
    chart: chartElsewhere({}),
  })
}

describe('a save of a form that is answered in order', () => {
  const empty = open('sequential')

  it('is taken where it goes on from one question to the next, by several at once too', () => {
    expect(judge('sequential', empty, give(empty, 'a'), 'a').refusal).toBeNull()
    const all = judge('sequential', empty, give(empty, 'a', 'b', 'c', 'd'), 'd')
    expect(all).toMatchObject({ refusal: null, changed: ['a', 'b', 'c', 'd'] })
    expect(all.state.reached).toBe('d')
  })
  it.each([
    ['the first question has no answer', ['b']],
    ['one in between has none', ['a', 'c']],
  ])('is refused where %s', (_, keys) => {
    expect(judge('sequential', empty, inAnyOrder(...keys)).refusal).toBe('entry-order')
  })
  it('is refused where it also says that the person had come further', () => {
    expect(judge('sequential', empty, inAnyOrder('a', 'c'), 'c').refusal).toBe('entry-order')
  })
  it('does not take a person further than an open question, whatever the browser says', () => {
    const begun = give(empty, 'a')
    const claimed = judge('sequential', begun, begun, 'd')
    expect(claimed).toMatchObject({ refusal: null, changed: [] })
    expect(claimed.state.reached).toBe('a')
  })
  it.each(['prior-edit', 'random'])('is taken in any order in mode %s', (mode) => {
    expect(judge(mode, open(mode), inAnyOrder('c', 'a')).refusal).toBeNull()
  })
})

describe('a computed answer', () => {
  const kilograms = {
    url: EXT.unit,
    valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kg' },
  }
  const weight: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      { linkId: 'measured', type: 'quantity' },
      {
        linkId: 'kg',
        type: 'decimal',
        extension: [
          kilograms,
          {
            url: EXT.calculatedExpression,
            valueExpression: {
              language: 'text/fhirpath',
              expression: "%resource.item.where(linkId='measured').answer.value",
            },
          },
        ],
      },
    ],
  }

  it('is computed also where its unit was converted on the way', () => {
    const evaluator = createEvaluator()
    const empty = openForm({
      questionnaire: weight,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator,
    })
    const pounds = { value: 100, unit: 'lb', system: 'http://unitsofmeasure.org', code: '[lb_av]' }
    const sent = answer(empty, 'measured', [{ valueQuantity: pounds }], edit)
    expect(sent.items.get('kg')?.answers[0]?.valueDecimal).toBeCloseTo(45.36, 1)
    const kept = (state: FormState) => ({ response: toResponse(state, edit), meta: toMeta(state) })
    const { state } = judgeSave({
      questionnaire: weight,
      populated: kept(empty),
      stored: kept(empty),
      submitted: kept(sent),
      edit,
      today: '2026-11-28',
      evaluator,
      chart: chartElsewhere({}),
    })
    expect(state.items.get('kg')?.origin).toMatchObject({
      source: 'auto-client',
      kind: 'computed',
      inputs: ['measured'],
    })
  })
})
