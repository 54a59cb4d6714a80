import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import type { AnswerOrigin, FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { FormDraft } from '../form/form-draft.ts'
import { answer, removeRepetition } from '../form/form-edit.ts'
import type { FormState } from '../form/form-state.ts'
import { openForm } from '../form/open-form.ts'
import { settle } from '../form/settle.ts'
import { computedOrigin } from '../item/information-origin.ts'
import { appendRows, matchRows } from './reopened-rows.ts'
import { compareReopened, listNewRows } from './reopening.ts'

const at = '2026-11-28T10:00:00Z'
const edit = { at, author: { reference: 'Practitioner/p', name: 'P' } }
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    {
      linkId: 'row',
      type: 'group',
      repeats: true,
      extension: [
        {
          url: EXT.itemPopulationContext,
          valueExpression: { name: 'one', language: 'application/x-fhir-query', expression: 'Condition' },
        },
      ],
      item: [
        { linkId: 'code', type: 'string' },
        { linkId: 'note', type: 'string' },
      ],
    },
  ],
}
const originFrom = (id: string): AnswerOrigin => ({
  ...computedOrigin({ linkIds: [], foundBy: null }, at),
  kind: 'chart',
  evidence: [
    {
      evidenceId: id,
      reference: `Condition/${id}`,
      resourceType: 'Condition',
      versionId: null,
      label: id,
      date: null,
      path: null,
      value: null,
    },
  ],
})

/** Rows by the resource that each rests on, with what it says. */
const open = (rows: readonly (readonly [id: string, code: string])[], lookups: FormMeta['lookups'] = {}): FormState =>
  openForm({
    questionnaire,
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      questionnaire: 'urn:q',
      item: rows.map(([, valueString]) => ({ linkId: 'row', item: [{ linkId: 'code', answer: [{ valueString }] }] })),
    },
    meta: {
      origins: Object.fromEntries(rows.map(([id], index) => [`row:${String(index)}/code`, originFrom(id)])),
      lookups,
      cleared: [],
    },
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })
const [a, b, c] = [['a', 'A'] as const, ['b', 'B'] as const, ['c', 'C'] as const]
const told = (saved: FormState, populated: FormState) =>
  compareReopened(saved, populated).map(({ itemKey, old, new: found }) => [
    itemKey,
    old[0]?.valueString,
    found[0]?.valueString,
  ])

describe('rows of a form that is opened again', () => {
  it('are the same by the resource that they rest on, wherever they stand', () => {
    expect(told(open([a, b]), open([c, b, a]))).toEqual([])
    expect(told(open([a, b]), open([c, ['b', 'B2'], a]))).toEqual([['row:1/code', 'B', 'B2']])
  })

  it('are the same by what they say, where no resource is known again', () => {
    const renamed = (rows: readonly (readonly [string, string])[]) =>
      rows.map(([id, code]) => [`x-${id}`, code] as const)
    expect(told(open([a, b]), open(renamed([b, a])))).toEqual([])
  })

  it('that are gone are asked about, unless the chart could not be searched', () => {
    expect(told(open([a, b]), open([b]))).toEqual([['row:0/code', 'A', undefined]])
    const failed = { 'row:0/code': { status: 'failed' as const, searches: [], reason: null } }
    expect(told(open([a, b]), open([], failed))).toEqual([])
  })

  it('that are new are told from those that a person took out', () => {
    const without = removeRepetition(open([a, b]), 'row:0', edit)
    expect(listNewRows(without, open([a, b, c]), open([a, b]))).toEqual(['row:2'])
    expect(listNewRows(without, open([a, b]), open([a, b]))).toEqual([])
  })

  it('that are new are appended, and leave the others and what was typed in them', () => {
    const saved = answer(open([a]), 'row:0/note', [{ valueString: 'typed' }], edit)
    const populated = open([c, a])
    const draft = new FormDraft(saved, at)
    expect(appendRows(draft, populated, matchRows(saved, populated).added)).toEqual(['row:1/code'])
    settle(draft)
    const { items } = draft.finish()
    expect(['row:0/code', 'row:0/note', 'row:1/code'].map((key) => items.get(key)?.answers[0]?.valueString)).toEqual([
      'A',
      'typed',
      'C',
    ])
    expect(items.get('row:1/code')).toMatchObject({
      enabled: true,
      origin: { evidence: [{ reference: 'Condition/c' }] },
    })
  })
})
