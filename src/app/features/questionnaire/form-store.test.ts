import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it, vi } from 'vitest'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { EMPTY_META, openForm } from '#domain/dtr/form/open-form.ts'
import { createActiveItem } from './active-item.ts'
import { createFormStore } from './form-store.ts'
import { createKeptNeeds, firstScreen, questionsIn } from './shown-items.ts'

const QUESTIONNAIRE: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    { linkId: 'a', type: 'string', text: 'A', required: true },
    { linkId: 'b', type: 'string', text: 'B' },
    {
      linkId: 'g',
      type: 'group',
      text: 'G',
      item: Array.from({ length: 30 }, (_, index) => ({ linkId: `g${String(index)}`, type: 'string', text: 'Q' })),
    },
  ],
}
const open = () =>
  openForm({
    questionnaire: QUESTIONNAIRE,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })
const edit = { at: '2026-11-28T10:00:00Z', author: { reference: null, name: 'A' } }

describe('createFormStore', () => {
  it('calls the listeners of the items that an edit changed, and of no others', () => {
    const store = createFormStore(open(), edit.author, () => edit.at)
    const [ofA, ofB] = [vi.fn(), vi.fn()]
    store.subscribeItem('a', ofA)
    const leave = store.subscribeItem('b', ofB)
    store.edit((state, by) => answer(state, 'a', [{ valueString: 'x' }], by))
    expect(ofA).toHaveBeenCalledTimes(1)
    expect(ofB).not.toHaveBeenCalled()
    leave()
    store.edit((state, by) => answer(state, 'b', [{ valueString: 'x' }], by))
    expect(ofB).not.toHaveBeenCalled()
  })
})

describe('createActiveItem', () => {
  it('tells the question that was looked at and the one that is, and opens and closes its evidence', () => {
    const active = createActiveItem('a')
    const called: string[] = []
    for (const key of ['a', 'b', 'c']) active.subscribeItem(key, () => called.push(key))
    active.activate('b')
    expect(called).toEqual(['a', 'b'])
    active.openEvidence('b', 0)
    expect(active.read()).toEqual({ key: 'b', evidenceIndex: 0, evidenceOpen: true })
    active.openEvidence('b', 0)
    expect(active.read().evidenceOpen).toBe(false)
  })
})

describe('what is shown', () => {
  it('keeps a question that has been answered, and the same set as long as nothing is added', () => {
    const kept = createKeptNeeds()
    const before = open()
    const keys = kept.keysOf(before)
    expect([...keys]).toEqual(['a'])
    expect(kept.keysOf(answer(before, 'a', [{ valueString: 'x' }], edit))).toBe(keys)
    kept.clear()
    expect([...kept.keysOf(answer(before, 'a', [{ valueString: 'x' }], edit))]).toEqual([])
  })

  it('counts off a first screen with the groups around its questions', () => {
    const first = firstScreen(open(), null, 16)
    expect(first.has('g')).toBe(true)
    expect(first.has('g/g13')).toBe(true)
    expect(first.has('g/g14')).toBe(false)
    expect(firstScreen(open(), null, questionsIn(768)).has('g/g9')).toBe(false)
  })
})
