/** What stands against completing a case's forms, as the review and the signature have it: over HTTP. */
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { CaseView, ReviewView } from '#domain/contract/case.ts'
import type { FormView } from '#domain/contract/form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { openFormRoom, packagesOf, type FormRoom, type RoomOptions } from '../support/form-room.ts'
import { openReviewApp, type ReviewApp } from '../support/review-app.ts'

const questionnaire = (id: string, item: QuestionnaireItem[], more: Partial<Questionnaire> = {}): Questionnaire => ({
  resourceType: 'Questionnaire',
  id,
  url: `https://payer.example/${id}`,
  version: '1',
  title: `Form ${id}`,
  status: 'active',
  item,
  ...more,
})
const given = { initial: [{ valueString: 'given' }] }
const signed = { url: EXT.signatureRequired, valueCodeableConcept: { text: 'Author' } }
const broken = {
  url: EXT.targetConstraint,
  extension: [
    { url: 'key', valueId: 'c-1' },
    { url: 'severity', valueCode: 'error' },
    { url: 'human', valueString: 'This can never hold.' },
    { url: 'expression', valueExpression: { language: 'text/fhirpath', expression: 'false' } },
  ],
}
const cqlOf = (url: string) => ({
  url,
  valueExpression: { language: 'text/cql-identifier', expression: '"Nowhere"."Define"' },
})

const observations = {
  url: EXT.variable,
  valueExpression: { name: 'observations', language: 'application/x-fhir-query', expression: 'Observation?code=1' },
}
const searching = {
  url: EXT.initialExpression,
  valueExpression: {
    language: 'text/fhirpath',
    expression: '%observations.entry.resource.value.ofType(string).first()',
  },
}

let room: FormRoom
let app: ReviewApp
afterEach(async () => {
  await app.close()
  await room.close()
})

async function openCase(forms: Questionnaire[], dtr: RoomOptions['dtr'] = {}): Promise<string> {
  room = await openFormRoom({ dtr, answer: () => ({ body: packagesOf(...forms) }) })
  app = await openReviewApp(room)
  return room.openCase()
}
const review = async (caseId: string): Promise<ReviewView> =>
  (await app.call<ReviewView>('GET', `/cases/${caseId}/review`)).body
const ofForms = ({ problems }: ReviewView) =>
  problems
    .filter(({ screen }) => screen === 'form')
    .map(({ severity, formId, itemKey, message }) => [severity, formId, itemKey, message.key])
const sign = (caseId: string) =>
  app.call<{ reason: string; params?: { count: number } }>('POST', `/cases/${caseId}/submit`, {
    submissionId: '00000000-0000-4000-8000-000000000001',
    version: 1,
    attested: true,
  })

describe('what keeps a form from being completed', () => {
  it('is said with its item, and the signature is refused', async () => {
    const items: QuestionnaireItem[] = [
      { linkId: 'must', type: 'string', required: true },
      { linkId: 'signed', type: 'string', ...given, extension: [signed] },
      { linkId: 'ruled', type: 'string', ...given, extension: [broken] },
      { linkId: 'twice', type: 'string' },
      { linkId: 'twice', type: 'string' },
    ]
    const caseId = await openCase([questionnaire('q', items, { extension: [signed] })])
    const found = await review(caseId)
    expect(ofForms(found).filter(([severity]) => severity === 'blocks')).toEqual([
      ['blocks', 'main', null, 'form.issue.unsigned-form'],
      ['blocks', 'main', 'must', 'form.issue.required'],
      ['blocks', 'main', 'signed', 'form.issue.unsigned'],
      ['blocks', 'main', 'ruled', 'form.issue.constraint'],
    ])
    expect(ofForms(found)).toContainEqual(['warns', 'main', null, 'form.issue.duplicate-link-id'])
    expect(found.forms).toMatchObject([{ formId: 'main', status: 'ready', mayComplete: false }])
    expect(await sign(caseId)).toMatchObject({ body: { reason: 'not-ready' } })
    // What has to be signed is counted, though no question waits for an answer there.
    const { body } = await app.call<CaseView>('GET', `/cases/${caseId}`)
    expect(body.nextStep?.params?.['count']).toBe(4)
  })

  it.each([
    ['2.0.1', 'warns', 'form.issue.logic-unknown'],
    ['2.1', 'blocks', 'form.issue.logic-failed'],
    ['2.2', 'blocks', 'form.issue.logic-failed'],
  ] as const)('of CQL that failed goes by the payer’s DTR: %s %s', async (version, severity, key) => {
    const items: QuestionnaireItem[] = [
      { linkId: 'logic', type: 'string', extension: [cqlOf(EXT.enableWhenExpression)] },
      { linkId: 'filled', type: 'string', extension: [cqlOf(EXT.initialExpression)] },
    ]
    const caseId = await openCase([questionnaire('q', items)], { version })
    const found = await review(caseId)
    expect(ofForms(found)).toContainEqual([severity, 'main', 'logic', key])
    expect(ofForms(found).filter(([, , itemKey]) => itemKey === 'filled')).toEqual([])
  })
})

