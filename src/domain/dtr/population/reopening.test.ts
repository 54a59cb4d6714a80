import { describe, expect, it } from 'vitest'
import type { FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer, clear } from '../form/form-edit.ts'
import { computedOrigin } from '../item/information-origin.ts'
import { openForm } from '../form/open-form.ts'
import { applyReopened, compareReopened, isNewSitting } from './reopening.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const automatic = computedOrigin({ linkIds: [], foundBy: 'chart' }, '2026-11-01T00:00:00Z')
const names = ['auto', 'same', 'override', 'manual', 'cleared', 'empty', 'gone', 'payer']

/** A form whose named items hold an automatic answer. */
const open = (values: Record<string, string>, origins: FormMeta['origins'] = {}) => openWith(values, origins, {})

const openWith = (values: Record<string, string>, origins: FormMeta['origins'], lookups: FormMeta['lookups']) =>
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
      lookups,
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

  it('an answer that the person keeps though nothing is found any more is theirs, and is not asked about again', () => {
    const kept = applyReopened(saved(), reopened, new Map([['gone', 'keep']]), edit)
    expect(kept.items.get('gone')).toMatchObject({
      answers: [{ valueString: 'g' }],
      origin: { source: 'manual', kind: 'person', author: edit.author, suggested: null },
    })
    expect(compareReopened(kept, populated()).map(({ itemKey }) => itemKey)).not.toContain('gone')
  })

  it('a chart that could not be read says nothing about an answer', () => {
    const lookup = { status: 'failed' as const, searches: [], reason: null }
    const unread = openWith({ auto: 'new' }, {}, { gone: lookup })
    expect(compareReopened(saved(), unread).map(({ itemKey }) => itemKey)).not.toContain('gone')
  })

  it('a manual answer that population left standing is not one that it would have given', () => {
    const typed = answer(open({}), 'manual', [{ valueString: 'typed' }], edit)
    expect(compareReopened(typed, typed)).toEqual([])
  })
})

describe('a computed answer', () => {
  const computing = (weight: number, dose: number) =>
    openForm({
      questionnaire: {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          { linkId: 'weight', type: 'decimal' },
          {
            linkId: 'dose',
            type: 'decimal',
            extension: [
              {
                url: EXT.calculatedExpression,
                valueExpression: {
                  language: 'text/fhirpath',
                  expression: "%resource.item.where(linkId='weight').answer.value * 5",
                },
              },
            ],
          },
        ],
      },
      response: {
        resourceType: 'QuestionnaireResponse',
        status: 'in-progress',
        questionnaire: 'urn:q',
        item: [
          { linkId: 'weight', answer: [{ valueDecimal: weight }] },
          { linkId: 'dose', answer: [{ valueDecimal: dose }] },
        ],
      },
      meta: {
        origins: { weight: automatic, dose: { ...automatic, kind: 'computed', inputs: ['weight'] } },
        lookups: {},
        cleared: [],
      },
      today: '2026-11-28',
      evaluator: createEvaluator(),
    })

  it('follows the answers that it is computed from, and is not asked about beside them', () => {
    const saved = computing(80, 400)
    const reopened = compareReopened(saved, computing(90, 450))
    expect(reopened.map(({ itemKey }) => itemKey)).toEqual(['weight'])
    const taken = applyReopened(saved, reopened, new Map([['weight', 'take']]), edit)
    expect(taken.items.get('dose')?.answers).toEqual([{ valueDecimal: 450 }])
  })

  it('is asked about where nothing that it is computed from has changed', () => {
    expect(compareReopened(computing(80, 400), computing(80, 450)).map(({ itemKey }) => itemKey)).toEqual(['dose'])
  })
})

describe('a sitting', () => {
  const readings = [{ launchId: 'one', at: '2026-11-28T08:00:00.000Z' }]

  it.each([
    ['one', '2026-11-28T08:00:05.000Z', false],
    ['one', '2026-11-28T15:59:00.000Z', false],
    ['one', '2026-11-28T16:00:01.000Z', true],
    ['two', '2026-11-28T08:00:05.000Z', true],
  ])('of launch %s at %s: the chart is to be read again is %s', (launchId, now, expected) => {
    expect(isNewSitting(readings, launchId, now)).toBe(expected)
  })

  it('is told by the last time that its launch read the chart', () => {
    const later = [...readings, { launchId: 'one', at: '2026-11-28T15:00:00.000Z' }]
    expect(isNewSitting(later, 'one', '2026-11-28T20:00:00.000Z')).toBe(false)
  })
})
