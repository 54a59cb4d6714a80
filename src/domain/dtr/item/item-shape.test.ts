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
      { type: 'string', text: 'without a link id' },
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

  it('takes the word for a truth value', () => {
    const state = open([{ linkId: 'a', type: 'string', repeats: 'true', required: 'false', readOnly: 'yes' }])
    expect(listItems(state)[0]).toMatchObject({ repeats: true, required: false, readOnly: false })
    expect(issues(state).map(({ message }) => message.key)).toEqual(['form.issue.unreadable'])
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
