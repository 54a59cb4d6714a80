import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { listOf } from '../../fhir/list.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'
import { addRepetition, answer, clear, removeRepetition } from './form-edit.ts'
import { readItem, type Answer, type FormState } from './form-state.ts'
import { EMPTY_META, openForm } from './open-form.ts'
import { buildResponse } from './response-items.ts'

const edit = { at: '2026-11-22T10:00:00Z', author: { reference: 'Practitioner/1', name: 'A' } }
const evaluator = createEvaluator()
const by = (url: string, expression: string) => ({
  extension: [{ url, valueExpression: { language: 'text/fhirpath' as const, expression } }],
})
const text = (...words: string[]): Answer[] => words.map((valueString) => ({ valueString }))

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

/** What a form would send, without origins. */
const written = (state: FormState): QuestionnaireResponse['item'] =>
  buildResponse({ ...state, rootKeys: state.roots }, () => undefined).item

/** Link id to answers, with what stands under each, short enough to read. */
function outline(items: readonly QuestionnaireResponseItem[] | undefined): unknown {
  return (items ?? []).map(({ linkId, answer: given, item }) =>
    item === undefined
      ? { [linkId]: (given ?? []).map((one) => [one.valueString ?? one.valueCoding?.code, ...below(one.item)]) }
      : { [linkId]: outline(item) },
  )
}
const below = (items: readonly QuestionnaireResponseItem[] | undefined): unknown[] =>
  items === undefined ? [] : [outline(items)]

const DRUG: QuestionnaireItem = {
  linkId: 'drug',
  type: 'string',
  text: 'Drug tried',
  repeats: true,
  item: [
    { linkId: 'dose', type: 'string', text: 'Dose' },
    {
      linkId: 'stop',
      type: 'group',
      text: 'Stopped',
      repeats: true,
      item: [{ linkId: 'why', type: 'string', text: 'Why' }],
    },
  ],
}
const tried = (drug: string, dose: string, ...reasons: string[]) => ({
  valueString: drug,
  item: [
    { linkId: 'dose', text: 'Dose', answer: [{ valueString: dose }] },
    ...reasons.map((valueString) => ({
      linkId: 'stop',
      text: 'Stopped',
      item: [{ linkId: 'why', text: 'Why', answer: [{ valueString }] }],
    })),
  ],
})
const TWO: QuestionnaireResponseItem = {
  linkId: 'drug',
  text: 'Drug tried',
  answer: [tried('A', '1 mg', 'rash'), tried('B', '2 mg', 'no effect', 'headache')],
}
const A = ['A', [{ dose: [['1 mg']] }, { stop: [{ why: [['rash']] }] }]]
const B = ['B', [{ dose: [['2 mg']] }, { stop: [{ why: [['no effect']] }] }, { stop: [{ why: [['headache']] }] }]]

