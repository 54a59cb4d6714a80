/** A small questionnaire that says how it is to be used: in order, by whom, in which parts. For the tests of such rules. */
import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { formView } from './form-fixture.ts'

const level = (code: string, display: string) => ({
  valueCoding: { system: 'https://payer.example/cs', code, display },
})
const column = (path: string, label: string): Extension => ({
  url: EXT.choiceColumn,
  extension: [
    { url: 'path', valueString: path },
    { url: 'label', valueString: label },
    { url: 'forDisplay', valueBoolean: path === 'display' },
  ],
})

const ITEMS: readonly QuestionnaireItem[] = [
  { linkId: 'first', text: 'First word', type: 'string', required: true },
  { linkId: 'second', text: 'Second word', type: 'string' },
  {
    linkId: 'level',
    text: 'Which level?',
    type: 'choice',
    extension: [column('code', 'Code'), column('display', 'Meaning')],
    answerOption: [level('L1', 'Mild'), level('L2', 'Severe')],
  },
  {
    linkId: 'shown',
    text: 'Only to be read',
    type: 'string',
    extension: [{ url: EXT.usageMode, valueCode: 'display' }],
  },
  { linkId: 'border', text: 'The clinical part is done.', type: 'display' },
  {
    linkId: 'aside',
    text: 'A word aside',
    type: 'display',
    extension: [{ url: EXT.optionalDisplay, valueBoolean: true }],
  },
  {
    linkId: 'who',
    text: 'Who referred the patient?',
    type: 'reference',
    extension: [
      { url: EXT.referenceResource, valueCode: 'Practitioner' },
      { url: EXT.lookupQuestionnaire, valueCanonical: '#new-practitioner' },
    ],
  },
  { linkId: 'phone', text: 'Phone of the office', type: 'string' },
]

const ELEMENT = 'http://hl7.org/fhir/StructureDefinition/Practitioner#Practitioner'
const NEW_PRACTITIONER: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'new-practitioner',
  status: 'active',
  item: [
    { linkId: 'family', text: 'Family name', type: 'string', required: true, definition: `${ELEMENT}.name.family` },
    { linkId: 'given', text: 'Given name', type: 'string', definition: `${ELEMENT}.name.given` },
  ],
}

/** The form with these extensions of its root, and what else of it is other. */
export function rulesView(
  extension: readonly Extension[],
  more: Partial<Questionnaire> = {},
  overrides: Partial<FormView> = {},
): FormView {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    url: 'https://payer.example/Questionnaire/rules',
    status: 'active',
    title: 'Rules',
    extension: [...extension],
    contained: [NEW_PRACTITIONER],
    item: [{ linkId: 'all', text: 'All of it', type: 'group', item: [...ITEMS] }],
    ...more,
  }
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    item: [{ linkId: 'all', item: [{ linkId: 'shown', answer: [{ valueString: 'kept' }] }] }],
  }
  return formView({
    questionnaire: questionnaire as unknown as NonNullable<FormView['questionnaire']>,
    response: response as unknown as NonNullable<FormView['response']>,
    meta: { origins: {}, lookups: {}, cleared: [] },
    ...overrides,
  })
}
