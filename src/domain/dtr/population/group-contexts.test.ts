/** Groups that a query expands (SDC itemPopulationContext): whatever else their questions are filled from. */
import { describe, expect, it } from 'vitest'
import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer } from '../form/form-edit.ts'
import { exportChart } from '../form/in-form-chart.ts'
import { chartElsewhere, EMPTY_META, openForm } from '../form/open-form.ts'
import { toMeta, toResponse } from '../response/questionnaire-response.ts'
import { FILLED_AT as AT, fillFromSearches, formOf as form } from '../../../../test/support/fill-from-searches.ts'

const extension = (url: string, expression: string, more: object = {}): Extension => ({
  url,
  valueExpression: { language: 'text/fhirpath', expression, ...more },
})
const context = (name: string, expression: string, language: 'application/x-fhir-query' | 'text/fhirpath') =>
  extension(EXT.itemPopulationContext, expression, { name, language })
const query = (name: string, expression: string) => context(name, expression, 'application/x-fhir-query')
const initial = (expression: string) => extension(EXT.initialExpression, expression)

const question = (
  linkId: string,
  expression: string | null,
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({
  linkId,
  type: 'string',
  ...(expression === null ? {} : { extension: [initial(expression)] }),
  ...more,
})

const group = (item: QuestionnaireItem[], more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId: 'row',
  type: 'group',
  repeats: true,
  extension: [query('drug', 'MedicationRequest?patient=p')],
  item,
  ...more,
})

const drug = (id: string) => ({ resourceType: 'MedicationRequest', id, status: 'active' })
const CHART: Record<string, object[]> = {
  'MedicationRequest?patient=p': [drug('a'), drug('b')],
  'MedicationRequest?patient=none': [],
}

const fill = (questionnaire: Questionnaire, item?: QuestionnaireResponse['item'], meta?: FormMeta) =>
  fillFromSearches({
    questionnaire,
    searches: CHART,
    ...(item === undefined ? {} : { item }),
    ...(meta === undefined ? {} : { meta }),
  })

describe('a group under the answers of a question', () => {
  const asked: QuestionnaireItem = {
    linkId: 'q',
    type: 'string',
    repeats: true,
    extension: [initial("'A' | 'B'")],
    item: [group([question('id', '%drug.id')])],
  }

  it('has one repetition for each result under each answer', async () => {
    const { answers } = await fill(form(asked))
    expect(answers).toEqual({
      q: ['A', 'B'],
      'q/row:0/id': ['a'],
      'q/row:1/id': ['b'],
      'q/:1/row:0/id': ['a'],
      'q/:1/row:1/id': ['b'],
    })
  })

  it('gives way under its own answer where the payer had filled it', async () => {
    const rows = { linkId: 'row', item: [{ linkId: 'id', answer: [prefilled('payer')] }] }
    const { answers } = await fill(form(asked), [
      { linkId: 'q', answer: [prefilled('A'), { ...prefilled('B'), item: [rows] }] },
    ])
    expect(answers).toMatchObject({ 'q/:1/row:0/id': ['a'], 'q/:1/row:1/id': ['b'] })
  })
})

const prefilled = (valueString: string) => ({
  valueString,
  extension: [{ url: EXT.informationOrigin, extension: [{ url: 'source', valueCode: 'auto-server' }] }],
})

