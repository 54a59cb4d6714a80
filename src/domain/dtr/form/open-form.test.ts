import type { Questionnaire, QuestionnaireItem, QuestionnaireResponseItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { attachEvaluator, compiledCalculations, EMPTY_META, openForm } from './open-form.ts'

const by = (url: string, expression: string) => ({
  extension: [{ url, valueExpression: { language: 'text/fhirpath' as const, expression } }],
})

const QUESTIONNAIRE: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    { linkId: 'weight', type: 'decimal', text: 'Weight' },
    {
      linkId: 'dose',
      type: 'decimal',
      text: 'Dose',
      ...by(EXT.calculatedExpression, "%resource.item.where(linkId='weight').answer.value * 5"),
    },
    {
      linkId: 'why',
      type: 'string',
      text: 'Why',
      required: true,
      ...by(EXT.enableWhenExpression, "%resource.item.where(linkId='weight').answer.value > 50"),
    },
    { linkId: 'broken', type: 'integer', text: 'Broken', ...by(EXT.calculatedExpression, "'x' & ") },
  ],
}

describe('attachEvaluator', () => {
  it('leaves every item the object that it was where the expressions say what was there already', () => {
    const before = openForm({
      questionnaire: QUESTIONNAIRE,
      response: {
        resourceType: 'QuestionnaireResponse',
        status: 'in-progress',
        item: [
          { linkId: 'weight', answer: [{ valueDecimal: 68.4 }] },
          { linkId: 'dose', answer: [{ valueDecimal: 342 }] },
          { linkId: 'why', answer: [{ valueString: 'By weight' }] },
        ],
      },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: null,
    })
    const once = attachEvaluator(before, createEvaluator())
    const same = [...once.items].filter(([key, item]) => before.items.get(key) === item).map(([key]) => key)
    expect(same).toEqual(['weight', 'dose', 'why'])
    expect(once.items.get('broken')?.lookup?.status).toBe('failed')
    const twice = attachEvaluator(once, createEvaluator())
    expect([...twice.items].every(([key, item]) => once.items.get(key) === item)).toBe(true)
  })
})

describe('what a response says and the form does not ask', () => {
  const opened = (item: QuestionnaireItem[], response: QuestionnaireResponseItem[]) =>
    openForm({
      questionnaire: { resourceType: 'Questionnaire', status: 'active', item },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', item: response },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: null,
    }).formIssues.map(({ severity, message: { key, params } }) => [severity, key, params])
  const says = (linkId: string, item?: QuestionnaireResponseItem[]) => ({
    linkId,
    answer: [{ valueString: 'x', ...(item === undefined ? {} : { item }) }],
  })
  const asks = (linkId: string, item?: QuestionnaireItem[]): QuestionnaireItem => ({
    linkId,
    type: 'string',
    ...(item === undefined ? {} : { item }),
  })
  const told = (linkIds: string) => [['warning', 'form.issue.left-out', { linkIds }]]

  it('is told by link id: at the root, under an answer, in a group, and a second time for what is asked once', () => {
    expect(opened([asks('a')], [says('a'), says('gone')])).toEqual(told('gone'))
    expect(opened([asks('a')], [says('a', [says('gone')])])).toEqual(told('gone'))
    expect(opened([asks('a', [asks('b')])], [says('a', [says('b'), says('gone')])])).toEqual(told('gone'))
    const group: QuestionnaireItem = { linkId: 'g', type: 'group', item: [asks('a')] }
    expect(opened([group], [{ linkId: 'g', item: [{ linkId: 'other', item: [says('gone')] }] }])).toEqual(told('other'))
    expect(opened([asks('a')], [says('a'), says('a')])).toEqual(told('a'))
  })

  it('is nothing to tell where it says nothing', () => {
    const empty = [{ linkId: 'gone' }, { linkId: 'group', item: [{ linkId: 'b', answer: [] }] }]
    expect(opened([asks('a')], [says('a'), ...empty])).toEqual([])
    expect(opened([{ ...asks('a'), repeats: true }], [says('a'), says('a')])).toEqual([])
  })
})

describe('compiledCalculations', () => {
  const opened = openForm({
    questionnaire: QUESTIONNAIRE,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })

  it('are none while there is no evaluator, and afterwards those that can be read', () => {
    expect(compiledCalculations(opened)).toEqual([])
    const [dose, ...others] = compiledCalculations(attachEvaluator(opened, createEvaluator()))
    expect(dose?.linkIds).toEqual(['weight'])
    expect(others).toEqual([])
  })

  it('give the same result prepared or not', () => {
    const [dose] = compiledCalculations(attachEvaluator(opened, createEvaluator()))
    dose?.prepare()
    const resource = {
      resourceType: 'QuestionnaireResponse',
      item: [{ linkId: 'weight', answer: [{ valueDecimal: 4 }] }],
    }
    const scope = {
      focus: resource,
      names: new Map([['resource', resource]]),
      today: '2026-11-28',
      now: '2026-11-28T00:00:00Z',
    }
    const result = dose?.evaluate(scope)
    expect(result?.ok === true && result.value.values.map(({ value }) => value)).toEqual([20])
  })
})
