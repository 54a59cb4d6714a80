import type { Expression, Questionnaire, QuestionnaireItem, QuestionnaireResponseItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { addRepetition, answer } from './form-edit.ts'
import { readItem, type Answer, type FormState } from './form-state.ts'
import { EMPTY_META, openForm } from './open-form.ts'

const edit = { at: '2026-11-22T10:00:00Z', author: { reference: 'Practitioner/1', name: 'A' } }
const evaluator = createEvaluator()
const fhirpath = (url: string, expression: string, name?: string) => {
  const valueExpression: Expression = { language: 'text/fhirpath', expression, ...(name === undefined ? {} : { name }) }
  return { url, valueExpression }
}
const variable = (name: string, expression: string) => fhirpath(EXT.variable, expression, name)
const calculated = (expression: string) => ({ extension: [fhirpath(EXT.calculatedExpression, expression)] })

function open(item: QuestionnaireItem[], response: QuestionnaireResponseItem[] = []): FormState {
  const questionnaire: Questionnaire = { resourceType: 'Questionnaire', status: 'active', item }
  return openForm({
    questionnaire,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', item: response },
    meta: EMPTY_META,
    today: '2026-11-22',
    evaluator,
  })
}
const number = (valueDecimal: number): Answer[] => [{ valueDecimal }]
const answersOf = (state: FormState, ...keys: string[]) => keys.map((key) => readItem(state, key)?.answers)

describe('the %context of a variable that an item declares (SDC)', () => {
  const rx: QuestionnaireItem = {
    linkId: 'rx',
    type: 'group',
    repeats: true,
    extension: [
      variable('dose', "%context.item.where(linkId='dose').answer.value"),
      variable('freq', "%context.item.where(linkId='inner').item.where(linkId='freq').answer.value"),
    ],
    item: [
      { linkId: 'dose', type: 'decimal' },
      {
        linkId: 'inner',
        type: 'group',
        item: [
          { linkId: 'freq', type: 'decimal' },
          { linkId: 'daily', type: 'decimal', ...calculated('%dose * %freq') },
        ],
      },
      {
        linkId: 'high',
        type: 'string',
        extension: [fhirpath(EXT.enableWhenExpression, '%dose > 10')],
      },
    ],
  }

  it('is that item, not the one that asks, in the repetition of the one that asks', () => {
    const two = addRepetition(open([rx]), 'rx:0', edit)
    const filled = ['rx:0', 'rx:1'].reduce((state, key, index) => {
      const dosed = answer(state, `${key}/dose`, number(index === 0 ? 5 : 12), edit)
      return answer(dosed, `${key}/inner/freq`, number(2), edit)
    }, two)
    expect(answersOf(filled, 'rx:0/inner/daily', 'rx:1/inner/daily')).toEqual([number(10), number(24)])
    expect(['rx:0/high', 'rx:1/high'].map((key) => readItem(filled, key)?.enabled)).toEqual([false, true])
    const changed = answer(filled, 'rx:0/dose', number(20), edit)
    expect(answersOf(changed, 'rx:0/inner/daily', 'rx:1/inner/daily')).toEqual([number(40), number(24)])
  })

  it('of a variable in a variable is the item that declares the inner one', () => {
    const nested: QuestionnaireItem = {
      ...rx,
      item: [
        { linkId: 'dose', type: 'decimal' },
        {
          linkId: 'inner',
          type: 'group',
          extension: [variable('double', '%dose * 2')],
          item: [{ linkId: 'shown', type: 'decimal', ...calculated('%double') }],
        },
      ],
    }
    const state = answer(open([nested]), 'rx:0/dose', number(4), edit)
    expect(answersOf(state, 'rx:0/inner/shown')).toEqual([number(8)])
  })

  it('that a question declares holds the answer under which it is asked, and all of them at the question itself', () => {
    const drug: QuestionnaireItem = {
      linkId: 'drug',
      type: 'string',
      repeats: true,
      extension: [
        variable('name', '%context.answer.value'),
        variable('mg', "%context.answer.item.where(linkId='mg').answer.value"),
      ],
      item: [
        { linkId: 'mg', type: 'decimal' },
        { linkId: 'words', type: 'string', ...calculated("%name & ' ' & (%mg * 2).toString()") },
      ],
    }
    const state = answer(open([drug]), 'drug', [{ valueString: 'A' }, { valueString: 'B' }], edit)
    const filled = answer(answer(state, 'drug/mg', number(1), edit), 'drug/:1/mg', number(2), edit)
    expect(answersOf(filled, 'drug/words', 'drug/:1/words')).toEqual([
      [{ valueString: 'A 2' }],
      [{ valueString: 'B 4' }],
    ])
  })

  it('of an expression itself is its own item', () => {
    const state = open([
      {
        linkId: 'a',
        type: 'string',
        extension: [fhirpath(EXT.enableWhenExpression, '%context.answer.exists().not()')],
      },
    ])
    expect(readItem(state, 'a')?.enabled).toBe(true)
  })
})
