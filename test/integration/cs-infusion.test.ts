import type { Bundle, Coverage, FhirResource, MedicationRequest, Patient, QuestionnaireItem, ValueSet } from 'fhir/r4'
import { beforeAll, describe, expect, it } from 'vitest'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import { issues, listItems, readItem, type FormState } from '#domain/dtr/form/form-state.ts'
import { toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { buildCoverageFor, buildOrdersForAnyChart } from '../../sandbox/charts/orders.ts'
import { PERSONAS, SCENARIOS } from '../../sandbox/scenarios.ts'
import {
  answerAsPerson,
  EDIT,
  judge,
  loadInfusionFile,
  loadInfusionQuestionnaire,
  plainAnswers,
  populateForPersona,
  populateInfusionForm,
  TODAY,
  type ExpectedForm,
  type PopulatedForm,
} from '../support/infusion-form.ts'
import { hasShared, readSharedJson } from '../support/shared-data.ts'

interface Policy {
  readonly criteria: readonly {
    readonly id: string
    readonly expression: string
    readonly linkIds: readonly string[]
  }[]
}
const policy = loadInfusionFile('policy.json') as Policy
const persona = (id: string) => PERSONAS.find(({ patientId }) => patientId === id)!
const expectedOf = (id: string): ExpectedForm => loadInfusionFile(`expected/${id}.json`) as ExpectedForm

describe.each(SCENARIOS)('the infusion form of scenario "$id"', ({ patientId, finalState }) => {
  const expected = expectedOf(patientId)
  let form: PopulatedForm
  let done: FormState
  beforeAll(async () => {
    form = await populateForPersona(persona(patientId))
    done = answerAsPerson(form.state, expected)
  })

  it('is filled from the chart, the order and what is computed from them', () => {
    expect(plainAnswers(form.state)).toEqual(expected.answers)
  })

  it('makes every search that it names, and no expression fails', () => {
    expect(form.made.filter(({ failure }) => failure !== null)).toEqual([])
    const failed = listItems(form.state).filter(
      ({ lookup }) => lookup?.status === 'failed' || lookup?.status === 'refused',
    )
    expect(failed.map(({ key, lookup }) => ({ key, lookup }))).toEqual([])
  })

  it('leaves to a person what only a person can say', () => {
    const needs = (kind: string): string[] =>
      listItems(form.state).flatMap(({ key, needs: what, enabled }) => (what === kind && enabled ? [key] : []))
    expect(needs('answer').sort()).toEqual(Object.keys(expected.person).sort())
    expect(needs('confirmation')).toEqual(expected.confirm)
    expect(counts(done).needsYou).toBe(0)
    expect(issues(done).filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('is judged by the policy as the scenario says', () => {
    const response = toResponse(done, EDIT, 'completed')
    const judged = Object.fromEntries(policy.criteria.map(({ id, expression }) => [id, judge(expression, response)]))
    expect(judged).toEqual(expected.criteria)
    const outcomes = Object.values(judged)
    expect(outcomes.includes(false)).toBe(finalState === 'denied')
    expect(outcomes.includes(null)).toBe(finalState === 'pended')
  })
})

describe('the complete chart', () => {
  it('answers more than 24 questions and asks for two confirmations and no typing', async () => {
    const { state, made } = await populateForPersona(persona('maya-okafor'))
    const { fromChart, missing, toConfirm, needsYou } = counts(state)
    expect(fromChart).toBeGreaterThanOrEqual(24)
    expect({ missing, toConfirm, needsYou }).toEqual({ missing: 0, toConfirm: 2, needsYou: 2 })
    expect(made.length).toBeLessThanOrEqual(15)
  })

  it('gives the source of every answer that it filled', async () => {
    const { state } = await populateForPersona(persona('maya-okafor'))
    const silent = listItems(state).filter(
      ({ origin, lookup }) => origin?.kind === 'chart' && origin.evidence.length === 0 && lookup === null,
    )
    expect(silent.map(({ key }) => key)).toEqual([])
  })
})

describe('orders that are already in the chart', () => {
  const infliximab = (status: MedicationRequest['status'], stopCode?: string): MedicationRequest => ({
    resourceType: 'MedicationRequest',
    id: `infliximab-${status}`,
    status,
    intent: 'order',
    subject: { reference: 'Patient/maya-okafor' },
    authoredOn: '2025-01-10',
    medicationCodeableConcept: {
      coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '191831' }],
      text: 'Infliximab',
    },
    ...(stopCode === undefined
      ? {}
      : { statusReason: { coding: [{ system: 'http://snomed.info/sct', code: stopCode }] } }),
  })
  const drugs = (form: PopulatedForm): (string | undefined)[] =>
    listItems(form.state)
      .filter(({ linkId }) => linkId === 'trial.drug')
      .map(({ answers: [drug] }) => drug?.valueCoding?.code)

  it('of the requested drug itself are neither another biologic nor an earlier treatment', async () => {
    const form = await populateForPersona(persona('maya-okafor'), [infliximab('active')])
    expect(drugs(form)).not.toContain('191831')
    expect(readItem(form.state, 'treatment/combo.biologic')?.answers).toEqual([{ valueBoolean: false }])
  })

  it('are an earlier treatment where they were stopped, and failed only where a code says so', async () => {
    const silent = await populateForPersona(persona('maya-okafor'), [infliximab('stopped')])
    expect(drugs(silent)).toContain('191831')
    const last = `treatment/trial:${String(drugs(silent).indexOf('191831'))}/trial.response`
    expect(readItem(silent.state, last)).toMatchObject({ answers: [], needs: 'answer' })
    const coded = await populateForPersona(persona('maya-okafor'), [infliximab('stopped', '395007004')])
    expect(readItem(coded.state, last)?.answers).toMatchObject([{ valueCoding: { code: 'fail' } }])
  })
})

describe('branches of the form', () => {
  let state: FormState
  beforeAll(async () => {
    state = (await populateForPersona(persona('maya-okafor'))).state
  })
  const choose = (form: FormState, key: string, code: string): FormState => {
    const option = readItem(form, key)?.options.find(({ answer: one }) => one.valueCoding?.code === code)
    if (option === undefined) throw new Error(`${key} has no option ${code}`)
    return answer(form, key, [option.answer], EDIT)
  }
  const isAsked = (form: FormState, key: string): boolean => readItem(form, key)?.enabled === true

  it.each([
    ['site/pos', '22', 'site/pos.reason'],
    ['site/pos', '19', 'site/pos.reason'],
    ['request/request.kind/req.urgency', 'expedited', 'request/request.kind/req.urgentReason'],
    ['request/request.kind/req.type', 'renewal', 'request/request.kind/req.priorAuth'],
    ['request/request.kind/req.type', 'renewal', 'treatment/renew/renew.response'],
    ['request/drug/drug.code', 'J1745', 'request/drug/biosimilar'],
    ['request/drug/drug.code', 'J2323', 'screening/jcv'],
    ['screening/tb/tb.result', '10828004', 'screening/tb/tb.treated'],
    ['diagnosis/dx.primary', 'M06.9', 'activity/severity.das28'],
    ['diagnosis/dx.primary', 'K51.90', 'activity/severity.mayo'],
    ['diagnosis/dx.primary', 'G35.A', 'diagnosis/ms/ms.type'],
    ['diagnosis/dx.primary', 'D83.9', 'diagnosis/ivig/ivig.reason'],
  ])('where %s is %s, %s is asked', (key, code, asked) => {
    expect(isAsked(state, asked)).toBe(false)
    expect(isAsked(choose(state, key, code), asked)).toBe(true)
  })

  it.each([
    ['request/drug/drug.code', 'J3380', 'screening/hbv/hbv.core'],
    ['request/drug/drug.code', 'J2350', 'screening/tb/tb.result'],
    ['request/drug/drug.code', 'J3380', 'screening/hf/hf.present'],
    ['diagnosis/dx.primary', 'M06.9', 'activity/severity.hbi'],
  ])('where %s is %s, %s is not asked', (key, code, hidden) => {
    expect(isAsked(choose(state, key, code), hidden)).toBe(false)
  })

  it.each([
    [60, ['96413'], 0],
    [90, ['96413'], 0],
    [91, ['96413', '96415'], 1],
    [150, ['96413', '96415'], 1],
    [151, ['96413', '96415'], 2],
  ])('an infusion of %i minutes is billed as %j with %i further hours', (minutes, codes, hours) => {
    const changed = answer(state, 'site/admin.minutes', [{ valueInteger: minutes }], EDIT)
    expect(plainAnswers(changed)).toMatchObject({ 'site/admin.codes': codes, 'site/admin.furtherHours': hours })
  })

  it('units follow the weight, and a dose of whole vials wastes nothing', () => {
    const weigh = (value: number): FormState =>
      answer(
        state,
        'request/drug/drug.weightKg',
        [{ valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } }],
        EDIT,
      )
    expect(plainAnswers(weigh(80))).toMatchObject({
      'request/drug/drug.units': 40,
      'request/drug/drug.unitsTotal': 200,
      'request/drug/drug.waste': 'JZ',
    })
    expect(plainAnswers(weigh(70.1))).toMatchObject({ 'request/drug/drug.units': 36, 'request/drug/drug.waste': 'JW' })
  })

  it('an end before the start and a test older than 12 months are errors', () => {
    const early = answer(state, 'request/request.kind/req.end', [{ valueDate: '2026-11-30' }], EDIT)
    const old = answer(state, 'screening/tb/tb.date', [{ valueDate: '2025-11-21' }], EDIT)
    for (const form of [early, old]) expect(issues(form).map(({ kind }) => kind)).toContain('constraint')
  })
})

describe('the package', () => {
  const items = (list: readonly QuestionnaireItem[] = []): QuestionnaireItem[] =>
    list.flatMap((item) => [item, ...items(item.item)])
  const all = items(loadInfusionQuestionnaire().item)

  it('names every criterion’s questions by link ids that exist', () => {
    const known = new Set(all.map(({ linkId }) => linkId))
    expect(policy.criteria.flatMap(({ linkIds }) => linkIds).filter((linkId) => !known.has(linkId))).toEqual([])
  })

  it('brings every value set that it asks for, in that version', () => {
    const brought = ((loadInfusionQuestionnaire().contained ?? []) as ValueSet[]).map(
      ({ url, version }) => `${url ?? ''}|${version ?? ''}`,
    )
    const asked = all.flatMap(({ answerValueSet }) => answerValueSet ?? [])
    expect(asked.filter((canonical) => !brought.includes(canonical))).toEqual([])
  })

  it('hides nothing and locks nothing that is fed from the chart (DTR sec-4)', () => {
    expect(all.filter(({ readOnly }) => readOnly === true)).toEqual([])
    expect(JSON.stringify(all)).not.toContain('questionnaire-hidden')
  })
})

const charts = readSharedJson('charts')
describe.skipIf(!hasShared('charts'))('charts made elsewhere (need ../shared/data/charts)', () => {
  it.each([...charts.keys()])('%s goes through the form without a failing expression', async (name) => {
    const bundle = charts.get(name) as Bundle
    const chart = normalize(bundle)
    const patient = chart.find((resource): resource is Patient => resource.resourceType === 'Patient')!
    const coverage: Coverage = buildCoverageFor(patient, TODAY)
    const orders = buildOrdersForAnyChart('infliximab-infusion', chart, {
      today: TODAY,
      orderNumber: 'foreign-order',
      patient: { reference: `Patient/${patient.id ?? ''}` },
      encounter: null,
      coverage: { reference: `Coverage/${coverage.id ?? ''}` },
    })
    const { state, made } = await populateInfusionForm(chart, orders, coverage)
    expect(made.filter(({ failure }) => failure !== null)).toEqual([])
    const failed = listItems(state).filter(({ enabled, lookup }) => enabled && lookup?.status === 'failed')
    expect(failed.map(({ key, lookup }) => ({ key, lookup }))).toEqual([])
    expect(counts(state).fromChart).toBeGreaterThan(15)
  })
})

/** A transaction's `urn:uuid:` references as the literal ones that a server would give them. */
function normalize(bundle: Bundle): FhirResource[] {
  const literal = new Map(
    (bundle.entry ?? []).map(({ fullUrl, resource }) => [
      fullUrl ?? '',
      `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`,
    ]),
  )
  const text = JSON.stringify((bundle.entry ?? []).map(({ resource }) => resource))
  return JSON.parse(text.replace(/urn:uuid:[0-9a-f-]{36}/g, (urn) => literal.get(urn) ?? urn)) as FhirResource[]
}
