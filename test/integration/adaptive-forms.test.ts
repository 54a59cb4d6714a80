import type { Extension, OperationOutcome, Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form-edit.ts'
import { readItem, type FormState } from '#domain/dtr/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/questionnaire-response.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import type { DtrVersion } from '#domain/dtr/dtr-version.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom, type PayerReply } from '../support/form-room.ts'

const evaluator = createEvaluator()
const search: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'steps',
  url: 'https://payer.example/steps',
  title: 'Step by step',
  status: 'active',
  extension: [{ url: EXT.questionnaireAdaptive, valueUrl: 'https://payer.example/fhir' }],
}
// The order of members is unusual on purpose: it must come back byte for byte.
const batch = (...more: NonNullable<Questionnaire['item']>): Questionnaire => ({
  ...search,
  derivedFrom: ['https://payer.example/steps'],
  item: [
    {
      type: 'string',
      text: 'Family name',
      linkId: 'name',
      required: true,
      extension: [
        {
          valueExpression: { expression: '%patient.name.family.first()', language: 'text/fhirpath' },
          url: EXT.initialExpression,
        },
      ],
    },
    { text: 'Why', linkId: 'why', type: 'string', required: true },
    ...more,
  ],
  extension: [
    ...(search.extension ?? []),
    {
      url: EXT.launchContext,
      extension: [
        { url: 'name', valueCoding: { code: 'patient' } },
        { url: 'type', valueCode: 'Patient' },
      ],
    },
  ],
})
const consent = { linkId: 'issue', type: 'boolean', text: 'Issue the number?' } as const
const determined: Extension = {
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: 'Coverage/c1' } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: 'satisfied' },
    { url: 'date', valueDate: '2026-11-22' },
    { url: 'coverage-assertion-id', valueString: 'assertion-1' },
    { url: 'satisfied-pa-id', valueString: 'PA-1' },
  ],
}
const refusal: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'error',
      code: 'value',
      details: { text: 'Say more.' },
      expression: ["QuestionnaireResponse.item.where(linkId='why').answer"],
    },
  ],
}

/** A payer with two batches, that refuses a short reason and decides in the end. */
function payerOf(version: DtrVersion) {
  const received: QuestionnaireResponse[] = []
  const wrap = (response: QuestionnaireResponse): unknown =>
    version === '2.1'
      ? { resourceType: 'Parameters', parameter: [{ name: 'questionnaire-response-out', resource: response }] }
      : version === '2.2'
        ? { resourceType: 'Parameters', parameter: [{ name: 'return', resource: response }] }
        : response
  const next = (request: unknown): PayerReply => {
    const sent = (request as Parameters).parameter?.[0]?.resource as QuestionnaireResponse
    received.push(sent)
    const why = sent.item?.find(({ linkId }) => linkId === 'why')?.answer?.[0]?.valueString
    if (why === undefined) return { body: wrap({ ...sent, contained: [batch()] }) }
    if (why.length < 3) return { status: 400, body: refusal }
    if (sent.item?.some(({ linkId }) => linkId === 'issue') !== true)
      return { body: wrap({ ...sent, contained: [batch(consent)] }) }
    return {
      body: wrap({ ...sent, status: 'completed', extension: [...(sent.extension ?? []), determined] }),
    }
  }
  return { received, next }
}

let room: FormRoom
afterEach(() => room.close())
const where = (caseId: string) => ({ launch: room.launch, caseId, formId: 'main' })
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
const put = async (caseId: string, key: string, value: object): Promise<FormView> => {
  const view = await seen(caseId)
  const state = answer(open(view), key, [value], edit)
  const saved = await room.forms.save(room.launch, caseId, {
    version: view.version,
    response: toResponse(state, edit),
    meta: toMeta(state),
  })
  if (!saved.ok) throw new Error(saved.error.reason)
  return seen(caseId)
}
const next = async (caseId: string): Promise<FormView> => {
  const { version } = await seen(caseId)
  const asked = await room.forms.next(where(caseId), version)
  if (!asked.ok) throw new Error(asked.error.reason)
  return asked.value
}
const openRoom = async (version: DtrVersion, payer: ReturnType<typeof payerOf>, form = search): Promise<string> => {
  room = await openFormRoom({
    dtr: { version },
    answer: ({ operation, request }) => (operation === 'next' ? payer.next(request) : { body: packagesOf(form) }),
  })
  return room.openCase()
}

