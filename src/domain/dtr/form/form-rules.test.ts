import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { addRepetition, answer, answerTyped, rehearse } from './form-edit.ts'
import { counts, readFigures } from './form-figures.ts'
import { issues, nextNeed, readItem, type Answer } from './form-state.ts'
import { attachEvaluator, EMPTY_META, openForm } from './open-form.ts'
import { toResponse } from '../response/questionnaire-response.ts'

const CORE = 'http://hl7.org/fhir/StructureDefinition'
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition'
const edit = { at: '2026-11-22T10:00:00Z', author: { reference: 'Practitioner/1', name: 'A' } }
const fhirpath = (url: string, expression: string) => ({
  url: `${SDC}/${url}`,
  valueExpression: { language: 'text/fhirpath' as const, expression },
})
const evaluator = createEvaluator()

function form(
  item: QuestionnaireItem[],
  more: Partial<Questionnaire> = {},
  loaded: typeof evaluator | null = evaluator,
) {
  const questionnaire: Questionnaire = { resourceType: 'Questionnaire', status: 'active', item, ...more }
  return openForm({
    questionnaire,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-22',
    evaluator: loaded,
  })
}

const faultsOf = (item: Partial<QuestionnaireItem>, ...answers: Answer[]): string[] => {
  const state = form([{ linkId: 'q', type: 'string', ...item }])
  return (readItem(answer(state, 'q', answers, edit), 'q')?.issues ?? []).map(({ message }) =>
    message.key.replace('form.issue.', ''),
  )
}
const limit = (name: string, value: object) => ({ extension: [{ url: `${CORE}/${name}`, ...value }] })

describe('limits of one answer', () => {
  it.each([
    ['max-length', { maxLength: 3 }, { valueString: 'four' }],
    ['min-length', limit('minLength', { valueInteger: 5 }), { valueString: 'four' }],
    ['pattern', limit('regex', { valueString: '[0-9]{10}' }), { valueString: '12345' }],
    ['min-value', { type: 'integer', ...limit('minValue', { valueInteger: 0 }) }, { valueInteger: -1 }],
    ['max-value', { type: 'date', ...limit('maxValue', { valueDate: '2026-11-22' }) }, { valueDate: '2026-12-01' }],
    ['decimal-places', { type: 'decimal', ...limit('maxDecimalPlaces', { valueInteger: 1 }) }, { valueDecimal: 1.25 }],
    [
      'no-such-option',
      { type: 'choice', answerOption: [{ valueCoding: { code: 'a' } }] },
      { valueCoding: { code: 'b' } },
    ],
    [
      'unit',
      { type: 'quantity', ...limit('questionnaire-unitOption', { valueCoding: { code: 'kg' } }) },
      { valueQuantity: { value: 1, code: 'g' } },
    ],
    ['wrong-type', { type: 'integer' }, { valueString: '1' }],
  ] as const)('%s', (fault, item, given) => {
    expect(faultsOf(item as Partial<QuestionnaireItem>, given as Answer)).toEqual([fault])
  })

  it('a pattern holds for what is written, numbers and dates too; lengths are of text', () => {
    const pattern = (valueString: string) => limit('regex', { valueString })
    expect(faultsOf({ type: 'integer', ...pattern('[0-9]{3}') }, { valueInteger: 12 })).toEqual(['pattern'])
    expect(faultsOf({ type: 'integer', ...pattern('[0-9]{3}') }, { valueInteger: 123 })).toEqual([])
    expect(faultsOf({ type: 'date', ...pattern('2026-.*') }, { valueDate: '2025-01-01' })).toEqual(['pattern'])
    expect(faultsOf({ type: 'date', maxLength: 4, ...pattern('2026-.*') }, { valueDate: '2026-01-01' })).toEqual([])
    expect(faultsOf({ type: 'boolean', ...pattern('yes') }, { valueBoolean: true })).toEqual([])
  })

  it('within the limits there is no fault', () => {
    expect(faultsOf({ maxLength: 4 }, { valueString: 'four' })).toEqual([])
    expect(faultsOf({ type: 'integer', ...limit('minValue', { valueInteger: 0 }) }, { valueInteger: 0 })).toEqual([])
  })

  it('a pattern that cannot be checked is said, not enforced', () => {
    expect(faultsOf(limit('regex', { valueString: '(broken' }), { valueString: 'x' })).toEqual(['pattern-unchecked'])
  })

  it('occurrences are counted: one answer where the question does not repeat, minimum and maximum where it does', () => {
    expect(faultsOf({}, { valueString: 'a' }, { valueString: 'b' })).toEqual(['one-answer'])
    expect(
      faultsOf({ repeats: true, ...limit('questionnaire-minOccurs', { valueInteger: 2 }) }, { valueString: 'a' }),
    ).toEqual(['min-occurs'])
    expect(
      faultsOf(
        { repeats: true, ...limit('questionnaire-maxOccurs', { valueInteger: 1 }) },
        { valueString: 'a' },
        { valueString: 'b' },
      ),
    ).toEqual(['max-occurs'])
  })

  it('typed text that is no value is shown, blocks, and is never sent', () => {
    const state = answerTyped(form([{ linkId: 'q', type: 'integer', required: true }]), 'q', 'twelve', edit)
    expect(readItem(state, 'q')).toMatchObject({ rejectedText: 'twelve', answers: [], needs: 'correction' })
    expect(JSON.stringify(toResponse(state, edit))).not.toContain('twelve')
    expect(readItem(answerTyped(state, 'q', '12', edit), 'q')).toMatchObject({
      rejectedText: null,
      needs: null,
      answers: [{ valueInteger: 12 }],
    })
  })
})