describe('what stands under the answers of a repeating question (R4 answer.item)', () => {
  it('is read and written under its own answer', () => {
    expect(written(open([DRUG], [TWO]))).toEqual([TWO])
  })

  it('is kept with an answer when others come, go, or change places', () => {
    const state = open([DRUG], [TWO])
    const three = answer(state, 'drug', text('A', 'B', 'C'), edit)
    expect(outline(written(three))).toEqual([{ drug: [A, B, ['C']] }])
    expect(readItem(three, 'drug/:2/dose')?.answers).toEqual([])
    const filled = answer(three, 'drug/:2/dose', text('3 mg'), edit)
    const [, second = {}, third = {}] = readItem(filled, 'drug')?.answers ?? []
    const fewer = answer(filled, 'drug', [third, second], edit)
    expect(outline(written(fewer))).toEqual([{ drug: [['C', [{ dose: [['3 mg']] }]], B] }])
    expect([...fewer.items.keys()].filter((key) => key.startsWith('drug/:2'))).toEqual([])
  })

  it('stays where an answer is typed anew, and goes with one that is taken out', () => {
    const state = open([DRUG], [TWO])
    const renamed = answer(state, 'drug', text('A', 'Bb'), edit)
    expect(outline(written(renamed))).toEqual([{ drug: [A, ['Bb', ...B.slice(1)]] }])
    expect(outline(written(answer(renamed, 'drug', text('Bb'), edit)))).toEqual([{ drug: [['Bb', ...B.slice(1)]] }])
    expect(written(clear(state, 'drug', edit))).toBeUndefined()
  })

  it('of another choice is not that of the choice before', () => {
    const options = ['a', 'b', 'none'].map((code) => ({ valueCoding: { code } }))
    const form = open([{ ...DRUG, type: 'choice', answerOption: options }])
    const chosen = answer(answer(form, 'drug', options.slice(0, 1), edit), 'drug/dose', text('1 mg'), edit)
    expect(outline(written(answer(chosen, 'drug', options.slice(2), edit)))).toEqual([{ drug: [['none']] }])
    const other = answer(answer(chosen, 'drug', options.slice(0, 2), edit), 'drug', options.slice(1, 2), edit)
    expect(outline(written(other))).toEqual([{ drug: [['b']] }])
  })

  it('is one for a question that is not answered yet, and goes to its first answer', () => {
    const state = answer(open([DRUG]), 'drug/dose', text('1 mg'), edit)
    expect(outline(written(state))).toEqual([{ drug: [[undefined, [{ dose: [['1 mg']] }]]] }])
    expect(outline(written(answer(state, 'drug', text('A', 'B'), edit)))).toEqual([
      { drug: [['A', [{ dose: [['1 mg']] }]], ['B']] },
    ])
  })

  it('is read too where each answer came as an item of its own, or beside the answers', () => {
    const apart = [
      { linkId: 'drug', text: 'Drug tried', answer: [tried('A', '1 mg', 'rash')] },
      { linkId: 'drug', answer: [tried('B', '2 mg', 'no effect', 'headache')] },
    ]
    expect(outline(written(open([DRUG], apart)))).toEqual([{ drug: [A, B] }])
    const beside = [
      { linkId: 'drug', answer: [{ valueString: 'A' }], item: [{ linkId: 'dose', answer: text('1 mg') }] },
    ]
    expect(outline(written(open([DRUG], beside)))).toEqual([{ drug: [['A', [{ dose: [['1 mg']] }]]] }])
  })

  it('repeats under its own answer', () => {
    const state = addRepetition(open([DRUG], [TWO]), 'drug/:1/stop:1', edit)
    expect(readItem(state, 'drug/stop:1')).toBeUndefined()
    const filled = answer(state, 'drug/:1/stop:2/why', text('cost'), edit)
    const removed = removeRepetition(filled, 'drug/:1/stop:0', edit)
    expect(outline(written(removed))).toEqual([
      {
        drug: [A, ['B', [{ dose: [['2 mg']] }, { stop: [{ why: [['headache']] }] }, { stop: [{ why: [['cost']] }] }]]],
      },
    ])
    expect(readItem(removed, 'drug/:1/stop:1')?.repetition).toMatchObject({ index: 1, count: 2 })
  })

  it('keeps its origin, its id and its signature with its answer', () => {
    const signed = { ...TWO, answer: [tried('A', '1 mg'), { ...tried('B', '2 mg'), id: 'b' }] }
    const [dose] = signed.answer[1]?.item ?? []
    Object.assign(dose ?? {}, { id: 'dose-of-b' })
    const state = answer(open([DRUG], [signed]), 'drug/:1/dose', text('4 mg'), edit)
    const alone = answer(state, 'drug', readItem(state, 'drug')?.answers.slice(1) ?? [], edit)
    expect(toMeta(alone).origins['drug/dose']).toMatchObject({ source: 'manual', kind: 'person' })
    expect(written(alone)).toMatchObject([{ answer: [{ id: 'b', item: [{ linkId: 'dose', id: 'dose-of-b' }] }] }])
    const sent = toResponse(alone, edit).item?.[0]?.answer?.[0]?.item?.[0]?.answer?.[0]
    expect(sent?.extension?.[0]?.extension?.[0]?.valueCode).toBe('manual')
  })

  it('that was saved under the only answer that forms knew is found again', () => {
    const meta = { origins: { 'drug/dose': { ...ORIGIN } }, lookups: {}, cleared: [] }
    const state = openForm({
      questionnaire: { resourceType: 'Questionnaire', status: 'active', item: [DRUG] },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', item: [TWO] },
      meta,
      today: '2026-11-22',
      evaluator,
    })
    expect(readItem(state, 'drug/dose')?.origin).toEqual(ORIGIN)
  })
})

