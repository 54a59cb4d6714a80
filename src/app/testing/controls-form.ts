/** A questionnaire with every item type and control on it, some answered from the chart: for the tests of the controls. */
import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { formView } from './form-fixture.ts'

const control = (code: string): Extension => ({
  url: EXT.itemControl,
  valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code }] },
})
const coding = (display: string) => ({ valueCoding: { system: 'https://payer.example/cs', code: display, display } })
const choice = (linkId: string, text: string, answers: readonly string[], more: Partial<QuestionnaireItem> = {}) => ({
  linkId,
  text,
  type: 'choice' as const,
  answerOption: answers.map(coding),
  ...more,
})
const display = (linkId: string, text: string, code: string): QuestionnaireItem => ({
  linkId,
  text,
  type: 'display',
  extension: [control(code)],
})
const SCALE = ['Never', 'Sometimes', 'Often'] as const

const choices: QuestionnaireItem = {
  linkId: 'choices',
  type: 'group',
  text: 'Choices',
  item: [
    choice('radio', 'Severity', ['Mild', 'Moderate', 'Severe'], {
      required: true,
      extension: [control('radio-button'), { url: EXT.choiceOrientation, valueCode: 'horizontal' }],
      item: [
        display('radio.help', 'Ask how the last week was.', 'help'),
        display('radio.prompt', 'Over the last 7 days', 'prompt'),
        display('radio.legal', 'By answering you attest that this is in the record.', 'legal'),
      ],
    }),
    {
      ...choice('ticks', 'Symptoms', ['Pain', 'Fever', 'None of these'], { repeats: true }),
      answerOption: [
        coding('Pain'),
        coding('Fever'),
        { ...coding('None of these'), extension: [{ url: EXT.optionExclusive, valueBoolean: true }] },
      ],
    },
    choice('drop', 'Specialty', ['Gastroenterology', 'Rheumatology'], { extension: [control('drop-down')] }),
    choice('open', 'Reason for the switch', ['No response', 'Side effects'], { type: 'open-choice' }),
    {
      linkId: 'remote',
      type: 'choice',
      text: 'Diagnosis',
      answerValueSet: 'https://payer.example/ValueSet/diagnoses',
      extension: [control('autocomplete')],
    },
    { linkId: 'yes', type: 'boolean', text: 'Seen in the last year' },
  ],
}

