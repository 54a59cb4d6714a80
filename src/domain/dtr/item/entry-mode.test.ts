import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { mayAmend } from './entry-mode.ts'
import { addRepetition, answer, removeRepetition } from '../form/form-edit.ts'
import { listItems, type FormState } from '../form/form-state.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const open = (mode: string, kept?: FormState) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      extension: [{ url: EXT.entryMode, valueCode: mode }],
      item: [
        { linkId: 'a', type: 'string', required: true },
        { linkId: 'g', type: 'group', item: [{ linkId: 'b', type: 'string' }] },
        { linkId: 'r', type: 'group', repeats: true, item: [{ linkId: 'd', type: 'string' }] },
        { linkId: 'c', type: 'string' },
      ],
    },
    response:
      kept === undefined ? { resourceType: 'QuestionnaireResponse', status: 'in-progress' } : toResponse(kept, edit),
    meta: kept === undefined ? EMPTY_META : toMeta(kept),
    today: '2026-11-28',
    evaluator: null,
  })
const give = (state: FormState, key: string, valueString: string) => answer(state, key, [{ valueString }], edit)
const locks = (state: FormState) =>
  listItems(state)
    .filter(({ type }) => type !== 'group')
    .map(({ locked }) => locked)

describe('a sequential form', () => {
  const empty = open('sequential')
  const begun = give(empty, 'a', 'x')
  const further = give(begun, 'g/b', 'y')

  it('does not let a person go on from a question that needs something', () => {
    expect(locks(empty)).toEqual([null, 'ahead', 'ahead', 'ahead'])
    expect(give(empty, 'g/b', 'y')).toBe(empty)
    expect(locks(begun)).toEqual([null, null, null, null])
  })

  it('does not let a person go back, but mend the answer they are at', () => {
    expect(locks(further)).toEqual(['passed', null, null, null])
    expect(give(further, 'a', 'z')).toBe(further)
    expect(give(further, 'g/b', 'z').items.get('g/b')?.answers).toEqual([{ valueString: 'z' }])
  })

  it('remembers where the person was when it is opened again', () => {
    expect(locks(open('sequential', further))).toEqual(['passed', null, null, null])
  })

  it('does not let a repetition be taken out that was answered, nor one be added once the group is passed', () => {
    const one = addRepetition(further, 'r:0', edit)
    const two = give(give(one, 'r:0/d', '1'), 'r:1/d', '2')
    expect(removeRepetition(one, 'r:1', edit)).not.toBe(one)
    expect(removeRepetition(two, 'r:0', edit)).toBe(two)
    const after = give(two, 'c', 'z')
    expect(addRepetition(after, 'r:1', edit)).toBe(after)
  })

  it('cannot be amended once it is completed', () => {
    expect(
      ['in-progress', 'completed', 'amended'].map((status) => mayAmend('sequential', status as 'amended')),
    ).toEqual([true, false, false])
  })
})

it.each(['prior-edit', 'random', 'sideways'])('a form of mode %s allows all of it', (mode) => {
  const state = give(open(mode), 'c', 'last')
  expect(locks(state)).toEqual([null, null, null, null])
  expect(give(state, 'a', 'x')).not.toBe(state)
  expect(mayAmend(state.model.facts.entryMode, 'completed')).toBe(true)
})
