import { readFileSync } from 'node:fs'
import type { Coverage, Patient, Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import type { ChartSearch, SourceResource } from '../expression/expression.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer, clear, confirm, removeRepetition, revert } from '../form/form-edit.ts'
import { counts } from '../form/form-figures.ts'
import { issues, readItem } from '../form/form-state.ts'
import { EMPTY_META, chartElsewhere, openForm } from '../form/open-form.ts'
import { populate, type PopulateInput } from './population.ts'
import { buildEmptyResponse, toMeta, toResponse } from '../response/questionnaire-response.ts'

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'))
const questionnaire = load('infusion.questionnaire.json') as Questionnaire
const chart = load('infusion.chart.json') as {
  patient: Patient
  drug: SourceResource
  searches: Record<string, SourceResource[]>
}
const evaluator = createEvaluator()
const author = { reference: 'Practitioner/lena-ruiz', name: 'Dr. Lena Ruiz' }
const edit = { at: '2026-11-22T10:00:00Z', author }
const head = {
  questionnaire,
  patient: chart.patient,
  coverage: { resourceType: 'Coverage', id: 'c1' } as Coverage,
  orders: ['MedicationRequest/m1'],
  purposes: ['withpa'],
  author,
  at: '2026-11-22T09:41:00Z',
}

async function run(
  searches: Record<string, SourceResource[] | 'forbidden'> = chart.searches,
  more: Partial<PopulateInput> = {},
) {
  const made: { query: string; neededBy: string }[] = []
  let ids = 0
  const population = await populate(
    {
      questionnaire,
      response: buildEmptyResponse(head),
      meta: EMPTY_META,
      today: '2026-11-22',
      now: '2026-11-22T04:41:00-05:00',
      evaluator,
      launchContexts: new Map<string, SourceResource[]>([
        ['patient', [chart.patient]],
        ['drug', [chart.drug]],
      ]),
      scoredCodes: [{ system: 'http://ehr.example/flowsheet', code: 'HBI' }],
      at: '2026-11-22T09:41:00Z',
      newEvidenceId: () => `e${String((ids += 1))}`,
      ...more,
    },
    (wanted) => {
      made.push(...wanted)
      return Promise.resolve(
        wanted.map(({ query }): ChartSearch => {
          const found = searches[query]
          if (found === undefined || found === 'forbidden')
            return { query, bundle: null, found: null, complete: false, failure: 'forbidden' }
          const bundle = { resourceType: 'Bundle', type: 'searchset', entry: found.map((resource) => ({ resource })) }
          return { query, bundle, found: found.length, complete: true, failure: null }
        }),
      )
    },
  )
  return { ...population, made }
}

describe('populating a form from the chart', () => {
  it('fills each answer with its source, path, date and value, and names the item that needed each search', async () => {
    const { state, made, evidence } = await run()
    const weight = readItem(state, 'drug/drug.weight')
    expect(weight?.answers).toEqual([
      { valueQuantity: { value: 68.4, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } },
    ])
    expect(weight?.origin).toMatchObject({
      source: 'auto-client',
      kind: 'chart',
      foundBy: 'weight',
      evidence: [
        {
          reference: 'Observation/w1',
          versionId: '2',
          label: 'Weight',
          date: '2026-11-18',
          path: 'Observation.value',
          value: '68.4 kg',
        },
      ],
    })
    expect(evidence.find(({ evidenceId }) => evidenceId === weight?.origin?.evidence[0]?.evidenceId)?.resource.id).toBe(
      'w1',
    )
    expect(readItem(state, 'drug/drug.perKg')?.answers).toEqual([{ valueDecimal: 5 }])
    expect(made.find(({ query }) => query.includes('29463-7'))?.neededBy).toBe('drug.weight')
    expect(new Set(made.map(({ query }) => query)).size).toBe(made.length)
  })

  it('computes from answers, naming its inputs', async () => {
    const { state } = await run()
    expect(readItem(state, 'drug/drug.dose')?.answers).toEqual([{ valueDecimal: 342 }])
    expect(readItem(state, 'drug/drug.dose')?.origin).toMatchObject({
      kind: 'computed',
      inputs: ['drug.weight', 'drug.perKg'],
    })
    expect(readItem(state, 'severity/severe')?.answers).toEqual([{ valueBoolean: false }])
  })

  it('asks to confirm what a clinician scored, and not what is computed from it', async () => {
    const { state } = await run()
    expect(readItem(state, 'severity/hbi')).toMatchObject({
      answers: [{ valueInteger: 9 }],
      needs: 'confirmation',
      origin: { foundBy: 'severity', confirmation: { confirmedAt: null } },
    })
    expect(readItem(state, 'severity/severe')?.needs).toBeNull()
    const confirmed = confirm(state, 'severity/hbi', edit)
    expect(readItem(confirmed, 'severity/hbi')).toMatchObject({
      needs: null,
      origin: { source: 'auto-client', confirmation: { confirmedAt: edit.at, by: author.name } },
    })
  })

  it('says what was looked for where nothing is found, also where the answer is a no', async () => {
    const { state } = await run()
    const search = {
      resourceType: 'Observation',
      query: 'patient=p1&code=http://loinc.org|71773-6',
      found: 0,
      failure: null,
    }
    expect(readItem(state, 'screening/tb.result')).toMatchObject({
      answers: [],
      needs: 'answer',
      lookup: { status: 'not-found', searches: [search] },
    })
    expect(readItem(state, 'screening/tb.done')).toMatchObject({
      answers: [{ valueBoolean: false }],
      origin: { kind: 'chart', evidence: [] },
      lookup: { status: 'not-found', searches: [search] },
    })
  })

  it('does not search for items that are not enabled', async () => {
    const { made } = await run()
    expect(made.some(({ query }) => query.startsWith('Procedure'))).toBe(false)
    const tb = [
      {
        resourceType: 'Observation',
        id: 'tb',
        status: 'final',
        code: { text: 'TB' },
        valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '10828004' }] },
      },
    ]
    const positive = await run({ ...chart.searches, 'Observation?patient=p1&code=http://loinc.org|71773-6': tb })
    expect(positive.made.find(({ query }) => query.startsWith('Procedure'))?.neededBy).toBe('tb.treated')
    expect(readItem(positive.state, 'screening/tb.result')?.answers).toEqual([
      { valueCoding: { system: 'http://snomed.info/sct', code: '10828004', display: 'Positive' } },
    ])
  })

  it('gives each result of a population context its repetition; partial dates stay partial', async () => {
    const { state } = await run()
    expect(state.roots).toEqual(['drug', 'severity', 'screening', 'trials:0', 'trials:1'])
    expect(readItem(state, 'trials:0/trial.drug')?.answers).toEqual([{ valueString: 'Azathioprine' }])
    expect(readItem(state, 'trials:0/trial.start')?.answers).toEqual([{ valueDate: '2024-03' }])
    expect(readItem(state, 'trials:1/trial.start')?.answers).toEqual([{ valueDate: '2025-01-15' }])
    expect(readItem(state, 'trials:1/trial.start')?.origin?.evidence[0]?.reference).toBe('MedicationRequest/t2')
    expect(readItem(state, 'trials:0/trial.why')?.enabled).toBe(true)
    expect(readItem(state, 'trials:1/trial.why')?.enabled).toBe(false)
    const removed = removeRepetition(state, 'trials:0', edit)
    expect(readItem(removed, 'trials:0/trial.drug')?.answers).toEqual([{ valueString: 'Budesonide' }])
    expect(readItem(removed, 'trials:1')).toBeUndefined()
    expect(removed.roots.filter((key) => key.startsWith('trials'))).toEqual(['trials:0'])
  })

  it('reports an unknown language and a refused search on the item, and fills the rest', async () => {
    const { state } = await run({
      ...chart.searches,
      'Observation?patient=p1&code=http://ehr.example/flowsheet|HBI': 'forbidden',
    })
    expect(readItem(state, 'screening/cql')?.lookup).toMatchObject({
      status: 'failed',
      reason: { key: 'form.lookup.unsupported-language', params: { language: 'text/cql' } },
    })
    expect(readItem(state, 'severity/hbi')?.lookup).toMatchObject({
      status: 'failed',
      searches: [{ failure: 'forbidden' }],
    })
    expect(readItem(state, 'drug/drug.weight')?.answers).toHaveLength(1)
  })

  it('converts a value in another unit, and refuses one that does not convert', async () => {
    const query = 'Observation?patient=p1&code=http://loinc.org|29463-7&date=ge2026-08-24'
    const measured = (unit: string, code: string) => [
      {
        resourceType: 'Observation',
        id: 'w',
        status: 'final',
        code: { text: 'Weight' },
        valueQuantity: { value: 150, unit, system: 'http://unitsofmeasure.org', code },
      },
    ]
    const pounds = await run({ ...chart.searches, [query]: measured('lb', '[lb_av]') })
    expect(readItem(pounds.state, 'drug/drug.weight')?.answers[0]?.valueQuantity).toMatchObject({
      value: 68.0388555,
      code: 'kg',
    })
    const { state } = await run({ ...chart.searches, [query]: measured('L', 'L') })
    expect(readItem(state, 'drug/drug.weight')).toMatchObject({
      answers: [],
      lookup: { status: 'refused', reason: { key: 'form.lookup.wrong-unit' } },
    })
  })

  it('leaves overridden, manual and cleared answers alone when it runs again', async () => {
    const { state } = await run()
    let next = answer(state, 'drug/drug.weight', [{ valueQuantity: { value: 70, unit: 'kg', code: 'kg' } }], edit)
    next = clear(next, 'drug/drug.perKg', edit)
    const again = await run(chart.searches, { response: toResponse(next, edit), meta: toMeta(next) })
    expect(readItem(again.state, 'drug/drug.weight')).toMatchObject({
      answers: [{ valueQuantity: { value: 70 } }],
      origin: { source: 'override' },
    })
    expect(readItem(again.state, 'drug/drug.perKg')).toMatchObject({ answers: [], cleared: true })
  })

  it('takes the chart’s answer over what the payer filled in, and leaves that where the chart says nothing', async () => {
    const { state } = await run()
    const { origins, ...meta } = toMeta(state)
    const key = 'drug/drug.weight'
    const payers = { ...origins[key]!, source: 'auto-server' as const, kind: 'payer' as const, evidence: [] }
    const prefilled = answer(state, key, [{ valueQuantity: { value: 1, unit: 'kg', code: 'kg' } }], edit)
    const start = { response: toResponse(prefilled, edit), meta: { ...meta, origins: { ...origins, [key]: payers } } }
    expect(readItem((await run(chart.searches, start)).state, key)).toMatchObject({
      answers: readItem(state, key)?.answers,
      origin: { source: 'auto-client', kind: 'chart' },
    })
    expect(readItem((await run({}, start)).state, key)).toMatchObject({
      answers: [{ valueQuantity: { value: 1 } }],
      origin: { source: 'auto-server' },
    })
  })
})

