import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { evaluateCriteria, type Policy } from './criteria.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer } from './form-edit.ts'
import { EMPTY_META, openForm } from './open-form.ts'

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [{ linkId: 'g', type: 'group', item: [{ linkId: 'score', type: 'integer', text: 'Score', required: true }] }],
}
const policy: Policy = {
  id: 'p',
  title: 'P',
  version: '1',
  reviewedOn: '2026-10-01',
  source: 'test',
  criteria: [
    {
      id: 'severe',
      label: 'Severe',
      expression: "%resource.repeat(item).where(linkId = 'score').answer.value > 7",
      linkIds: ['score'],
      source: 'test',
      reason: 'Not severe.',
    },
    { id: 'broken', label: 'Broken', expression: '%nobody', linkIds: ['score'], source: 'test' },
  ],
}
const edit = { at: '2026-11-22T10:00:00Z', author: { reference: null, name: 'A' } }
const state = openForm({
  questionnaire,
  response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
  meta: EMPTY_META,
  today: '2026-11-22',
  evaluator: createEvaluator(),
})

describe('will it hold?', () => {
  it('an unanswered criterion is unknown and names what is missing and where', () => {
    expect(evaluateCriteria(policy, state)[0]).toMatchObject({
      status: 'unknown',
      itemKey: 'g/score',
      message: { key: 'criteria.message.unanswered', params: { count: 1, questions: 'Score' } },
    })
  })
  it.each([
    [8, 'met', 'criteria.message.met'],
    [7, 'not-met', 'criteria.message.not-met'],
  ] as const)('%i is %s', (valueInteger, status, key) => {
    expect(evaluateCriteria(policy, answer(state, 'g/score', [{ valueInteger }], edit))[0]).toMatchObject({
      status,
      message: { key },
    })
  })
  it('one that cannot be evaluated is unknown and says so', () => {
    expect(evaluateCriteria(policy, state)[1]).toMatchObject({
      status: 'unknown',
      message: { key: 'criteria.message.not-evaluated' },
    })
  })
})
