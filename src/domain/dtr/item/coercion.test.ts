import type { QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { coerceAnswers, parseTyped } from './coercion.ts'
import type { TypedValue } from '../expression/expression.ts'
import { readItemDefinition } from './item-definition.ts'

const around = { conceptsOf: () => undefined, contained: [], terminologyServers: [] }
const define = (item: Partial<QuestionnaireItem>) =>
  readItemDefinition({ linkId: 'q', type: 'string', ...item }, null, around)
const unit = (code: string) => ({
  url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit',
  valueCoding: { system: 'http://unitsofmeasure.org', code },
})
const kg = { value: 68.4, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' }
const male = { system: 'http://hl7.org/fhir/administrative-gender', code: 'male', display: 'Male' }
const gender = define({
  type: 'choice',
  answerOption: [{ valueCoding: male }, { valueCoding: { code: 'E0470', display: 'Device' } }],
})

const coerce = (type: string, value: unknown, definition: ReturnType<typeof define>) =>
  coerceAnswers([{ type, value }], definition)
const refusal = (key: string) => ({ ok: false, error: { key: `form.lookup.${key}` } })

// Worked out by hand from the table in the DTR digest (§5) and R4 datatypes, before the code.
describe('what an expression gives becomes an answer', () => {
  it.each([
    ['string', 'string', 'x', { valueString: 'x' }],
    ['string', 'integer', 2, { valueString: '2' }],
    ['string', 'CodeableConcept', { text: 'Crohn’s disease' }, { valueString: 'Crohn’s disease' }],
    ['string', 'HumanName', { given: ['Maya', 'T.'], family: 'Okafor' }, { valueString: 'Maya T. Okafor' }],
    ['boolean', 'boolean', false, { valueBoolean: false }],
    ['date', 'dateTime', '2020-07-01T23:40:10-05:00', { valueDate: '2020-07-01' }],
    ['date', 'date', '2024-03', { valueDate: '2024-03' }],
    ['dateTime', 'date', '2024-03-01', { valueDateTime: '2024-03-01' }],
    ['integer', 'decimal', 9, { valueInteger: 9 }],
    ['decimal', 'integer', 9, { valueDecimal: 9 }],
    ['decimal', 'Quantity', kg, { valueDecimal: 68.4 }],
    ['quantity', 'Quantity', kg, { valueQuantity: kg }],
    [
      'reference',
      'DocumentReference',
      { resourceType: 'DocumentReference', id: 'd1', description: 'Note' },
      { valueReference: { reference: 'DocumentReference/d1', display: 'Note' } },
    ],
    ['url', 'uri', 'https://x.example', { valueUri: 'https://x.example' }],
  ] as const)('%s takes %s', (type, given, value, answer) => {
    expect(coerce(given, value, define({ type }))).toEqual({ ok: true, value: [answer] })
  })

  it.each([
    ['boolean', 'string', 'true', 'wrong-type'],
    ['date', 'string', 'last spring', 'wrong-type'],
    ['integer', 'decimal', 2.5, 'wrong-type'],
    ['string', 'Patient', { resourceType: 'Patient' }, 'wrong-type'],
    ['attachment', 'string', 'x', 'wrong-type'],
  ] as const)('%s refuses %s', (type, given, value, reason) => {
    expect(coerce(given, value, define({ type }))).toMatchObject(refusal(reason))
  })

  it('a value in another unit than the question’s is refused, for a number and for a quantity', () => {
    for (const type of ['decimal', 'quantity'] as const)
      expect(
        coerce('Quantity', { value: 150, code: '[lb_av]', unit: 'lb' }, define({ type, extension: [unit('kg')] })),
      ).toMatchObject(refusal('wrong-unit'))
  })

  it('a plain code finds its option and becomes the option’s coding', () => {
    expect(coerce('code', 'male', gender)).toEqual({ ok: true, value: [{ valueCoding: male }] })
    expect(coerce('string', 'Device', gender)).toEqual({
      ok: true,
      value: [{ valueCoding: { code: 'E0470', display: 'Device' } }],
    })
  })

  it('a concept finds its option by any of its codings; an unknown code is refused, an open choice takes it', () => {
    const concept = {
      coding: [
        { system: 'http://snomed.info/sct', code: '1' },
        { system: male.system, code: 'male' },
      ],
    }
    expect(coerce('CodeableConcept', concept, gender)).toEqual({ ok: true, value: [{ valueCoding: male }] })
    expect(coerce('Coding', { system: male.system, code: 'other' }, gender)).toMatchObject(refusal('no-such-option'))
    expect(coerce('Coding', { system: 'x', code: 'y' }, define({ type: 'open-choice' }))).toEqual({
      ok: true,
      value: [{ valueCoding: { system: 'x', code: 'y' } }],
    })
    expect(coerce('string', 'free', define({ type: 'open-choice' }))).toEqual({
      ok: true,
      value: [{ valueString: 'free' }],
    })
  })

  it('of a named list that is not here, words are no code; without one they are what they are', () => {
    const missing = { ...define({ type: 'choice', answerValueSet: 'http://x/vs' }), valueSet: 'http://x/vs' }
    expect(coerce('string', 'female', missing)).toMatchObject(refusal('list-missing'))
    const coding = { system: 's', code: 'f' }
    expect(coerce('Coding', coding, missing)).toEqual({ ok: true, value: [{ valueCoding: coding }] })
    expect(coerce('string', 'female', define({ type: 'choice' }))).toEqual({
      ok: true,
      value: [{ valueCoding: { display: 'female' } }],
    })
  })

  it.each<['choice' | 'open-choice', string, string, unknown, object]>([
    ['open-choice', 'optionsOrString', 'Coding', { code: 'b', display: 'B' }, { valueString: 'B' }],
    ['choice', 'optionsOrString', 'string', 'free', { valueString: 'free' }],
    ['choice', 'optionsOrString', 'code', 'a', { valueCoding: { code: 'a', display: 'A' } }],
    ['choice', 'optionsOrType', 'Coding', { code: 'b' }, { valueCoding: { code: 'b' } }],
    ['choice', 'optionsOrType', 'string', 'free', refusal('no-such-option')],
    ['open-choice', 'optionsOnly', 'string', 'free', refusal('no-such-option')],
  ])('%s with %s takes %s by its constraint', (type, valueCode, given, value, expected) => {
    const url = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item.answerConstraint'
    const constrained = define({
      type,
      answerOption: [{ valueCoding: { code: 'a', display: 'A' } }],
      extension: [{ url, valueCode }],
    })
    expect(coerce(given, value, constrained)).toMatchObject('ok' in expected ? expected : { value: [expected] })
  })

  it.each([
    ['time', 'time', '10:30', { valueTime: '10:30:00' }],
    ['time', 'time', '10:30:15.5', { valueTime: '10:30:15.5' }],
    ['dateTime', 'dateTime', '2024-03-05T10:30Z', { valueDateTime: '2024-03-05T10:30:00Z' }],
    ['dateTime', 'dateTime', '2024-03-05T10:30-05:00', { valueDateTime: '2024-03-05T10:30:00-05:00' }],
    ['dateTime', 'dateTime', '2024-03', { valueDateTime: '2024-03' }],
    ['date', 'dateTime', '2024-03-05T10:30', { valueDate: '2024-03-05' }],
    ['integer', 'integer', -2147483648, { valueInteger: -2147483648 }],
    ['integer', 'integer', 2147483647, { valueInteger: 2147483647 }],
    ['decimal', 'decimal', 99999999999, { valueDecimal: 99999999999 }],
  ] as const)('%s is written as FHIR wants it, from %s %s', (type, given, value, answer) => {
    expect(coerce(given, value, define({ type }))).toEqual({ ok: true, value: [answer] })
  })

  it.each([
    ['time', 'time', '10', 'wrong-type'],
    ['time', 'string', '25:00', 'wrong-type'],
    ['dateTime', 'dateTime', '2024-03-05T10:30', 'no-zone'],
    ['dateTime', 'dateTime', '2024-03-05T10:30:00', 'no-zone'],
    ['dateTime', 'dateTime', '2024-03-05T10', 'wrong-type'],
    ['dateTime', 'string', '2024T10:30Z', 'wrong-type'],
    ['date', 'string', '2024-13-01', 'wrong-type'],
    ['integer', 'integer', 2147483648, 'too-large'],
    ['integer', 'integer', -2147483649, 'too-large'],
  ] as const)('%s refuses what FHIR does not let it be, %s %s', (type, given, value, reason) => {
    expect(coerce(given, value, define({ type }))).toMatchObject(refusal(reason))
  })

  it('several values are an answer only where the question takes several, or is one text', () => {
    const two: TypedValue[] = [
      { type: 'string', value: 'a' },
      { type: 'string', value: 'b' },
    ]
    expect(coerceAnswers(two, define({}))).toMatchObject({
      ...refusal('several-values'),
      error: { params: { count: 2 } },
    })
    expect(coerceAnswers(two, define({ repeats: true }))).toMatchObject({
      value: [{ valueString: 'a' }, { valueString: 'b' }],
    })
    expect(coerceAnswers(two, define({ type: 'text' }))).toEqual({ ok: true, value: [{ valueString: 'a, b' }] })
    expect(coerceAnswers([...two.slice(0, 1), ...two.slice(0, 1)], define({}))).toEqual({
      ok: true,
      value: [{ valueString: 'a' }],
    })
  })

  it('nothing, an empty text and the word null are no answer', () => {
    expect(coerceAnswers([], define({}))).toEqual({ ok: true, value: [] })
    expect(coerce('string', 'null', define({}))).toEqual({ ok: true, value: [] })
    expect(coerce('string', '', define({}))).toEqual({ ok: true, value: [] })
  })
})

describe('what a person types', () => {
  const typed = (type: QuestionnaireItem['type'], text: string) =>
    parseTyped(text, define({ type, ...(type === 'quantity' ? { extension: [unit('kg')] } : {}) }))
  it('is read by the type of the question, with comma or point', () => {
    expect(typed('decimal', '68,4')).toEqual({ valueDecimal: 68.4 })
    expect(typed('quantity', '68.4')).toEqual({
      valueQuantity: { value: 68.4, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    })
    expect(typed('integer', '-3')).toEqual({ valueInteger: -3 })
    expect(typed('date', '2024-03')).toEqual({ valueDate: '2024-03' })
    expect(typed('time', '09:41')).toEqual({ valueTime: '09:41:00' })
    expect(typed('string', '  ')).toBeNull()
  })
  it('is undefined where it is no such value', () => {
    for (const [type, text] of [
      ['integer', '2.5'],
      ['decimal', 'many'],
      ['date', '03/04/2024'],
      ['dateTime', 'noon'],
      ['dateTime', '2024-03-05T10:30'],
      ['integer', '99999999999'],
      ['time', '24:10'],
    ] as const)
      expect(typed(type, text)).toBeUndefined()
  })
})
