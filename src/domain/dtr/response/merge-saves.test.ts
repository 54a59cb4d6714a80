import type { Questionnaire, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { addRepetition, answer } from '../form/form-edit.ts'
import type { Answer, FormState } from '../form/form-state.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'
import { listCopyConflicts } from './response-differences.ts'
import { mergeSaves, type TheirChange } from './merge-saves.ts'
import { toMeta, toResponse } from './questionnaire-response.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    {
      linkId: 'drug',
      type: 'string',
      repeats: true,
      item: [
        { linkId: 'dose', type: 'string' },
        { linkId: 'why', type: 'string' },
      ],
    },
    { linkId: 'note', type: 'string' },
  ],
}
const text = (...words: string[]): Answer[] => words.map((valueString) => ({ valueString }))
const open = (response: Pick<QuestionnaireResponse, 'item'>): FormState =>
  openForm({
    questionnaire,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', ...response },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })
const give = (state: FormState, answers: Record<string, Answer[]>): FormState =>
  Object.entries(answers).reduce((all, [key, given]) => answer(all, key, given, edit), state)
/** The form as another server or browser reads it. */
const sent = (state: FormState): FormState =>
  openForm({
    questionnaire,
    response: toResponse(state, edit),
    meta: toMeta(state),
    today: '2026-11-28',
    evaluator: null,
  })
const BASE = give(open({}), {
  drug: text('A', 'B'),
  'drug/dose': text('1 mg'),
  'drug/:1/dose': text('2 mg'),
  note: text('n'),
})

function changesOf(theirs: FormState): TheirChange[] {
  const keys = new Set([...BASE.items.keys(), ...theirs.items.keys()])
  return [...keys].flatMap((itemKey) => {
    const base = BASE.items.get(itemKey)?.answers ?? []
    const same = JSON.stringify(base) === JSON.stringify(theirs.items.get(itemKey)?.answers ?? [])
    return same ? [] : [{ itemKey, base, by: 'T', at: '2026-11-28T09:00:00Z' }]
  })
}

function merged(mine: Record<string, Answer[]>, theirs: Record<string, Answer[]>) {
  const [own, other] = [sent(give(BASE, mine)), sent(give(BASE, theirs))]
  const { state, conflicts } = mergeSaves(own, other, changesOf(other), edit.at)
  return { drugs: doses(toResponse(state, edit).item), conflicts }
}

/** `A: 1 mg / reason`, by drug. */
function doses(items: readonly QuestionnaireResponseItem[] | undefined): string[] {
  const [drug] = items ?? []
  return (drug?.answer ?? []).map(({ valueString = '', item = [] }) =>
    [valueString, ...item.map(({ linkId, answer: given }) => `${linkId} ${given?.[0]?.valueString ?? ''}`)].join(', '),
  )
}

describe('two people who change what stands under the answers of one question', () => {
  it('each under another answer: both stay', () => {
    expect(merged({ 'drug/dose': text('9 mg') }, { 'drug/:1/why': text('rash') })).toEqual({
      drugs: ['A, dose 9 mg', 'B, dose 2 mg, why rash'],
      conflicts: [],
    })
  })

  it('an answer that one adds comes with what stands under it', () => {
    const theirs = { drug: text('A', 'B', 'C'), 'drug/:2/dose': text('3 mg') }
    expect(merged({ 'drug/dose': text('9 mg') }, theirs)).toEqual({
      drugs: ['A, dose 9 mg', 'B, dose 2 mg', 'C, dose 3 mg'],
      conflicts: [],
    })
  })

  it('one takes an answer out, the other changes what stands under the next: it moves up with it', () => {
    const expected = { drugs: ['B, dose 9 mg'], conflicts: [] }
    expect(merged({ 'drug/:1/dose': text('9 mg') }, { drug: text('B') })).toEqual(expected)
    expect(merged({ drug: text('B') }, { 'drug/:1/dose': text('9 mg') })).toEqual(expected)
  })

  it('one takes out the answer under which the other changes something: it stays, as a conflict', () => {
    const mine = merged({ 'drug/dose': text('9 mg') }, { drug: text('B') })
    expect(mine.drugs).toEqual(['B, dose 2 mg', 'A, dose 9 mg'])
    expect(mine.conflicts).toMatchObject([{ itemKey: 'drug', theirs: text('B'), mine: text('A', 'B'), by: 'T' }])
    const theirs = merged({ drug: text('B') }, { 'drug/dose': text('9 mg') })
    expect(theirs.drugs).toEqual(['B, dose 2 mg', 'A, dose 9 mg'])
    expect(theirs.conflicts).toMatchObject([{ itemKey: 'drug', theirs: text('A', 'B'), mine: text('B'), by: 'T' }])
  })

  it('both add an answer: what I answered under mine is not lost', () => {
    const { drugs, conflicts } = merged(
      { drug: text('A', 'B', 'M'), 'drug/:2/dose': text('5 mg') },
      { drug: text('A', 'B', 'T'), 'drug/:2/dose': text('6 mg') },
    )
    expect(drugs).toContain('M, dose 5 mg')
    expect(conflicts.map(({ itemKey }) => itemKey)).toContain('drug')
  })

  it('one corrects an answer, the other changes what stands under it: both stay', () => {
    const expected = { drugs: ['A, dose 1 mg', 'Bb, dose 9 mg'], conflicts: [] }
    expect(merged({ drug: text('A', 'Bb') }, { 'drug/:1/dose': text('9 mg') })).toEqual(expected)
    expect(merged({ 'drug/:1/dose': text('9 mg') }, { drug: text('A', 'Bb') })).toEqual(expected)
  })

  it('one corrects the answer that the other takes out: it comes back whole', () => {
    const { drugs, conflicts } = merged({ drug: text('A') }, { drug: text('A', 'Bb') })
    expect(drugs).toEqual(['A, dose 1 mg', 'Bb, dose 2 mg'])
    expect(conflicts).toMatchObject([{ itemKey: 'drug', base: text('A', 'B') }])
  })

  it('both change the same to different answers: theirs is kept, mine is told', () => {
    const { drugs, conflicts } = merged({ 'drug/:1/dose': text('9 mg') }, { 'drug/:1/dose': text('8 mg') })
    expect(drugs).toEqual(['A, dose 1 mg', 'B, dose 8 mg'])
    expect(conflicts).toMatchObject([{ itemKey: 'drug/:1/dose', base: text('2 mg'), mine: text('9 mg') }])
  })
})

describe('a repetition that somebody adds', () => {
  it('is not lost', () => {
    const group: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [{ linkId: 'g', type: 'group', repeats: true, item: [{ linkId: 'a', type: 'string' }] }],
    }
    const start = openForm({
      questionnaire: group,
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: null,
    })
    const mine = give(start, { 'g:0/a': text('m') })
    const theirs = give(addRepetition(start, 'g:0', edit), { 'g:1/a': text('t') })
    const change: TheirChange = { itemKey: 'g:1/a', base: [], by: 'T', at: edit.at }
    const { state } = mergeSaves(mine, theirs, [change], edit.at)
    expect(['g:0/a', 'g:1/a'].map((key) => state.items.get(key)?.answers)).toEqual([text('m'), text('t')])
  })
})

describe("the EHR's copy", () => {
  it('is compared answer by answer, whatever place an answer has', () => {
    const theirs = sent(give(BASE, { drug: text('B'), 'drug/dose': text('8 mg') }))
    const conflicts = listCopyConflicts(BASE, theirs, BASE, { by: null, at: null })
    expect(conflicts.map(({ itemKey, base, theirs: given }) => [itemKey, base, given])).toEqual([
      ['drug', text('A', 'B'), text('B')],
      ['drug/:1/dose', text('2 mg'), text('8 mg')],
    ])
    const more = sent(give(BASE, { drug: text('A', 'B', 'C'), 'drug/:2/dose': text('3 mg') }))
    expect(listCopyConflicts(BASE, more, BASE, { by: null, at: null }).map(({ itemKey }) => itemKey)).toEqual([
      'drug',
      'drug/:2/dose',
    ])
  })
})