describe('minOccurs', () => {
  const least = (min: number) => limit('questionnaire-minOccurs', { valueInteger: min })
  const said = (state: ReturnType<typeof form>, key: string) =>
    readItem(state, key)?.issues.map(({ kind, message }) => `${kind} ${message.key}`)

  it('of a question is to be met where nothing is answered, too', () => {
    const state = form([{ linkId: 'q', type: 'string', repeats: true, ...least(2) }])
    expect(said(state, 'q')).toEqual(['missing form.issue.min-occurs'])
    expect(readItem(state, 'q')?.needs).toBe('answer')
    const one = answer(state, 'q', [{ valueString: 'a' }], edit)
    expect(said(one, 'q')).toEqual(['invalid form.issue.min-occurs'])
    expect(said(answer(one, 'q', [{ valueString: 'a' }, { valueString: 'b' }], edit), 'q')).toEqual([])
    expect(said(form([{ linkId: 'q', type: 'string', repeats: true, ...least(0) }]), 'q')).toEqual([])
  })

  it('of a group counts the repetitions that hold an answer, and is told at the first', () => {
    const group: QuestionnaireItem = {
      linkId: 'g',
      type: 'group',
      repeats: true,
      ...least(2),
      item: [{ linkId: 'a', type: 'string' }],
    }
    const state = form([group])
    expect(said(state, 'g:0')).toEqual(['missing form.issue.min-occurs'])
    const two = addRepetition(answer(state, 'g:0/a', [{ valueString: 'x' }], edit), 'g:0', edit)
    expect(said(two, 'g:0')).toEqual(['invalid form.issue.min-occurs'])
    const both = answer(two, 'g:1/a', [{ valueString: 'y' }], edit)
    expect([said(both, 'g:0'), said(both, 'g:1')]).toEqual([[], []])
  })

  it('asks for nothing in an optional repetition that nobody began', () => {
    const inner: QuestionnaireItem = { linkId: 'a', type: 'string', repeats: true, ...least(2) }
    const state = form([{ linkId: 'g', type: 'group', repeats: true, item: [inner, { linkId: 'b', type: 'string' }] }])
    expect(said(state, 'g:0/a')).toEqual([])
    expect(said(answer(state, 'g:0/b', [{ valueString: 'x' }], edit), 'g:0/a')).toEqual([
      'missing form.issue.min-occurs',
    ])
  })
})