describe('an item with an initial value and an expression', () => {
  const withInitial = (language: string, expression: string): Questionnaire => ({
    resourceType: 'Questionnaire',
    status: 'active',
    extension: questionnaire.extension ?? [],
    item: [
      {
        linkId: 'x',
        type: 'string',
        initial: [{ valueString: 'given' }],
        extension: [{ url: EXT.initialExpression, valueExpression: { language, expression } }],
      },
    ],
  })
  const filled = async (language: string, expression: string) => {
    const form = withInitial(language, expression)
    const { state } = await run(
      {},
      { questionnaire: form, response: buildEmptyResponse({ ...head, questionnaire: form }) },
    )
    return readItem(state, 'x')
  }

  it('has what the expression finds', async () => {
    const item = await filled('text/fhirpath', "'found'")
    expect(item).toMatchObject({ answers: [{ valueString: 'found' }], lookup: null })
  })
  it.each([
    ['is malformed', 'text/fhirpath', "'found"],
    ['fails', 'text/fhirpath', "('a' | 'b').single()"],
    ['is of a language that is not spoken', 'text/basic', 'PRINT'],
  ])('has the initial value where the expression %s, with the failure beside it', async (_, language, expression) => {
    const item = await filled(language, expression)
    expect(item).toMatchObject({
      answers: [{ valueString: 'given' }],
      origin: { source: 'auto-server', kind: 'payer' },
      lookup: { status: 'failed' },
    })
  })
  it('stays empty where the expression finds nothing: nothing failed', async () => {
    expect((await filled('text/fhirpath', '{}'))?.answers).toEqual([])
  })
})