describe('a group with a context that is a query', () => {
  it.each<[string, QuestionnaireItem, unknown]>([
    ['an initial value', question('x', null, { initial: [{ valueString: 'given' }] }), 'given'],
    [
      'a selected option',
      question('x', null, { type: 'choice', answerOption: [{ valueString: 'given', initialSelected: true }] }),
      'given',
    ],
    ['an expression that does not use the context', question('x', "'given'"), 'given'],
    ['a computed value', question('x', null, { extension: [extension(EXT.calculatedExpression, "'given'")] }), 'given'],
  ])('has one repetition for each result beside %s', async (_, other, value) => {
    const { answers } = await fill(form(group([other, question('id', '%drug.id')])))
    expect(answers).toEqual({
      'row:0/x': [value],
      'row:0/id': ['a'],
      'row:1/x': [value],
      'row:1/id': ['b'],
    })
  })

  it('stays as it was where a repetition was answered before', async () => {
    const saved = [{ linkId: 'row', item: [{ linkId: 'id', answer: [{ valueString: 'mine' }] }] }]
    const { answers } = await fill(form(group([question('id', '%drug.id'), question('x', "'given'")])), saved)
    expect(answers).toEqual({ 'row:0/id': ['mine'], 'row:0/x': ['given'] })
    const second = [{ linkId: 'row', item: [] }, ...saved]
    expect((await fill(form(group([question('id', '%drug.id')])), second)).answers).toEqual({ 'row:1/id': ['mine'] })
  })

  it('expands what lies in it after it', async () => {
    const inner = group([question('id', '%inner.id + %drug.id')], {
      linkId: 'in',
      extension: [query('inner', 'MedicationRequest?patient=p')],
    })
    const { answers } = await fill(form(group([inner])))
    expect(Object.values(answers).flat().sort()).toEqual(['aa', 'ab', 'ba', 'bb'])
  })

  it('says so where it cannot be expanded, or its context has no name', async () => {
    const single = await fill(form(group([question('id', '%drug.id')], { repeats: false })))
    expect(single.lookup('row')).toMatchObject({
      status: 'failed',
      reason: { key: 'form.lookup.several-values', params: { count: 2 } },
    })
    const { url, valueExpression } = query('', 'MedicationRequest?patient=p')
    const unnamed = { url, valueExpression: { language: valueExpression!.language, expression: 'MedicationRequest' } }
    const { lookup, answers } = await fill(form(group([question('x', "'given'")], { extension: [unnamed] })))
    expect([lookup('row:0')?.reason?.key, answers]).toEqual(['form.lookup.context-unnamed', { 'row:0/x': ['given'] }])
  })

  it('keeps its initial values where the query fails or finds nothing', async () => {
    const x = question('x', null, { initial: [{ valueString: 'given' }] })
    for (const asked of ['MedicationRequest?patient=refused', 'MedicationRequest?patient=none'])
      expect((await fill(form(group([x], { extension: [query('drug', asked)] })))).answers).toEqual({
        'row:0/x': ['given'],
      })
  })
})

describe('repetitions that the payer filled in', () => {
  const payers = (linkId: string, valueString: string) => ({
    linkId,
    answer: [
      {
        valueString,
        extension: [{ url: EXT.informationOrigin, extension: [{ url: 'source', valueCode: 'auto-server' }] }],
      },
    ],
  })
  const rows = (...ids: string[]) =>
    ids.map((id) => ({ linkId: 'row', item: [payers('id', id), payers('note', `note of ${id}`)] }))
  const questions = [question('id', '%drug.id'), question('note', null)]

  it('give way to what the chart holds, each as a whole', async () => {
    for (const ids of [['x'], ['x', 'y'], ['x', 'y', 'z']]) {
      const { answers, state } = await fill(form(group(questions)), rows(...ids))
      expect(answers).toEqual({ 'row:0/id': ['a'], 'row:1/id': ['b'] })
      expect(state.roots).toEqual(['row:0', 'row:1'])
      expect(state.items.get('row:1')?.repetition).toMatchObject({ index: 1, count: 2 })
    }
  })

  it('stay where the chart holds nothing, or a person answered in one of them', async () => {
    const none = group(questions, { extension: [query('drug', 'MedicationRequest?patient=none')] })
    expect((await fill(form(none), rows('x', 'y'))).answers).toMatchObject({ 'row:0/id': ['x'], 'row:1/id': ['y'] })
    const own = { linkId: 'row', item: [{ linkId: 'id', answer: [{ valueString: 'mine' }] }] }
    const { answers } = await fill(form(group(questions)), [...rows('x'), own])
    expect(answers).toEqual({ 'row:0/id': ['x'], 'row:0/note': ['note of x'], 'row:1/id': ['mine'] })
  })

  it('of a group that does not repeat stay where the chart says nothing of them', async () => {
    const single = group(questions, { repeats: false, extension: [query('drug', 'MedicationRequest?patient=one')] })
    CHART['MedicationRequest?patient=one'] = [drug('a')]
    expect((await fill(form(single), rows('x'))).answers).toEqual({ 'row/id': ['a'], 'row/note': ['note of x'] })
  })
})

