import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer } from '../form/form-edit.ts'
import { issues, listItems } from '../form/form-state.ts'
import { readSoundItems } from './item-shape.ts'
import { openForm } from '../form/open-form.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const open = (item: unknown, response: unknown = {}) =>
  openForm({
    questionnaire: { resourceType: 'Questionnaire', status: 'active', item } as unknown as Questionnaire,
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      ...(response as object),
    },
    meta: { origins: {}, lookups: {}, cleared: [] },
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })

describe('a questionnaire with elements of the wrong type', () => {
  it('is handed on as it is where nothing is wrong', () => {
    const items = [{ linkId: 'g', type: 'group', item: [{ linkId: 'a', type: 'string', text: 'A' }] }]
    const { items: sound, faults } = readSoundItems(items)
    expect([sound[0], faults]).toEqual([items[0], []])
    expect(sound[0]).toBe(items[0])
  })

  it('opens, and says what it could not read', () => {
    const state = open([
      { linkId: 'a', type: 'string', text: 7, required: 'yes', enableWhen: {}, extension: { url: 'x' } },
      { linkId: 'b', type: 'choice', answerOption: [null, { valueCoding: 'x' }, { valueString: 'ok' }], item: {} },
      {
        linkId: 'c',
        type: 'integer',
        extension: [null, { url: 'http://hl7.org/fhir/StructureDefinition/minValue', valueInteger: '3' }],
      },
      'no item',
      { type: 'string', text: 'without a link id', required: true },
      { linkId: 'd', type: 'telepathy', text: 'Think of a number' },
    ])
    expect(listItems(state).map(({ linkId, type }) => `${linkId} ${type}`)).toEqual([
      'a string',
      'b choice',
      'c integer',
      'd string',
    ])
    expect(state.items.get('b')?.options.map(({ label }) => label)).toEqual(['ok'])
    const said = issues(state).map(({ message }) => message.key)
    expect(said).toContain('form.issue.unreadable')
    expect(said).toContain('form.issue.no-link-id')
    expect(said).toContain('form.issue.unknown-type')
  })

  it('lets the rest be completed without an item that has no link id, unless that has to be answered', () => {
    const severities = (...items: unknown[]) =>
      issues(open([{ linkId: 'a', type: 'string' }, ...items])).map(({ severity, message }) => [severity, message.key])
    expect(
      severities({ type: 'display', text: 'words' }, { type: 'group', item: [{ linkId: 'x', type: 'string' }] }),
    ).toEqual([
      ['warning', 'form.issue.no-link-id-optional'],
      ['warning', 'form.issue.no-link-id-optional'],
    ])
    const asked = { type: 'group', item: [{ linkId: 'x', type: 'string', required: true }] }
    expect(severities(asked)).toEqual([['error', 'form.issue.no-link-id']])
  })

  it('takes the word for a truth value', () => {
    const state = open([{ linkId: 'a', type: 'string', repeats: 'true', required: 'false', readOnly: 'yes' }])
    expect(listItems(state)[0]).toMatchObject({ repeats: true, required: false, readOnly: false })
    expect(issues(state).map(({ message }) => message.key)).toEqual(['form.issue.unreadable'])
  })

  it('takes a truth value or a number that is written as text', () => {
    const { items } = readSoundItems([
      { linkId: 'a', type: 'string', maxLength: '12', initial: [{ valueBoolean: 'false' }, { valueDecimal: '-1.5' }] },
      { linkId: 'b', type: 'string', maxLength: 'a few', initial: [{ valueBoolean: 'no' }] },
    ])
    expect(items[0]).toMatchObject({ maxLength: 12, initial: [{ valueBoolean: false }, { valueDecimal: -1.5 }] })
    expect(items[1]).toEqual({ linkId: 'b', type: 'string', initial: [{}] })
  })

  describe('in a condition', () => {
    const enabled = (condition: object, ...more: object[]) => {
      const item = [
        { linkId: 'asked', type: 'boolean' },
        { linkId: 'amount', type: 'integer' },
        { linkId: 'then', type: 'string', enableBehavior: 'all', enableWhen: [condition, ...more] },
      ]
      const answers = { asked: { valueBoolean: true }, amount: { valueInteger: 3 } }
      const answered = Object.entries(answers).map(([linkId, given]) => ({ linkId, answer: [given] }))
      const state = open(item, { item: answered })
      return [state.items.get('then')?.enabled, issues(state).map(({ message }) => message.key)]
    }

    it.each([
      [{ question: 'asked', operator: '=', answerBoolean: 'true' }, true],
      [{ question: 'asked', operator: '=', answerBoolean: 'false' }, false],
      [{ question: 'amount', operator: '>', answerInteger: '2' }, true],
      [{ question: 'amount', operator: '>', answerInteger: '3' }, false],
    ])('takes the text for the value: %j', (condition, expected) => {
      expect(enabled(condition)).toEqual([expected, []])
    })

    it.each([
      [{ question: 'asked', answerBoolean: true }, true],
      [{ question: 'asked', answerBoolean: false }, false],
      [{ question: 'amount', answerInteger: 4 }, false],
      [{ question: 'asked', hasAnswer: true }, true],
      [{ question: 'asked', hasAnswer: false }, false],
    ])('without an operator means equality, or what hasAnswer says: %j', (condition, expected) => {
      expect(enabled(condition)).toEqual([expected, []])
    })

    it.each([
      { question: 'asked', operator: '=', answerBoolean: 'perhaps' },
      { question: 'asked', operator: 'is', answerBoolean: true },
      { question: 'asked', operator: '=' },
      { operator: '=', answerBoolean: true },
    ])('shows the question where nobody can say when, and says so: %j', (condition) => {
      expect(enabled(condition)).toEqual([true, ['form.issue.unreadable']])
      const other = { question: 'asked', operator: '=', answerBoolean: false }
      expect(enabled(condition, other)[0]).toBe(false)
    })
  })

  it('with questions below a text keeps their answers', () => {
    const help = { linkId: 'help', type: 'display', text: 'Help' }
    const inner = {
      linkId: 'inner',
      type: 'display',
      text: 'In',
      item: [{ linkId: 'q', type: 'string', required: true }],
    }
    const item = [{ linkId: 'outer', type: 'display', text: 'Out', item: [inner, help] }]
    const state = open(item)
    expect(issues(state)).toContainEqual(expect.objectContaining({ itemKey: 'outer/inner/q', kind: 'missing' }))
    const response = toResponse(answer(state, 'outer/inner/q', [{ valueString: 'x' }], edit), edit)
    expect(response.item?.[0]?.item?.[0]?.item?.[0]?.answer?.[0]).toMatchObject({ valueString: 'x' })
    expect(listItems(open([{ ...help, item: [help] }]))[0]?.type).toBe('display')
  })

  it('with no items at all, or items that are no list, opens empty', () => {
    for (const item of [undefined, null, 'x', 3, {}, [[]]]) expect(listItems(open(item))).toEqual([])
  })

  it('nested deeper than anybody can read is cut, and cannot be completed', () => {
    let item: object = { linkId: 'bottom', type: 'string' }
    for (let depth = 0; depth < 5_000; depth += 1) item = { linkId: `g${String(depth)}`, type: 'group', item: [item] }
    const state = open([item])
    expect(listItems(state).length).toBe(40)
    expect(issues(state)).toContainEqual(
      expect.objectContaining({ severity: 'error', message: expect.objectContaining({ key: 'form.issue.too-deep' }) }),
    )
  })

  it('with names of JavaScript for link ids is answered and saved like any other', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    let state = open(names.map((linkId) => ({ linkId, type: 'string', text: linkId })))
    expect(state.items.get('constructor')).toMatchObject({ origin: null, lookup: null, answers: [] })
    for (const name of names) state = answer(state, name, [{ valueString: name }], edit)
    const meta = JSON.parse(JSON.stringify(toMeta(state))) as ReturnType<typeof toMeta>
    expect(Object.keys(meta.origins).sort()).toEqual([...names].sort())
    const again = openForm({ ...reopening(state), meta })
    for (const name of names) expect(again.items.get(name)?.origin?.source).toBe('manual')
  })

  it('with one link id twice among siblings shows the first, and says so', () => {
    const state = open([
      { linkId: 'a', type: 'string', text: 'First' },
      { linkId: 'a', type: 'integer', text: 'Second' },
    ])
    expect(listItems(state).map(({ text }) => text)).toEqual(['First'])
    expect(issues(state).map(({ message }) => message.key)).toContain('form.issue.duplicate-link-id')
  })

  it('and a response with items of the wrong type open empty', () => {
    for (const item of ['x', {}, [null, 4, { linkId: 'a', answer: {} }, { linkId: 'a', answer: [null] }]])
      expect(open([{ linkId: 'a', type: 'string' }], { item }).items.get('a')?.answers).toEqual([])
  })
})

const reopening = (state: ReturnType<typeof open>) => ({
  questionnaire: state.model.questionnaire,
  response: toResponse(state, edit),
  today: '2026-11-28',
  evaluator: createEvaluator(),
})
