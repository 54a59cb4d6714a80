import type { Coverage, Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { furtherForms, SITE_OF_CARE_STEPS } from './further-forms.ts'
import { answerNextQuestion } from './next-question.ts'
import { MEMBER_ID_SYSTEM, type DtrDialect } from './options.ts'

const coverage = (memberId: string): Coverage => ({
  resourceType: 'Coverage',
  status: 'active',
  beneficiary: {},
  payor: [],
  identifier: [
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] },
      system: MEMBER_ID_SYSTEM,
      value: memberId,
    },
  ],
})
const search = furtherForms(coverage('CSQ1'), 'https://payer.example/fhir', '2.2')[0]!.questionnaire
const responseWith = (items: Questionnaire['item'], item: QuestionnaireResponse['item']): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  questionnaire: `#${search.id ?? ''}`,
  contained: [{ ...search, ...(items === undefined ? {} : { item: items }) }],
  ...(item === undefined ? {} : { item }),
})
const ask = (response: QuestionnaireResponse, dialect: DtrDialect = '2.0.1') => {
  const request: Parameters = {
    resourceType: 'Parameters',
    parameter: [{ name: 'questionnaire-response', resource: response }],
  }
  return answerNextQuestion(JSON.stringify(request), dialect)
}
const first = [...SITE_OF_CARE_STEPS[0]!]
const hospital = (valueBoolean: boolean) => [{ linkId: 'site.hospital', answer: [{ valueBoolean }] }]

describe('forms beside the payer’s own', () => {
  it('follow the member number', () => {
    const titles = (id: string) =>
      furtherForms(coverage(id), 'https://payer.example/fhir', '2.2').map(({ questionnaire }) => questionnaire.title)
    expect([titles('CSF1'), titles('CSQ1'), titles('CSA1')]).toEqual([['Office details'], ['Site of care'], []])
  })
})

describe('the step-by-step form', () => {
  it('begins with the first question, named as the version names it', () => {
    expect(ask(responseWith(undefined, undefined), '2.2')).toMatchObject({
      ok: true,
      value: {
        resourceType: 'Parameters',
        parameter: [{ name: 'return', resource: { contained: [{ item: first }] } }],
      },
    })
    expect(ask(responseWith(undefined, undefined))).toMatchObject({ ok: true, value: { contained: [{ item: first }] } })
  })
  it('asks further in a hospital, and is complete elsewhere', () => {
    expect(ask(responseWith(first, hospital(true)))).toMatchObject({ ok: true, value: { status: 'in-progress' } })
    expect(ask(responseWith(first, hospital(false)))).toMatchObject({ ok: true, value: { status: 'completed' } })
  })
  it('refuses questions that were changed, and one that is not answered, naming it', () => {
    const changed = [{ ...first[0]!, text: 'Something else' }]
    expect(ask(responseWith(changed, hospital(true)))).toMatchObject({
      ok: false,
      error: { status: 400, issues: [{ path: 'QuestionnaireResponse.contained' }] },
    })
    expect(ask(responseWith(first, undefined))).toMatchObject({
      ok: false,
      error: { status: 400, issues: [{ path: "QuestionnaireResponse.item.where(linkId='site.hospital')" }] },
    })
  })
})