const values: QuestionnaireItem = {
  linkId: 'values',
  type: 'group',
  text: 'Values',
  item: [
    {
      linkId: 'styled',
      type: 'string',
      text: 'Styled label',
      _text: {
        extension: [
          { url: EXT.renderingStyle, valueString: 'color:green; position:fixed' },
          { url: EXT.renderingXhtml, valueString: '<b>Styled</b> label<script>window.hacked = true</script>' },
        ],
      },
      extension: [{ url: EXT.supportLink, valueUri: 'https://payer.example/help' }],
    },
    {
      linkId: 'pain',
      type: 'integer',
      text: 'Pain',
      extension: [
        control('slider'),
        { url: EXT.minValue, valueInteger: 0 },
        { url: EXT.maxValue, valueInteger: 10 },
        { url: EXT.sliderStepValue, valueInteger: 1 },
      ],
      item: [display('pain.low', 'No pain', 'lower'), display('pain.high', 'Worst pain', 'upper')],
    },
    {
      linkId: 'stools',
      type: 'integer',
      text: 'Stools a day',
      extension: [control('spinner'), { url: EXT.minValue, valueInteger: 0 }],
    },
    {
      linkId: 'weight',
      type: 'quantity',
      text: 'Weight',
      extension: [
        { url: EXT.unitOption, valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kg' } },
        { url: EXT.unitOption, valueCoding: { system: 'http://unitsofmeasure.org', code: '[lb_av]', display: 'lb' } },
      ],
    },
    { linkId: 'onset', type: 'date', text: 'Onset' },
    { linkId: 'at', type: 'time', text: 'Usual time' },
    { linkId: 'seen', type: 'dateTime', text: 'Last visit' },
    { linkId: 'site', type: 'url', text: 'Web address' },
    { linkId: 'drugs', type: 'string', text: 'Earlier drugs', repeats: true },
    { linkId: 'story', type: 'text', text: 'Course of the illness' },
    {
      linkId: 'file',
      type: 'attachment',
      text: 'Last note',
      extension: [
        { url: EXT.mimeType, valueCode: 'application/pdf' },
        { url: EXT.maxSize, valueDecimal: 1 },
      ],
    },
    {
      linkId: 'order',
      type: 'reference',
      text: 'Earlier order',
      extension: [{ url: EXT.referenceResource, valueCode: 'MedicationRequest' }],
    },
  ],
}

const shapes: QuestionnaireItem = {
  linkId: 'shapes',
  type: 'group',
  text: 'Shapes',
  item: [
    {
      linkId: 'trial',
      type: 'group',
      text: 'Treatment',
      repeats: true,
      extension: [control('gtable')],
      item: [
        { linkId: 'trial.drug', type: 'string', text: 'Drug' },
        { linkId: 'trial.from', type: 'date', text: 'From' },
      ],
    },
    {
      linkId: 'often',
      type: 'group',
      text: 'How often',
      extension: [control('htable')],
      item: [choice('often.pain', 'Pain at night', SCALE), choice('often.work', 'Missed work', SCALE)],
    },
    {
      linkId: 'labs',
      type: 'group',
      text: 'Labs',
      extension: [control('grid')],
      item: ['CRP', 'Calprotectin'].map((name) => ({
        linkId: `labs.${name}`,
        type: 'group' as const,
        text: name,
        item: [
          { linkId: `labs.${name}.value`, type: 'decimal' as const, text: 'Value' },
          { linkId: `labs.${name}.on`, type: 'date' as const, text: 'Taken on' },
        ],
      })),
    },
    {
      linkId: 'tabs',
      type: 'group',
      text: 'Sites',
      extension: [control('tab-container')],
      item: ['Clinic', 'Home'].map((name) => ({
        linkId: `tabs.${name}`,
        type: 'group' as const,
        text: name,
        item: [{ linkId: `tabs.${name}.who`, type: 'string' as const, text: `Who gives it: ${name}` }],
      })),
    },
    {
      linkId: 'folded',
      type: 'group',
      text: 'More about the plan',
      extension: [{ url: EXT.collapsible, valueCode: 'default-closed' }],
      item: [{ linkId: 'folded.group', type: 'string', text: 'Plan group' }],
    },
  ],
}

export const CONTROLS_FORM: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'https://payer.example/Questionnaire/controls',
  title: 'Every control',
  item: [
    choices,
    values,
    shapes,
    {
      linkId: 'foot',
      type: 'group',
      text: 'About this form',
      extension: [control('footer')],
      item: [{ linkId: 'foot.text', type: 'display', text: 'Questions? Call 800-555-0100.' }],
    },
    {
      linkId: 'head',
      type: 'group',
      text: 'Before you begin',
      extension: [control('header')],
      item: [{ linkId: 'head.text', type: 'display', text: 'Have the last visit note at hand.' }],
    },
  ],
}

export const CONTROLS_RESPONSE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  questionnaire: 'https://payer.example/Questionnaire/controls',
  item: [
    {
      linkId: 'values',
      item: [
        { linkId: 'weight', answer: [{ valueQuantity: { value: 68.4, unit: 'kg', code: 'kg' } }] },
        { linkId: 'onset', answer: [{ valueDate: '2024-03' }] },
      ],
    },
  ],
}

export function controlsView(overrides: Partial<FormView> = {}): FormView {
  return formView({
    questionnaire: CONTROLS_FORM as unknown as NonNullable<FormView['questionnaire']>,
    response: CONTROLS_RESPONSE as unknown as NonNullable<FormView['response']>,
    meta: { origins: {}, lookups: {}, cleared: [] },
    ...overrides,
  })
}