describe('values that are computed in a circle', () => {
  const value = (linkId: string) => `%resource.item.where(linkId='${linkId}').answer.value`
  const computed = (linkId: string, expression: string): QuestionnaireItem => ({
    linkId,
    type: 'integer',
    extension: [fhirpath('sdc-questionnaire-calculatedExpression', expression)],
  })

  it('are nobody’s answers: they are taken out, with what rests on them, and it is said', () => {
    const state = form([
      { linkId: 'seed', type: 'integer' },
      computed('a', `${value('b')} + ${value('seed')}`),
      computed('b', `iif(${value('a')}.exists(), ${value('a')} + 1, ${value('seed')})`),
      computed('after', `${value('a')} * 2`),
      computed('apart', `${value('seed')} * 2`),
    ])
    const turned = answer(state, 'seed', [{ valueInteger: 1 }], edit)
    const values = ['a', 'b', 'after', 'apart'].map((key) => readItem(turned, key)?.answers)
    expect(values).toEqual([[], [], [], [{ valueInteger: 2 }]])
    expect(readItem(turned, 'a')?.origin).toBeNull()
    expect(issues(turned).map(({ message }) => message.key)).toContain('form.issue.cycle')
    expect(toResponse(turned, edit).item?.map(({ linkId }) => linkId)).toEqual(['seed', 'apart'])
  })

  it('leave a person’s answer in the circle alone', () => {
    const state = form([
      { linkId: 'seed', type: 'integer' },
      computed('a', `${value('b')} + 1`),
      computed('b', `iif(${value('a')}.exists(), ${value('a')} + 1, ${value('seed')})`),
    ])
    const kept = answer(answer(state, 'a', [{ valueInteger: 7 }], edit), 'seed', [{ valueInteger: 1 }], edit)
    expect(readItem(kept, 'a')?.answers).toEqual([{ valueInteger: 7 }])
    expect(issues(kept).map(({ message }) => message.key)).not.toContain('form.issue.cycle')
  })
})

describe('required', () => {
  const group: QuestionnaireItem[] = [
    { linkId: 'g', type: 'group', required: true, item: [{ linkId: 'a', type: 'string' }] },
    {
      linkId: 'r',
      type: 'group',
      repeats: true,
      item: [
        { linkId: 'b', type: 'string', required: true },
        { linkId: 'c', type: 'string' },
      ],
    },
  ]
  it('a required group wants one answer below it', () => {
    const state = form(group)
    expect(readItem(state, 'g')?.needs).toBe('answer')
    expect(readItem(answer(state, 'g/a', [{ valueString: 'x' }], edit), 'g')?.needs).toBeNull()
  })
  it('in an optional repetition nothing is required until something is answered there', () => {
    const state = form(group)
    expect(readItem(state, 'r:0/b')?.needs).toBeNull()
    expect(readItem(answer(state, 'r:0/c', [{ valueString: 'x' }], edit), 'r:0/b')?.needs).toBe('answer')
    const two = addRepetition(answer(state, 'r:0/b', [{ valueString: 'x' }], edit), 'r:0', edit)
    expect(readItem(two, 'r:1/b')).toMatchObject({ needs: null })
    expect(toResponse(two, edit).item?.filter(({ linkId }) => linkId === 'r')).toHaveLength(1)
  })
  it('sections and the way round name what needs a person', () => {
    const state = form([...group, { linkId: 'z', type: 'string', required: true }])
    expect(readFigures(state).sections.map(({ key, needsYou }) => [key, needsYou])).toEqual([
      ['g', 1],
      ['r:0', 0],
      ['z', 1],
    ])
    expect(counts(state)).toMatchObject({ needsYou: 2, missing: 2 })
    expect([nextNeed(state, null), nextNeed(state, 'g'), nextNeed(state, 'z')]).toEqual(['g', 'z', 'g'])
  })
})

