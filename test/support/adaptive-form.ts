/** An adaptive form of two steps with its payer, and the ways through it: fill in, save, ask for the next questions. */
import type { Extension, OperationOutcome, Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import type { DtrVersion } from '#domain/dtr/package/dtr-version.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom, type PayerReply, type RoomOptions } from './form-room.ts'

const evaluator = createEvaluator()
export const search: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'steps',
  url: 'https://payer.example/steps',
  title: 'Step by step',
  subjectType: ['Patient'],
  status: 'active',
  extension: [{ url: EXT.questionnaireAdaptive, valueUrl: 'https://payer.example/fhir' }],
}
// The order of members is unusual on purpose: it must come back byte for byte.
export const batch = (...more: NonNullable<Questionnaire['item']>): Questionnaire => ({
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
/** The payer's statement that the authorization is satisfied, with the number that it offers. */
export const satisfied = (coverage: string, assertionId: string): Extension => ({
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: coverage } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: 'satisfied' },
    { url: 'date', valueDate: '2026-11-22' },
    { url: 'coverage-assertion-id', valueString: assertionId },
    { url: 'satisfied-pa-id', valueString: 'PA-1' },
  ],
})
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
export function payerOf(version: DtrVersion, decision: Extension = satisfied('Coverage/c1', 'assertion-1')) {
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
      body: wrap({ ...sent, status: 'completed', extension: [...(sent.extension ?? []), decision] }),
    }
  }
  return { received, next }
}

/** A room whose payer has that form. */
export function openAdaptiveRoom(
  version: DtrVersion,
  payer: ReturnType<typeof payerOf>,
  { form = search, ...options }: Partial<RoomOptions> & { readonly form?: Questionnaire } = {},
): Promise<FormRoom> {
  return openFormRoom({
    dtr: { version },
    answer: ({ operation, request }) => (operation === 'next' ? payer.next(request) : { body: packagesOf(form) }),
    ...options,
  })
}

export const at = ({ launch }: FormRoom, caseId: string) => ({ launch, caseId, formId: 'main' })

export async function seen(room: FormRoom, caseId: string): Promise<FormView> {
  const view = await room.forms.view(room.launch, caseId)
  if (!view.ok) throw new Error(view.error.reason)
  return view.value
}

export const open = (view: FormView): FormState =>
  openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: view.response as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    evaluator,
    chart: chartElsewhere(view.chart),
  })

const edit = { at: ROOM_NOW, author: { reference: 'Practitioner/lena', name: 'lena' } }

/** Answers one question and saves. */
export async function put(room: FormRoom, caseId: string, key: string, value: object): Promise<FormView> {
  const view = await seen(room, caseId)
  const state = answer(open(view), key, [value], edit)
  const saved = await room.forms.save(room.launch, caseId, {
    version: view.version,
    response: toResponse(state, edit),
    meta: toMeta(state),
  })
  if (!saved.ok) throw new Error(saved.error.reason)
  return seen(room, caseId)
}

export async function next(room: FormRoom, caseId: string): Promise<FormView> {
  const { version } = await seen(room, caseId)
  const asked = await room.forms.next(at(room, caseId), version)
  if (!asked.ok) throw new Error(asked.error.reason)
  return asked.value
}

/** Answers both steps: the payer decides, and offers its number. */
export async function finish(room: FormRoom, caseId: string): Promise<FormView> {
  await put(room, caseId, 'why', { valueString: 'Because' })
  await next(room, caseId)
  await put(room, caseId, 'issue', { valueBoolean: true })
  return next(room, caseId)
}