describe('the review of several forms', () => {
  it('holds answers, problems and completion of each', async () => {
    const caseId = await openCase([
      questionnaire('q1', [{ linkId: 'a', text: 'A', type: 'string', ...given }]),
      questionnaire('q2', [
        { linkId: 'a', text: 'A', type: 'string', ...given },
        { linkId: 'b', type: 'string', required: true },
      ]),
    ])
    const found = await review(caseId)
    expect(found.forms).toMatchObject([
      { formId: 'main', title: 'Form q1', mayComplete: true, answers: { total: 1 } },
      { formId: 'form-2', title: 'Form q2', mayComplete: false, answers: { total: 1 } },
    ])
    expect(ofForms(found)).toEqual([['blocks', 'form-2', 'b', 'form.issue.required']])
  })

  it('is not kept from the others by one that failed, which says why in its place', async () => {
    const expired = questionnaire('q2', [{ linkId: 'a', type: 'string' }], { effectivePeriod: { end: '2026-01-01' } })
    const items: QuestionnaireItem[] = [{ linkId: 'a', text: 'A', type: 'string', ...given }]
    const caseId = await openCase([questionnaire('q1', items), expired, questionnaire('q3', items)])
    const found = await review(caseId)
    expect(found.forms).toMatchObject([
      { formId: 'main', answers: { total: 1 } },
      { formId: 'form-2', status: 'failed', failure: { key: 'form.failure.expired' }, answers: null },
      { formId: 'form-3', answers: { total: 1 } },
    ])
    expect(ofForms(found)).toEqual([
      ['blocks', 'form-2', null, 'problem.form.failed'],
      ['blocks', 'form-2', null, 'form.failure.expired'],
    ])
  })
})

describe('a form that is still being filled', () => {
  it('shows the answers that are there, is no form yet, and is none of the answers once it is filled', async () => {
    room = await openFormRoom({
      answer: () => ({
        body: packagesOf(
          questionnaire(
            'q',
            [
              { linkId: 'a', text: 'A', type: 'string', ...given },
              { linkId: 'b', type: 'string', extension: [searching] },
            ],
            { extension: [observations] },
          ),
        ),
      }),
    })
    app = await openReviewApp(room)
    let seen: FormView | undefined
    room.ehr.onSearch = async (caseId) => {
      seen ??= (await app.call<FormView>('GET', `/cases/${caseId}/form`)).body
    }
    const caseId = await room.openCase()
    expect(seen).toMatchObject({
      status: 'populating',
      questionnaire: null,
      response: null,
      soFar: [{ itemKey: 'a', label: 'A', value: 'given' }],
    })
    expect((await app.call<FormView>('GET', `/cases/${caseId}/form`)).body).toMatchObject({
      status: 'in-progress',
      soFar: [],
    })
  })
})