const ORIGIN = {
  source: 'manual' as const,
  kind: 'person' as const,
  author: null,
  at: '2026-11-01T00:00:00Z',
  evidence: [],
  inputs: [],
  foundBy: null,
  suggested: null,
  confirmation: null,
}

describe('conditions and values under an answer', () => {
  const when = (question: string, answerString: string) => ({
    enableWhen: [{ question, operator: '=' as const, answerString }],
  })

  it('a condition on the question means the answer under which it stands; one on a neighbour, the neighbour there', () => {
    const state = open([
      {
        ...DRUG,
        item: [
          { linkId: 'dose', type: 'string' },
          { linkId: 'only-b', type: 'string', ...when('drug', 'B') },
          { linkId: 'high', type: 'string', ...when('dose', '2 mg') },
        ],
      },
    ])
    const two = answer(state, 'drug', text('A', 'B'), edit)
    const dosed = answer(answer(two, 'drug/dose', text('1 mg'), edit), 'drug/:1/dose', text('2 mg'), edit)
    const enabled = (of: FormState, key: string) => readItem(of, key)?.enabled
    expect([enabled(dosed, 'drug/only-b'), enabled(dosed, 'drug/:1/only-b')]).toEqual([false, true])
    expect([enabled(dosed, 'drug/high'), enabled(dosed, 'drug/:1/high')]).toEqual([false, true])
    const alone = answer(dosed, 'drug', text('B'), edit)
    expect([enabled(alone, 'drug/only-b'), enabled(alone, 'drug/high')]).toEqual([true, true])
  })

  it('a condition outside it holds for what comes with a new answer', () => {
    const dose: QuestionnaireItem = { linkId: 'dose', type: 'string', ...when('detail', 'yes') }
    const state = open([
      { linkId: 'detail', type: 'string' },
      { ...DRUG, item: [dose] },
    ])
    const two = answer(answer(state, 'drug', text('A'), edit), 'drug', text('A', 'B'), edit)
    expect([readItem(two, 'drug/dose')?.enabled, readItem(two, 'drug/:1/dose')?.enabled]).toEqual([false, false])
    const group = { linkId: 'g', type: 'group' as const, repeats: true, item: [dose] }
    const repeated = addRepetition(open([{ linkId: 'detail', type: 'string' }, group]), 'g:0', edit)
    expect(readItem(repeated, 'g:1/dose')?.enabled).toBe(false)
  })

  it('what comes with a new answer begins with its initial value and is computed', () => {
    const state = open([
      {
        ...DRUG,
        item: [
          { linkId: 'route', type: 'string', initial: [{ valueString: 'oral' }] },
          { linkId: 'year', type: 'string', ...by(EXT.calculatedExpression, "'2026'") },
        ],
      },
    ])
    const two = answer(answer(state, 'drug', text('A'), edit), 'drug', text('A', 'B'), edit)
    expect(readItem(two, 'drug/:1/route')?.answers).toEqual(text('oral'))
    expect(readItem(two, 'drug/:1/year')?.answers).toEqual(text('2026'))
  })

  it('an expression of the response reads each answer with what stands under it', () => {
    const doses = "%resource.item.where(linkId='drug').answer.where(value='B').item.where(linkId='dose').answer.value"
    const state = open([DRUG, { linkId: 'b', type: 'string', ...by(EXT.calculatedExpression, doses) }], [TWO])
    const changed = answer(state, 'drug/:1/dose', text('5 mg'), edit)
    expect(readItem(changed, 'b')?.answers).toEqual(text('5 mg'))
  })
})