describe('a context of the form or of a question', () => {
  const one = (patient: string) => query('drug', `MedicationRequest?patient=${patient}`)
  const root = (patient: string, ...item: QuestionnaireItem[]) => ({ ...form(...item), extension: [one(patient)] })

  it('of the form is its result, not the Bundle', async () => {
    CHART['MedicationRequest?patient=one'] = [drug('a')]
    const { answers, state } = await fill(root('one', question('id', '%drug.id')))
    expect(answers).toEqual({ id: ['a'] })
    expect(state.items.get('id')?.origin?.evidence.map(({ reference }) => reference)).toEqual(['MedicationRequest/a'])
    expect((await fill(root('none', question('id', '%drug.id')))).lookup('id')?.status).toBe('not-found')
  })

  it('of the form or of one answer may not have several', async () => {
    const several = question('id', null, { extension: [one('p'), initial('%drug.id')] })
    for (const questionnaire of [root('p', question('id', '%drug.id')), form(several)]) {
      const { answers, lookup } = await fill(questionnaire)
      expect([answers, lookup('id')]).toMatchObject([
        {},
        { status: 'failed', reason: { key: 'form.lookup.several-values', params: { count: 2 } } },
      ])
    }
  })

  it('of a repeating question gives it an answer for each', async () => {
    const ids = question('id', null, { repeats: true, extension: [one('p'), initial('%drug.id')] })
    expect((await fill(form(ids))).answers).toEqual({ id: ['a', 'b'] })
  })

  it('is the same where there is no chart', async () => {
    const computed = (linkId: string) =>
      question(linkId, null, { extension: [extension(EXT.calculatedExpression, '%drug.id')] })
    const open = (questionnaire: Questionnaire, chart: Record<string, readonly unknown[]>) =>
      openForm({
        questionnaire,
        response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
        meta: EMPTY_META,
        today: AT.slice(0, 10),
        evaluator: createEvaluator(),
        chart: chartElsewhere(chart),
      })
    const ofForm = root('one', computed('id'))
    const { state } = await fill(ofForm)
    expect(open(ofForm, exportChart(state)).items.get('id')?.answers).toEqual([{ valueString: 'a' }])
    const rows = form({
      ...group([computed('id')]),
      extension: [context('drug', '%all', 'text/fhirpath')],
    })
    expect(open(rows, { all: [drug('a'), drug('b')] }).items.get('row:0/id')).toMatchObject({
      answers: [],
      lookup: null,
    })
  })
})

it('what comes into a repetition later is filled from the result that the repetition is of', async () => {
  const late = question('late', '%drug.status + %drug.id', {
    enableWhen: [{ question: 'yes', operator: '=', answerBoolean: true }],
  })
  const questionnaire = form(group([question('id', '%drug.id'), late]), question('yes', null, { type: 'boolean' }))
  const { state } = await fill(questionnaire)
  const edit = { at: AT, author: { reference: null, name: 'A' } }
  const asked = answer(state, 'yes', [{ valueBoolean: true }], edit)
  const again = await fill(questionnaire, toResponse(asked, edit).item, toMeta(asked))
  expect(again.answers).toMatchObject({ 'row:0/late': ['activea'], 'row:1/late': ['activeb'] })
})
