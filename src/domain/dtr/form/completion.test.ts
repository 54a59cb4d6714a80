import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { message } from '../../result.ts'
import { readCompletion, type CompletionSetting } from './completion.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { chartElsewhere, cqlFailureKeyOf, EMPTY_META, openForm } from './open-form.ts'

const condition = { language: 'text/cql-identifier', expression: '"Lib"."Define"' }
const open = (failures: Record<string, readonly unknown[]> = {}) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        { linkId: 'must', type: 'string', required: true },
        { linkId: 'asked', type: 'string', extension: [{ url: EXT.enableWhenExpression, valueExpression: condition }] },
      ],
    },
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', questionnaire: 'urn:q' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: createEvaluator(),
    chart: chartElsewhere(failures),
  })
const blockersIn = (state: ReturnType<typeof open>, setting: CompletionSetting) =>
  readCompletion(state, setting).blockers.map(({ itemKey, message: { key } }) => [itemKey, key])

it('leaves the completion of an adaptive form to the payer, and asks nothing of one that the payer completed', () => {
  expect(blockersIn(open(), { version: '2.2', adaptive: 'answering' })).toEqual([
    ['must', 'form.issue.required'],
    [null, 'form.issue.payer-asks-on'],
  ])
  expect(blockersIn(open(), { version: '2.2', adaptive: 'completed' })).toEqual([])
})

it('asks what a failed condition would decide, and lets the version say whether that blocks', () => {
  const state = open({ [cqlFailureKeyOf(condition)]: [message('form.lookup.cql-timeout')] })
  expect(state.items.get('asked')?.enabled).toBe(true)
  expect(blockersIn(state, { version: '2.2', adaptive: null })).toContainEqual(['asked', 'form.issue.logic-failed'])
  const older = readCompletion(state, { version: '2.0.1', adaptive: null })
  expect(older.blockers.map(({ itemKey }) => itemKey)).toEqual(['must'])
  expect(older.warnings).toMatchObject([{ itemKey: 'asked', message: { key: 'form.issue.logic-unknown' } }])
})

const constrained = (expression: { language: string; expression: string }, severity: string) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        {
          linkId: 'a',
          type: 'string',
          extension: [
            {
              url: EXT.targetConstraint,
              extension: [
                { url: 'key', valueId: 'c' },
                { url: 'severity', valueCode: severity },
                { url: 'expression', valueExpression: expression },
                { url: 'human', valueString: 'Never' },
              ],
            },
          ],
        },
      ],
    },
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', questionnaire: 'urn:q' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: createEvaluator(),
    chart: chartElsewhere({ [cqlFailureKeyOf(condition)]: [message('form.lookup.cql-timeout')] }),
  })

it('a rule that cannot be evaluated weighs what it would weigh broken', () => {
  const malformed = { language: 'text/fhirpath', expression: '(((' }
  const plain: CompletionSetting = { version: '2.2', adaptive: null }
  expect(blockersIn(constrained(malformed, 'error'), plain)).toEqual([['a', 'form.issue.constraint-unknown']])
  expect(blockersIn(constrained(malformed, 'warning'), plain)).toEqual([])
})

it('the version says whether a rule blocks whose CQL failed', () => {
  const rule = constrained(condition, 'error')
  expect(blockersIn(rule, { version: '2.2', adaptive: null })).toEqual([['a', 'form.issue.logic-failed']])
  expect(blockersIn(rule, { version: '2.0.1', adaptive: null })).toEqual([])
})

describe('a required question that is not asked here and that the chart does not fill', () => {
  const hidden = { url: EXT.hidden, valueBoolean: true }
  const display = { url: EXT.usageMode, valueCode: 'display' }
  const computing = (expression: string) => ({
    url: EXT.calculatedExpression,
    valueExpression: { language: 'text/fhirpath', expression },
  })
  const requiring = (item: object) =>
    openForm({
      questionnaire: {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          { linkId: 'weight', type: 'decimal' },
          { linkId: 'must', type: 'decimal', required: true, ...item },
        ],
      },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', questionnaire: 'urn:q' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: createEvaluator(),
    })
  const dose = computing("%resource.item.where(linkId='weight').answer.value * 5")

  it.each([
    ['hidden', { extension: [hidden] }],
    ['for display only', { extension: [display] }],
    ['not to be changed', { readOnly: true }],
    ['hidden, by a computation that fails', { extension: [hidden, computing('1.nothing()')] }],
  ])('is told and stops nobody: %s', (_, item) => {
    const { mayComplete, warnings } = readCompletion(requiring(item))
    expect(mayComplete).toBe(true)
    expect(warnings).toMatchObject([{ itemKey: 'must', message: { key: 'form.issue.required-unreachable' } }])
  })

  it.each([
    ['can be answered', {}],
    ['is computed from answers', { readOnly: true, extension: [dose] }],
  ])('but not one that %s', (_, item) => {
    expect(readCompletion(requiring(item)).blockers).toMatchObject([{ itemKey: 'must' }])
  })
})