/** Numbers that look random and are the same each time (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

/** A form of questions and groups inside each other, and a response to it that says something everywhere. */
function someForm(seed: number): { items: QuestionnaireItem[]; response: QuestionnaireResponseItem[] } {
  const number = numbersFrom(seed)
  let count = 0
  const makeItems = (depth: number): QuestionnaireItem[] =>
    Array.from({ length: 1 + number(3) }, () => {
      count += 1
      const type = number(3) === 0 && depth < 3 ? 'group' : 'string'
      const children = depth < 3 && (type === 'group' || number(2) === 0) ? makeItems(depth + 1) : []
      return {
        linkId: `${['i', 'i/', ':', '1', '%3A'][number(5)] ?? ''}${String(count)}`,
        text: `Item ${String(count)}`,
        type,
        repeats: number(2) === 0,
        ...(children.length === 0 ? {} : { item: children }),
      }
    })
  let said = 0
  const say = (items: readonly QuestionnaireItem[]): QuestionnaireResponseItem[] =>
    items.flatMap(({ linkId, text: words = '', type, repeats, item = [] }): QuestionnaireResponseItem[] => {
      const head = { linkId, text: words, ...(number(4) === 0 ? { id: `id-${String(said)}` } : {}) }
      const many = Array.from({ length: repeats === true ? 1 + number(3) : 1 })
      if (type === 'group')
        return many.flatMap(() => {
          const inside = say(item)
          return inside.length === 0 ? [] : [{ ...head, item: inside }]
        })
      if (number(5) === 0) return []
      const answers = many.map(() => {
        const inside = say(item)
        said += 1
        // Equal answers, too: only what stands under them tells them apart.
        const valueString = number(4) === 0 ? 'same' : `answer ${String(said)}`
        return {
          valueString,
          ...(number(4) === 0 ? { id: `a-${String(said)}` } : {}),
          ...(inside.length > 0 ? { item: inside } : {}),
        }
      })
      return [{ ...head, answer: answers }]
    })
  const items = makeItems(0)
  return { items, response: say(items) }
}

describe('any form', () => {
  const seeds = Array.from({ length: 80 }, (_, index) => index + 1)

  it('read and written again is the same, every child under its answer', () => {
    let nested = 0
    for (const seed of seeds) {
      const { items, response } = someForm(seed)
      nested += JSON.stringify(response).split('"item":').length
      expect(written(open(items, response)) ?? [], `seed ${String(seed)}`).toEqual(response)
    }
    expect(nested).toBeGreaterThan(400)
  })

  it('keeps everything else when one answer is taken out', () => {
    let taken = 0
    for (const seed of seeds) {
      const { items, response } = someForm(seed)
      const state = open(items, response)
      const many = state.roots.flatMap((key) => readItem(state, key) ?? []).filter(({ answers }) => answers.length > 1)
      const question = many[seed % Math.max(1, many.length)]
      if (question === undefined) continue
      taken += 1
      const out = seed % question.answers.length
      const left = answer(
        state,
        question.key,
        question.answers.filter((_, index) => index !== out),
        edit,
      )
      const keys = [...left.items.keys()]
      expect(keys, `seed ${String(seed)}`).toEqual([...new Set(keys)])
      for (const [key, item] of left.items) expect(item.key).toBe(key)
      const expected = response.map((item) =>
        item.linkId === question.linkId
          ? { ...item, answer: listOf(item.answer).filter((_, index) => index !== out) }
          : item,
      )
      expect(written(left) ?? [], `seed ${String(seed)}`).toEqual(expected)
    }
    expect(taken).toBeGreaterThan(15)
  })
})