describe.each(['2.0.1', '2.1', '2.2'] as const)('an adaptive form in DTR %s', (version) => {
  it('asks batch by batch, fills each from the chart, and is completed by the payer', async () => {
    const payer = payerOf(version)
    const caseId = await openRoom(version, payer)
    const first = await seen(caseId)
    expect(payer.received[0]?.item).toBeUndefined()
    expect(first).toMatchObject({ status: 'in-progress', adaptive: { state: 'answering', mayNext: false, step: 1 } })
    expect(readItem(open(first), 'name')?.answers).toEqual([{ valueString: 'Doe' }])

    const { version: held } = first
    expect(await room.forms.next(where(caseId), held)).toMatchObject({
      ok: false,
      error: { reason: 'form-incomplete' },
    })
    expect((await put(caseId, 'why', { valueString: 'Because' })).adaptive?.mayNext).toBe(true)
    const second = await next(caseId)
    expect(second.adaptive).toMatchObject({ step: 2, state: 'answering' })
    expect(readItem(open(second), 'issue')).toBeDefined()
    expect(readItem(open(second), 'why')?.origin?.author?.name).toBe('lena')

    await put(caseId, 'issue', { valueBoolean: true })
    const done = await next(caseId)
    expect(done).toMatchObject({
      status: 'completed',
      response: { status: 'completed' },
      adaptive: {
        state: 'completed',
        mayNext: false,
        determinations: [{ paNeeded: 'satisfied', satisfiedPaId: 'PA-1', orders: ['ServiceRequest/s1'] }],
      },
    })
    const row = await room.store.read((tx) => room.store.cases.find(tx, 'room', caseId))
    expect(JSON.stringify(row?.context)).toContain('PA-1')
  })

  it('sends the contained questionnaire back byte for byte, in the origin codes of the version', async () => {
    const payer = payerOf(version)
    const caseId = await openRoom(version, payer)
    await put(caseId, 'why', { valueString: 'Because' })
    await next(caseId)
    const sent = payer.received[1]
    const contained = sent?.contained?.[0] as Questionnaire
    expect(JSON.stringify(contained.item)).toBe(JSON.stringify(batch().item))
    expect(sent?.questionnaire).toBe('#steps')
    expect(JSON.stringify(sent)).toContain(version === '2.2' ? '"auto-client"' : '"valueCode":"auto"')
  })
})

describe('an adaptive form that goes wrong', () => {
  it('a refusal stands at the item that the payer names, and the user goes on', async () => {
    const caseId = await openRoom('2.2', payerOf('2.2'))
    await put(caseId, 'why', { valueString: 'x' })
    expect((await next(caseId)).adaptive).toMatchObject({
      state: 'failed',
      step: 1,
      failure: { key: 'form.failure.payer-rejected-request' },
      itemIssues: [{ itemKey: 'why', text: 'Say more.' }],
    })
    await put(caseId, 'why', { valueString: 'Because' })
    expect((await next(caseId)).adaptive).toMatchObject({ state: 'answering', step: 2, itemIssues: [] })
  })
  it('an address that is not the payer’s is not called', async () => {
    const elsewhere = {
      ...search,
      extension: [{ url: EXT.questionnaireAdaptive, valueUrl: 'https://evil.example/fhir' }],
    }
    const payer = payerOf('2.2')
    const caseId = await openRoom('2.2', payer, elsewhere)
    expect(await seen(caseId)).toMatchObject({ status: 'failed', failure: { key: 'form.failure.endpoint-elsewhere' } })
    expect(payer.received).toEqual([])
  })
  it('a determination that nobody asked for is flagged as not valid', async () => {
    const caseId = await openRoom('2.2', payerOf('2.2'))
    await put(caseId, 'why', { valueString: 'Because' })
    await next(caseId)
    await put(caseId, 'issue', { valueBoolean: false })
    await next(caseId)
    const flagged = await room.forms.flagDetermination(where(caseId), 'assertion-1', 'Wrong order')
    expect(flagged).toMatchObject({
      ok: true,
      value: { adaptive: { determinations: [{ flagged: { by: 'lena', reason: 'Wrong order' } }] } },
    })
  })
})