describe('working on a populated form in the browser', () => {
  const inBrowser = async () => {
    const { state } = await run()
    return openForm({
      questionnaire,
      response: toResponse(state, edit),
      meta: toMeta(state),
      today: '2026-11-22',
      evaluator,
      chart: chartElsewhere(),
    })
  }

  it('a saved form opens as it was', async () => {
    const { state } = await run()
    const opened = await inBrowser()
    expect(counts(opened)).toEqual(counts(state))
    expect(toResponse(opened, edit)).toEqual(toResponse(state, edit))
    expect(toMeta(opened)).toEqual(toMeta(state))
  })

  it('an edit recomputes what depends on it and leaves every other item untouched', async () => {
    const before = await inBrowser()
    const after = answer(
      before,
      'drug/drug.weight',
      [{ valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } }],
      edit,
    )
    expect(readItem(after, 'drug/drug.dose')).toMatchObject({
      answers: [{ valueDecimal: 350 }],
      origin: { kind: 'computed', at: edit.at },
    })
    const changed = [...after.items.keys()].filter((key) => after.items.get(key) !== before.items.get(key))
    expect(changed.sort()).toEqual(['drug/drug.dose', 'drug/drug.weight'])
    expect(readItem(after, 'drug/drug.weight')?.origin).toMatchObject({
      source: 'override',
      kind: 'person',
      author,
      suggested: [{ valueQuantity: { value: 68.4 } }],
      evidence: [{ reference: 'Observation/w1' }],
    })
  })

  it('the way back restores the suggestion and its origin; typing the same value is the way back too', async () => {
    const before = await inBrowser()
    const changed = answer(before, 'drug/drug.perKg', [{ valueDecimal: 10 }], edit)
    for (const back of [
      revert(changed, 'drug/drug.perKg', edit),
      answer(changed, 'drug/drug.perKg', [{ valueDecimal: 5 }], edit),
    ])
      expect(readItem(back, 'drug/drug.perKg')).toMatchObject({
        answers: [{ valueDecimal: 5 }],
        origin: { source: 'auto-client', kind: 'chart', author: null, suggested: null },
      })
  })

  it('a cleared answer stays cleared, can be brought back, and a computed one is not computed again', async () => {
    const cleared = clear(clear(await inBrowser(), 'drug/drug.perKg', edit), 'drug/drug.dose', edit)
    expect(readItem(cleared, 'drug/drug.perKg')).toMatchObject({ answers: [], cleared: true })
    expect(readItem(cleared, 'drug/drug.dose')).toMatchObject({ answers: [] })
    expect(toMeta(cleared).cleared).toContain('drug/drug.perKg')
    expect(readItem(revert(cleared, 'drug/drug.perKg', edit), 'drug/drug.perKg')).toMatchObject({
      answers: [{ valueDecimal: 5 }],
      cleared: false,
    })
  })

  it('a computed answer enables what depends on it, which is then required', async () => {
    const severe = answer(await inBrowser(), 'severity/hbi', [{ valueInteger: 18 }], edit)
    expect(readItem(severe, 'severity/severe')?.answers).toEqual([{ valueBoolean: true }])
    expect(readItem(severe, 'severity/severeReason')).toMatchObject({ enabled: true, needs: 'answer' })
    expect(issues(severe).filter(({ itemKey }) => itemKey === 'severity/severeReason')).toMatchObject([
      { kind: 'missing', severity: 'error' },
    ])
    const mild = answer(severe, 'severity/hbi', [{ valueInteger: 3 }], edit)
    expect(readItem(mild, 'severity/severeReason')).toMatchObject({ enabled: false, needs: null, issues: [] })
  })

  it('the response carries an origin on every answer, and only enabled items', async () => {
    const response = toResponse(await inBrowser(), edit)
    const text = JSON.stringify(response.item)
    expect(text.match(/information-origin/g)).toHaveLength(
      text.match(/"value(Quantity|Decimal|Integer|Boolean|Coding|String|Date)":/g)?.length ?? 0,
    )
    expect(text).not.toContain('severeReason')
    expect(response).toMatchObject({
      status: 'in-progress',
      questionnaire: 'https://payer.example/Questionnaire/infusion|1.0.0',
      authored: edit.at,
    })
  })
})
