import { describe, expect, it } from 'vitest'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import type { FormView } from '#domain/contract/form.ts'
import { formView } from '../../testing/form-fixture.ts'
import { adoptForm, openView } from './adopt-form.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: null, name: 'B' } }

describe('adoptForm', () => {
  it('takes their answers, keeps mine that are not saved yet, and leaves the rest the objects that they were', () => {
    const view = formView()
    const saved = openView(view, edit.at, null, [])
    const theirs = answer(saved, 'activity/hbi', [{ valueInteger: 9 }], edit)
    const mine = answer(saved, 'activity/flare', [{ valueBoolean: true }], edit)
    const theirView: FormView = {
      ...view,
      response: toResponse(theirs, edit) as unknown as NonNullable<FormView['response']>,
      meta: toMeta(theirs),
    }
    const merged = adoptForm(theirView, saved, mine, edit)
    expect(merged.items.get('activity/hbi')?.answers).toEqual([{ valueInteger: 9 }])
    expect(merged.items.get('activity/flare')?.answers).toEqual([{ valueBoolean: true }])
    expect(merged.items.get('activity/flare.when')?.enabled).toBe(true)
    expect(merged.items.get('activity/severity')).toBe(mine.items.get('activity/severity'))
  })
})
