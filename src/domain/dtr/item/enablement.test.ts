import type { QuestionnaireItemEnableWhen } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { compare, holds } from './enablement.ts'
import type { Answer } from '../form/form-state.ts'

const when = (condition: Partial<QuestionnaireItemEnableWhen>): QuestionnaireItemEnableWhen => ({
  question: 'q',
  operator: '=',
  ...condition,
})
const yes: Answer[] = [{ valueBoolean: true }]

// By hand from R4 Questionnaire.item.enableWhen and its operators.
describe('enableWhen', () => {
  it('exists asks whether there is an answer', () => {
    expect(holds(when({ operator: 'exists', answerBoolean: true }), yes)).toBe(true)
    expect(holds(when({ operator: 'exists', answerBoolean: true }), [])).toBe(false)
    expect(holds(when({ operator: 'exists', answerBoolean: false }), [])).toBe(true)
    expect(holds(when({ operator: 'exists', answerBoolean: false }), yes)).toBe(false)
  })

  it('= holds for any equal answer, != for answers of which none is equal; neither for none', () => {
    const two: Answer[] = [{ valueCoding: { system: 's', code: 'a' } }, { valueCoding: { system: 's', code: 'b' } }]
    expect(holds(when({ answerCoding: { system: 's', code: 'b' } }), two)).toBe(true)
    expect(holds(when({ answerCoding: { code: 'b' } }), two)).toBe(true)
    expect(holds(when({ answerCoding: { system: 'other', code: 'b' } }), two)).toBe(false)
    expect(holds(when({ operator: '!=', answerCoding: { system: 's', code: 'b' } }), two)).toBe(false)
    expect(holds(when({ operator: '!=', answerCoding: { system: 's', code: 'c' } }), two)).toBe(true)
    expect(holds(when({ operator: '!=', answerCoding: { system: 's', code: 'c' } }), [])).toBe(false)
  })

  it.each([
    ['>', 5, false],
    ['>', 4, true],
    ['>=', 5, true],
    ['<', 5, false],
    ['<=', 5, true],
    ['<', 6, true],
  ] as const)('5 %s %i is %s', (operator, limit, expected) => {
    expect(holds(when({ operator, answerInteger: limit }), [{ valueInteger: 5 }])).toBe(expected)
    expect(
      holds(when({ operator, answerQuantity: { value: limit, code: 'kg' } }), [
        { valueQuantity: { value: 5, code: 'kg' } },
      ]),
    ).toBe(expected)
  })

  it('quantities of different units and a value of another kind are not ordered', () => {
    expect(
      holds(when({ operator: '>', answerQuantity: { value: 1, code: 'kg' } }), [
        { valueQuantity: { value: 5, code: 'g' } },
      ]),
    ).toBe(false)
    expect(holds(when({ operator: '>', answerInteger: 1 }), [{ valueString: '5' }])).toBe(false)
  })

  it('dates are compared to the precision that both have', () => {
    expect(compare('2026-11', '2026-10-30')).toBe(1)
    expect(compare('2026-11', '2026-11-30')).toBe(0)
    expect(compare('2025', '2026-01-01')).toBe(-1)
  })

  it('a url answer equals a string condition', () => {
    expect(holds(when({ answerString: 'https://x.example' }), [{ valueUri: 'https://x.example' }])).toBe(true)
  })
})
