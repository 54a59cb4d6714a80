import { describe, expect, it } from 'vitest'
import type { Extension } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer, removeRepetition } from './form-edit.ts'
import { issues, type FormState } from './form-state.ts'
import { EMPTY_META, openForm } from './open-form.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: null, name: 'A' } }
const rule = (expression: string, ...locations: string[]): Extension => ({
  url: EXT.targetConstraint,
  extension: [
    { url: 'key', valueId: 'k' },
    { url: 'severity', valueCode: 'error' },
    { url: 'human', valueString: 'Broken.' },
    { url: 'expression', valueExpression: { language: 'text/fhirpath', expression } },
    ...locations.map((valueString) => ({ url: 'location', valueString })),
  ],
})
const answerOf = (linkId: string) => `%resource.repeat(item).where(linkId='${linkId}').answer.value`
const open = (location: string): FormState =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      extension: [rule(`${answerOf('a')}.empty() or ${answerOf('a')} < 5`, location)],
      item: [
        { linkId: 'a', type: 'integer' },
        { linkId: 'b', type: 'string' },
        {
          linkId: 'row',
          type: 'group',
          repeats: true,
          extension: [
            rule(
              `%context.item.where(linkId='c').answer.value.empty() or %context.item.where(linkId='c').answer.value < 5`,
              "item.where(linkId='c')",
            ),
          ],
          item: [{ linkId: 'c', type: 'integer' }],
        },
      ],
    },
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      item: [1, 9].map((valueInteger) => ({
        linkId: 'row',
        item: [{ linkId: 'c', answer: [{ valueInteger }] }],
      })),
    },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })
const broken = (state: FormState) =>
  issues(state).flatMap(({ kind, itemKey }) => (kind === 'constraint' ? [itemKey] : []))
const give = (state: FormState, valueInteger: number) => answer(state, 'a', [{ valueInteger }], edit)

describe('a broken rule', () => {
  it.each([
    ["item.where(linkId='a')", 'a'],
    // Nothing is answered there: the path says which item is meant.
    ["item.where(linkId='b')", 'b'],
    ["item.where(linkId='gone')", null],
  ])('is told at the item that its location names: %s', (location, key) => {
    const state = give(open(location), 9)
    expect(broken(state)).toContain(key)
    expect(state.items.get('a')?.needs).toBe(key === 'a' ? 'correction' : null)
    expect(broken(give(state, 3))).not.toContain(key)
  })

  it('is told in the repetition that broke it, and no longer once that is gone', () => {
    const state = open("item.where(linkId='a')")
    expect(broken(state)).toEqual(['row:1/c'])
    expect(broken(removeRepetition(state, 'row:0', edit))).toEqual(['row:0/c'])
    expect(broken(removeRepetition(state, 'row:1', edit))).toEqual([])
  })
})

describe('the least number of answers of an optional question', () => {
  const minimum = (linkId: string, more: object) => ({
    linkId,
    extension: [{ url: EXT.minOccurs, valueInteger: 2 }],
    ...more,
  })
  const state = openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        minimum('q', { type: 'string', repeats: true }),
        minimum('one', { type: 'string', repeats: true, required: true }),
      ] as never,
    },
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })
  const said = (of: FormState, key: string) =>
    of.items.get(key)?.issues.map(({ message, severity }) => [message.key, severity])

  it('counts from the start (SDC 4: every enabled minOccurs is met)', () => {
    expect([said(state, 'q'), state.items.get('q')?.needs]).toEqual([[['form.issue.min-occurs', 'error']], 'answer'])
    const one = answer(state, 'q', [{ valueString: 'x' }], edit)
    expect([said(one, 'q'), one.items.get('q')?.needs]).toEqual([[['form.issue.min-occurs', 'error']], 'correction'])
    expect(said(answer(one, 'q', [{ valueString: 'x' }, { valueString: 'y' }], edit), 'q')).toEqual([])
  })
})
