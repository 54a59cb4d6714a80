import { describe, expect, it } from 'vitest'
import type { FormMeta } from '../../contract/form.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer, clear } from '../form/form-edit.ts'
import { computedOrigin } from '../item/information-origin.ts'
import { openForm } from '../form/open-form.ts'
import { applyReopened, compareReopened } from './reopening.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const automatic = computedOrigin({ linkIds: [], foundBy: 'chart' }, '2026-11-01T00:00:00Z')
const names = ['auto', 'same', 'override', 'manual', 'cleared', 'empty', 'gone', 'payer']

/** A form whose named items hold an automatic answer. */
const open = (values: Record<string, string>, origins: FormMeta['origins'] = {}) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      item: names.map((linkId) => ({ linkId, type: 'string' })),
    },
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      questionnaire: 'urn:q',
      item: Object.entries(values).map(([linkId, valueString]) => ({ linkId, answer: [{ valueString }] })),
    },
    meta: {
      origins: { ...Object.fromEntries(Object.keys(values).map((linkId) => [linkId, automatic])), ...origins },
      lookups: {},
      cleared: [],
    },
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })

const saved = () => {
  const payer = { ...automatic, source: 'auto-server' as const, kind: 'payer' as const }
  let state = open({ auto: 'old', same: 's', override: 'x', cleared: 'c', gone: 'g', payer: 'given' }, { payer })
  state = answer(state, 'override', [{ valueString: 'mine' }], edit)
  state = answer(state, 'manual', [{ valueString: 'typed' }], edit)
  return clear(state, 'cleared', edit)
}
const populated = () => open({ auto: 'new', same: 's', override: 'y', manual: 'chart', cleared: 'c', empty: 'found' })

describe('reopening a form', () => {
  const reopened = compareReopened(saved(), populated())

  it('says per item what becomes of it, by origin', () => {
    expect(reopened.map(({ itemKey, action }) => `${itemKey}: ${action}`)).toEqual([
      'auto: ask',
      'manual: relabel',
      'empty: fill',
      'gone: ask',
    ])
  })

  it('lets the chart replace what the payer filled in', () => {
    const chart = { ...automatic, kind: 'chart' as const }
    const [first] = compareReopened(saved(), open({ payer: 'of the chart' }, { payer: chart })).filter(
      ({ itemKey }) => itemKey === 'payer',
    )
    expect(first).toMatchObject({ action: 'fill', new: [{ valueString: 'of the chart' }] })
    expect(compareReopened(saved(), open({})).map(({ itemKey }) => itemKey)).not.toContain('payer')
  })

  it('changes no filled answer before the person decides; a manual one becomes an override', () => {
    const state = applyReopened(saved(), reopened, new Map(), edit)
    const told = names.map((key) => [
      state.items.get(key)?.answers[0]?.valueString,
      state.items.get(key)?.origin?.source,
    ])
    expect(told).toEqual([
      ['old', 'auto-client'],
      ['s', 'auto-client'],
      ['mine', 'override'],
      ['typed', 'override'],
      [undefined, 'override'],
      ['found', 'auto-client'],
      ['g', 'auto-client'],
      ['given', 'auto-server'],
    ])
    expect(state.items.get('manual')?.origin?.suggested).toEqual([{ valueString: 'chart' }])
    expect(state.items.get('cleared')?.cleared).toBe(true)
  })

  it('takes the new value where the person says so, and makes what is kept theirs', () => {
    const taken = applyReopened(
      saved(),
      reopened,
      new Map([
        ['auto', 'take'],
        ['gone', 'take'],
      ]),
      edit,
    )
    expect(taken.items.get('auto')).toMatchObject({
      answers: [{ valueString: 'new' }],
      origin: { source: 'auto-client' },
    })
    expect(taken.items.get('gone')).toMatchObject({ answers: [], origin: null })
    const kept = applyReopened(saved(), reopened, new Map([['auto', 'keep']]), edit)
    expect(kept.items.get('auto')).toMatchObject({
      answers: [{ valueString: 'old' }],
      origin: { source: 'override', suggested: [{ valueString: 'new' }], author: edit.author },
    })
  })
})
