import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from './fhirpath-evaluator.ts'
import { answer } from '../form/form-edit.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'

const weight = (value: number, url: string = EXT.itemWeight) => ({ extension: [{ url, valueDecimal: value }] })
const coding = (code: string) => ({ system: 'urn:scale', code })
const scored = (linkId: string): QuestionnaireItem => ({
  linkId,
  type: 'choice',
  answerOption: [
    { valueCoding: { ...coding('low'), ...weight(1) } },
    { valueCoding: coding('high'), ...weight(2.5, EXT.ordinalValue) },
    { valueCoding: coding('none') },
  ],
})
const RESOURCE = {
  resourceType: 'QuestionnaireResponse',
  item: [
    { linkId: 'a', answer: [{ valueCoding: coding('low') }] },
    {
      linkId: 'g',
      item: [
        { linkId: 'b', answer: [{ valueCoding: coding('high') }] },
        { linkId: 'c', answer: [{ valueCoding: { ...coding('high'), ...weight(7) } }] },
        { linkId: 'd', answer: [{ valueCoding: coding('none') }] },
        { linkId: 'b', answer: [{ valueCoding: coding('high') }] },
      ],
    },
  ],
}
const FORM: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [scored('a'), { linkId: 'g', type: 'group', item: [scored('b'), scored('c'), scored('d')] }],
}

function run(expression: string, planned: boolean, form: unknown = FORM): unknown[] {
  const compiled = createEvaluator({ planned }).compile({ language: 'text/fhirpath', expression })
  if (!compiled.ok) throw new Error(compiled.error.key)
  const names = new Map<string, unknown>([
    ['resource', RESOURCE],
    ['questionnaire', form],
  ])
  const at = { today: '2026-11-28', now: '2026-11-28T00:00:00Z' }
  const result = compiled.value.evaluate({ focus: RESOURCE, names, ...at })
  if (!result.ok) throw new Error(result.error.key)
  return result.value.values.map(({ value }) => value)
}

describe.each([true, false])('the functions that SDC adds, planned: %s', (planned) => {
  it('weigh by the answer itself, else by the option; what has no weight is no zero', () => {
    expect(run("%resource.item.where(linkId = 'a').answer.value.weight()", planned)).toEqual([1])
    expect(run("%resource.item.where(linkId = 'g').item.answer.weight()", planned)).toEqual([2.5, 7, 2.5])
    expect(run("%resource.item.where(linkId = 'g').item.answer.value.ordinal()", planned)).toEqual([2.5, 7, 2.5])
    expect(run("%resource.item.item.where(linkId = 'd').answer.value.weight()", planned)).toEqual([])
    expect(run('%resource.item.where(answer.value.weight() = 1).linkId', planned)).toEqual(['a'])
  })

  it('know only the weights of answers where no form is in scope', () => {
    expect(run('%resource.item.item.answer.value.weight()', planned, {})).toEqual([7])
  })

  it('give every answer below, equal ones too', () => {
    expect(run('%resource.answers().value.code', planned)).toEqual(['low', 'high', 'high', 'none', 'high'])
    expect(run("%resource.item.where(linkId = 'g').answers().weight().sum()", planned)).toEqual([12])
    expect(run("%resource.item.where(linkId = 'nowhere').answers().count()", planned)).toEqual([0])
  })
})

describe('a score in an open form', () => {
  it('follows the answers that it weighs', () => {
    const valueExpression = {
      language: 'text/fhirpath' as const,
      expression: "%resource.item.where(linkId = 'a' or linkId = 'g').answers().value.weight().sum()",
    }
    const score: QuestionnaireItem = {
      linkId: 'score',
      type: 'decimal',
      extension: [{ url: EXT.calculatedExpression, valueExpression }],
    }
    const edit = { at: '2026-11-28T10:00:00Z', author: { reference: null, name: 'P' } }
    const opened = openForm({
      questionnaire: { ...FORM, item: [...(FORM.item ?? []), score] },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: createEvaluator(),
    })
    const low = answer(opened, 'a', [{ valueCoding: coding('low') }], edit)
    expect(low.items.get('score')?.answers).toEqual([{ valueDecimal: 1 }])
    const both = answer(low, 'g/b', [{ valueCoding: coding('high') }], edit)
    expect(both.items.get('score')?.answers).toEqual([{ valueDecimal: 3.5 }])
  })
})
