/** Questions that an answer brings into a saved form: the server fills them beside the requests, as a colleague would. */
import type { Observation, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { readItem, type FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom } from '../support/form-room.ts'

const evaluator = createEvaluator()
const when = [{ question: 'asked', operator: '=' as const, answerBoolean: true }]
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  url: 'https://payer.example/late',
  version: '1',
  status: 'active',
  extension: [
    {
      url: EXT.variable,
      valueExpression: { name: 'crp', language: 'application/x-fhir-query', expression: 'Observation?code=1988-5' },
    },
  ],
  item: [
    { linkId: 'asked', type: 'boolean', text: 'Asked' },
    { linkId: 'other', type: 'string', text: 'Other' },
    {
      linkId: 'found',
      type: 'decimal',
      text: 'Found',
      enableWhen: when,
      extension: [
        {
          url: EXT.initialExpression,
          valueExpression: { language: 'text/fhirpath', expression: '%crp.entry.resource.value.value.first()' },
        },
      ],
    },
  ],
}
const crp: Observation = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '1988-5' }] },
  valueQuantity: { value: 18, unit: 'mg/L' },
}

let room: FormRoom
afterEach(() => room.close())
const openRoom = async (chart: readonly Observation[] = [crp]): Promise<string> => {
  room = await openFormRoom({ chart, answer: () => ({ body: packagesOf(questionnaire) }) })
  return room.openCase()
}
const seen = async (caseId: string): Promise<FormView> => {
  const view = await room.forms.view(room.launch, caseId)
  if (!view.ok) throw new Error(view.error.reason)
  return view.value
}
const open = (view: FormView): FormState =>
  openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: view.response as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    evaluator,
    chart: chartElsewhere(view.chart),
  })
const edit = { at: ROOM_NOW, author: { reference: 'Practitioner/lena', name: 'lena' } }
const save = async (caseId: string, version: number, state: FormState) => {
  const request = { version, response: toResponse(state, edit), meta: toMeta(state), merge: true }
  const saved = await room.forms.save(room.launch, caseId, request)
  if (!saved.ok) throw new Error(saved.error.reason)
  return saved.value
}
const asked = (state: FormState, yes = true): FormState => answer(state, 'asked', [{ valueBoolean: yes }], edit)

/** Holds the search of the chart until it is let go. */
const holdSearch = (): (() => void) => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  room.ehr.onSearch = () => held
  return () => release()
}

describe('a question that an answer brings in', () => {
  it('is looked up beside the requests, says so while it is, and is filled with its evidence', async () => {
    const caseId = await openRoom()
    const release = holdSearch()
    const before = await seen(caseId)
    expect(before.lookingUp).toEqual([])
    const saved = await save(caseId, before.version, asked(open(before)))
    expect(saved.lookingUp).toEqual(['found'])
    expect((await seen(caseId)).lookingUp).toEqual(['found'])
    expect(await room.forms.presence({ launch: room.launch, caseId, formId: 'main' }, null)).toMatchObject({
      value: { lookingUp: ['found'] },
    })
    release()
    await room.settle()
    const after = await seen(caseId)
    expect(after).toMatchObject({ lookingUp: [], savedAt: before.savedAt ?? saved.savedAt })
    const item = readItem(open(after), 'found')
    expect(item).toMatchObject({
      answers: [{ valueDecimal: 18 }],
      origin: { source: 'auto-client', kind: 'chart', evidence: [{ reference: 'Observation/o1' }] },
    })
    const evidenceId = item?.origin?.evidence[0]?.evidenceId ?? ''
    expect(await room.forms.evidence(room.launch, caseId, evidenceId)).toMatchObject({ ok: true })
    expect((await save(caseId, after.version, open(after))).lookingUp).toBeUndefined()
  })

  it('keeps the answer that a person gave meanwhile', async () => {
    const caseId = await openRoom()
    const release = holdSearch()
    const before = await seen(caseId)
    const yes = asked(open(before))
    const { version } = await save(caseId, before.version, yes)
    await save(caseId, version, answer(yes, 'found', [{ valueDecimal: 7 }], edit))
    release()
    await room.settle()
    expect(readItem(open(await seen(caseId)), 'found')).toMatchObject({
      answers: [{ valueDecimal: 7 }],
      origin: { source: 'manual' },
    })
  })

  it('is not emptied by a page that saves before it has seen the answer', async () => {
    const caseId = await openRoom()
    const before = await seen(caseId)
    const yes = asked(open(before))
    const { version } = await save(caseId, before.version, yes)
    await room.settle()
    const late = await save(caseId, version, answer(yes, 'other', [{ valueString: 'typed' }], edit))
    expect(late.merge?.conflicts).toEqual([])
    const after = open(await seen(caseId))
    expect(readItem(after, 'found')?.answers).toEqual([{ valueDecimal: 18 }])
    expect(readItem(after, 'other')?.answers).toEqual([{ valueString: 'typed' }])
  })

  it('is the chart’s again when it goes and comes back, and an override when it is changed', async () => {
    const caseId = await openRoom()
    const before = await seen(caseId)
    await save(caseId, before.version, asked(open(before)))
    await room.settle()
    const filled = await seen(caseId)
    const state = open(filled)
    const { version } = await save(caseId, filled.version, asked(state, false))
    const back = await save(caseId, version, asked(asked(state, false)))
    expect(readItem(open(await seen(caseId)), 'found')?.origin).toMatchObject({ source: 'auto-client', kind: 'chart' })
    const changed = answer(asked(state), 'found', [{ valueDecimal: 7 }], edit)
    await save(caseId, back.version, changed)
    expect(readItem(open(await seen(caseId)), 'found')?.origin).toMatchObject({
      source: 'override',
      suggested: [{ valueDecimal: 18 }],
    })
  })

  it('says that nothing is in the chart, and is not looked up again', async () => {
    const caseId = await openRoom([])
    const before = await seen(caseId)
    await save(caseId, before.version, asked(open(before)))
    await room.settle()
    const after = await seen(caseId)
    expect(readItem(open(after), 'found')?.lookup).toMatchObject({ status: 'not-found' })
    const off = await save(caseId, after.version, asked(open(after), false))
    const on = await save(caseId, off.version, asked(asked(open(after), false)))
    expect(on.lookingUp).toBeUndefined()
  })
})
