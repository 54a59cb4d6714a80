import { describe, expect, it } from 'vitest'
import { EXT } from '../fhir/canonical.ts'
import { mayAmend, mayAnswerAt } from './entry-mode.ts'
import { answer } from './form-edit.ts'
import { EMPTY_META, openForm } from './open-form.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const open = (mode: string) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      extension: [{ url: EXT.entryMode, valueCode: mode }],
      item: [
        { linkId: 'a', type: 'string', required: true },
        { linkId: 'g', type: 'group', item: [{ linkId: 'b', type: 'string' }] },
        { linkId: 'c', type: 'string' },
      ],
    },
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })

describe('a sequential form', () => {
  const empty = open('sequential')
  const begun = answer(empty, 'a', [{ valueString: 'x' }], edit)

  it('does not let a person go on from a question that needs something', () => {
    expect([mayAnswerAt(empty, 'a', null), mayAnswerAt(empty, 'g/b', null)]).toEqual([true, false])
    expect([mayAnswerAt(begun, 'g/b', 'a'), mayAnswerAt(begun, 'c', 'a')]).toEqual([true, true])
  })

  it('does not let a person go back', () => {
    expect([mayAnswerAt(begun, 'a', 'g/b'), mayAnswerAt(begun, 'g/b', 'g/b')]).toEqual([false, true])
  })

  it('has no such thing as an item that is not there', () => {
    expect(mayAnswerAt(begun, 'z', null)).toBe(false)
  })

  it('cannot be amended once it is completed', () => {
    expect([mayAmend(begun, 'in-progress'), mayAmend(begun, 'completed'), mayAmend(begun, 'amended')]).toEqual([
      true,
      false,
      false,
    ])
  })
})

it.each(['prior-edit', 'random', 'sideways'])('a form of mode %s allows all of it', (mode) => {
  const state = open(mode)
  expect([mayAnswerAt(state, 'c', null), mayAnswerAt(state, 'a', 'c'), mayAmend(state, 'completed')]).toEqual([
    true,
    true,
    true,
  ])
})