describe('rules by expression', () => {
  const constraint = (severity: string) => ({
    extension: [
      {
        url: `${CORE}/targetConstraint`,
        extension: [
          { url: 'key', valueId: 'k' },
          { url: 'severity', valueCode: severity },
          { url: 'human', valueString: 'End after start' },
          {
            url: 'expression',
            valueExpression: {
              language: 'text/fhirpath',
              expression:
                "%resource.item.where(linkId='end').answer.value >= %resource.item.where(linkId='start').answer.value",
            },
          },
        ],
      },
    ],
  })
  it.each([
    ['error', 'correction'],
    ['warning', null],
  ] as const)('a broken constraint of severity %s needs %s', (severity, needs) => {
    let state = form([
      { linkId: 'start', type: 'date' },
      { linkId: 'end', type: 'date', ...(constraint(severity) as object) },
    ])
    state = answer(
      answer(state, 'end', [{ valueDate: '2026-01-01' }], edit),
      'start',
      [{ valueDate: '2026-02-01' }],
      edit,
    )
    expect(readItem(state, 'end')).toMatchObject({
      needs,
      issues: [{ kind: 'constraint', severity, message: { params: { text: 'End after start' } } }],
    })
    expect(readItem(answer(state, 'start', [{ valueDate: '2025-01-01' }], edit), 'end')?.issues).toEqual([])
  })

  const conditional: QuestionnaireItem[] = [
    { linkId: 'a', type: 'integer' },
    {
      linkId: 'b',
      type: 'string',
      required: true,
      extension: [
        fhirpath('sdc-questionnaire-enableWhenExpression', "%resource.item.where(linkId='a').answer.value > 3"),
      ],
    },
  ]
  it('enableWhenExpression: empty is false; it follows the answer', () => {
    const state = form(conditional)
    expect(readItem(state, 'b')?.enabled).toBe(false)
    expect(readItem(answer(state, 'a', [{ valueInteger: 4 }], edit), 'b')).toMatchObject({
      enabled: true,
      needs: 'answer',
    })
  })
  it('until the evaluator is loaded such an item is shown where it is answered, and it takes effect afterwards', () => {
    const early = answer(form(conditional, {}, null), 'a', [{ valueInteger: 4 }], edit)
    expect(readItem(early, 'b')?.enabled).toBe(false)
    expect(readItem(attachEvaluator(early, evaluator), 'b')?.enabled).toBe(true)
  })

  it('what a person changed before the evaluator was loaded is computed from when it is', () => {
    const double: QuestionnaireItem = {
      linkId: 'd',
      type: 'integer',
      extension: [
        fhirpath('sdc-questionnaire-calculatedExpression', "%resource.item.where(linkId='a').answer.value * 2"),
      ],
    }
    const questionnaire: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [{ linkId: 'a', type: 'integer' }, double],
    }
    const saved = {
      resourceType: 'QuestionnaireResponse' as const,
      status: 'in-progress' as const,
      item: [
        { linkId: 'a', answer: [{ valueInteger: 1 }] },
        { linkId: 'd', answer: [{ valueInteger: 2 }] },
      ],
    }
    const early = openForm({ questionnaire, response: saved, meta: EMPTY_META, today: '2026-11-22', evaluator: null })
    expect(readItem(attachEvaluator(early, evaluator), 'd')?.answers).toEqual([{ valueInteger: 2 }])
    const edited = answer(early, 'a', [{ valueInteger: 5 }], edit)
    expect(readItem(edited, 'd')?.answers).toEqual([{ valueInteger: 2 }])
    expect(readItem(attachEvaluator(edited, evaluator), 'd')).toMatchObject({
      answers: [{ valueInteger: 10 }],
      origin: { kind: 'computed' },
    })
  })

  it('a saved answer that would be computed otherwise now stays until something it depends on changes', () => {
    const double: QuestionnaireItem = {
      linkId: 'd',
      type: 'integer',
      extension: [
        fhirpath('sdc-questionnaire-calculatedExpression', "%resource.item.where(linkId='a').answer.value * 2"),
      ],
    }
    const questionnaire: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [{ linkId: 'a', type: 'integer' }, double],
    }
    const saved = {
      resourceType: 'QuestionnaireResponse' as const,
      status: 'in-progress' as const,
      item: [
        { linkId: 'a', answer: [{ valueInteger: 1 }] },
        { linkId: 'd', answer: [{ valueInteger: 99 }] },
      ],
    }
    const state = openForm({ questionnaire, response: saved, meta: EMPTY_META, today: '2026-11-22', evaluator })
    expect(readItem(state, 'd')?.answers).toEqual([{ valueInteger: 99 }])
    expect(readItem(answer(state, 'a', [{ valueInteger: 3 }], edit), 'd')?.answers).toEqual([{ valueInteger: 6 }])
  })

  it('expressions that go in a circle stop, and are reported', () => {
    const plusOne = (linkId: string, of: string): QuestionnaireItem => ({
      linkId,
      type: 'integer',
      extension: [
        fhirpath('sdc-questionnaire-calculatedExpression', `%resource.item.where(linkId='${of}').answer.value + 1`),
      ],
    })
    const state = answer(
      form([
        { linkId: 's', type: 'integer' },
        plusOne('x', 'y'),
        {
          ...plusOne('y', 'x'),
          extension: [
            fhirpath(
              'sdc-questionnaire-calculatedExpression',
              "iif(%resource.item.where(linkId='x').answer.exists(), %resource.item.where(linkId='x').answer.value + 1, %resource.item.where(linkId='s').answer.value)",
            ),
          ],
        },
      ]),
      's',
      [{ valueInteger: 1 }],
      edit,
    )
    expect(issues(state).map(({ message }) => message.key)).toContain('form.issue.cycle')
  })

  it('sibling groups that declare the same variable see their own (lexical scope)', () => {
    const group = (name: string, value: string): QuestionnaireItem => ({
      linkId: name,
      type: 'group',
      extension: [
        {
          url: `${CORE}/variable`,
          valueExpression: { name: 'v', language: 'text/fhirpath', expression: `'${value}'` },
        },
      ],
      item: [
        {
          linkId: `${name}.x`,
          type: 'string',
          extension: [
            fhirpath(
              'sdc-questionnaire-calculatedExpression',
              "%v & iif(%resource.item.where(linkId='t').answer.exists(), '!', '')",
            ),
          ],
        },
      ],
    })
    const state = answer(
      form([{ linkId: 't', type: 'boolean' }, group('g1', 'one'), group('g2', 'two')]),
      't',
      [{ valueBoolean: true }],
      edit,
    )
    expect([readItem(state, 'g1/g1.x')?.answers, readItem(state, 'g2/g2.x')?.answers]).toEqual([
      [{ valueString: 'one!' }],
      [{ valueString: 'two!' }],
    ])
  })
})

it('an edit that is rehearsed computes what depends on answers, and changes nothing', () => {
  let asked = 0
  const counting: typeof evaluator = {
    ...evaluator,
    compile(expression) {
      const compiled = evaluator.compile(expression)
      if (!compiled.ok) return compiled
      const { evaluate } = compiled.value
      return {
        ...compiled,
        value: {
          ...compiled.value,
          evaluate: (scope) => {
            asked += 1
            return evaluate(scope)
          },
        },
      }
    },
  }
  const sum = fhirpath('sdc-questionnaire-calculatedExpression', `%resource.item.where(linkId='a').answer.value + 1`)
  const state = form(
    [
      { linkId: 'text', type: 'display', text: 'First of all' },
      { linkId: 'a', type: 'integer', initial: [{ valueInteger: 1 }] },
      { linkId: 'b', type: 'integer', extension: [sum] },
    ],
    {},
    counting,
  )
  const response = JSON.stringify(toResponse(state, edit))
  asked = 0
  rehearse(state, edit.at)
  expect(asked).toBeGreaterThan(0)
  expect(JSON.stringify(toResponse(state, edit))).toBe(response)
})
