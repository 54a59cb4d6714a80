import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import {
  buildContainedQuestionnaire,
  buildNextQuestionRequest,
  containQuestionnaire,
  isAdaptive,
  isSentBackUnchanged,
  parseNextQuestion,
  readNextQuestionUrl,
} from './adaptive.ts'

const BASE = 'https://payer.example/fhir'
const form = (value: object = { valueBoolean: true }): Questionnaire => ({
  resourceType: 'Questionnaire',
  id: 'DinnerOrderAdaptive',
  url: 'urn:dinner',
  version: '1',
  status: 'active',
  extension: [{ url: EXT.questionnaireAdaptive, ...value }],
})

describe('where the next questions are asked for', () => {
  it.each([
    [{ valueBoolean: true }, `${BASE}/Questionnaire/$next-question`],
    [{ valueUrl: BASE }, `${BASE}/Questionnaire/$next-question`],
    [{ valueUrl: `${BASE}/` }, `${BASE}/Questionnaire/$next-question`],
    [{ valueUrl: `${BASE}/adaptive` }, `${BASE}/adaptive/Questionnaire/$next-question`],
    [{ valueUrl: `${BASE}/Questionnaire/$next-question` }, `${BASE}/Questionnaire/$next-question`],
    [{ valueUrl: `${BASE}/Questionnaire/%24next-question` }, `${BASE}/Questionnaire/$next-question`],
    [{ valueUrl: `${BASE}/Questionnaire` }, `${BASE}/Questionnaire/$next-question`],
  ])('%j is %s', (value, url) => {
    expect(readNextQuestionUrl(form(value), BASE)).toEqual({ ok: true, value: url })
  })
  it.each([
    'https://elsewhere.example/fhir',
    'https://payer.example/fhir.elsewhere.example',
    'https://payer.example/fhir/../admin',
    'https://payer.example/fhir?x=',
  ])('%s is not called, whatever the form says (spec-24)', (valueUrl) => {
    expect(readNextQuestionUrl(form({ valueUrl }), BASE)).toEqual({
      ok: false,
      error: { reason: 'endpoint-elsewhere' },
    })
  })
  it('a form that says false is no adaptive one', () => {
    expect([
      isAdaptive(form()),
      isAdaptive(form({ valueBoolean: false })),
      isAdaptive({ ...form(), extension: [] }),
    ]).toEqual([true, false, false])
  })
})

describe('the contained questionnaire', () => {
  it('2.0.1 and 2.1 forbid its url, and it says what it derives from', () => {
    const contained = buildContainedQuestionnaire(form(), '2.0.1')
    expect(contained).not.toHaveProperty('url')
    expect(contained).toMatchObject({
      id: 'DinnerOrderAdaptive',
      derivedFrom: ['urn:dinner|1'],
      title: 'DinnerOrderAdaptive',
    })
  })
  it('2.2 requires its url', () => {
    expect(buildContainedQuestionnaire(form(), '2.2')).toMatchObject({ url: 'urn:dinner', subjectType: ['Patient'] })
  })
  it('goes back byte for byte', () => {
    const received: Questionnaire = {
      ...form(),
      item: [
        { type: 'string', linkId: 'a', text: 'A' },
        { linkId: 'b', type: 'display' },
      ],
    }
    const draft: QuestionnaireResponse = { resourceType: 'QuestionnaireResponse', status: 'in-progress' }
    const sent = containQuestionnaire(draft, received)
    expect(sent.questionnaire).toBe('#DinnerOrderAdaptive')
    expect(isSentBackUnchanged(sent, received)).toBe(true)
    expect(
      isSentBackUnchanged(containQuestionnaire(draft, { ...received, item: received.item!.toReversed() }), received),
    ).toBe(false)
  })
})

describe('the call for the next questions', () => {
  const response = containQuestionnaire({ resourceType: 'QuestionnaireResponse', status: 'in-progress' }, form())

  it.each([
    ['2.0.1', 'questionnaire-response'],
    ['2.1', 'questionnaire-response-in'],
    ['2.2', 'questionnaire-response'],
  ] as const)('%s names it %s', (version, name) => {
    expect(buildNextQuestionRequest(response, version).parameter?.[0]?.name).toBe(name)
  })
  it.each([['return'], ['questionnaire-response-out'], ['out']])('an answer under the name %s is read', (name) => {
    const body = {
      resourceType: 'Parameters',
      parameter: [null, { name, resource: { ...response, status: 'completed' } }],
    }
    expect(parseNextQuestion(body)).toMatchObject({ ok: true, value: { completed: true } })
  })
  it('a bare response is read', () => {
    expect(parseNextQuestion(response)).toMatchObject({ ok: true, value: { completed: false } })
  })
  it.each([
    [undefined],
    ['x'],
    [{ resourceType: 'Bundle' }],
    [{ resourceType: 'QuestionnaireResponse', contained: 4 }],
  ])('%j is none', (body) => {
    expect(parseNextQuestion(body)).toMatchObject({ ok: false, error: { reason: 'next-question-nonsense' } })
  })
})
