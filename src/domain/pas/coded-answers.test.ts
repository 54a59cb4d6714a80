import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { SYSTEM } from '../fhir/canonical.ts'
import { readFormPlaceOfService, readFormWeight } from './coded-answers.ts'

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    {
      linkId: 'g',
      type: 'group',
      item: [
        { linkId: 'w', type: 'quantity', code: [{ system: SYSTEM.loinc, code: '29463-7' }] },
        { linkId: 'pos', type: 'choice' },
      ],
    },
  ],
}
const response = (item: QuestionnaireResponse['item']): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  item: item ?? [],
})

describe('readFormWeight', () => {
  it('finds the weight by its LOINC code, wherever it stands', () =>
    expect(
      readFormWeight(
        questionnaire,
        response([{ linkId: 'g', item: [{ linkId: 'w', answer: [{ valueQuantity: { value: 68.4, code: 'kg' } }] }] }]),
      ),
    ).toEqual({ value: 68.4, code: 'kg' }))
  it('is null where the question has no answer', () =>
    expect(readFormWeight(questionnaire, response([{ linkId: 'g' }]))).toBeNull())
})

describe('readFormPlaceOfService', () => {
  it('is the answer in the CMS place of service system', () =>
    expect(
      readFormPlaceOfService(
        response([
          {
            linkId: 'g',
            item: [{ linkId: 'pos', answer: [{ valueCoding: { system: SYSTEM.placeOfService, code: '11' } }] }],
          },
        ]),
      ),
    ).toBe('11'))
  it('is null where the form states none', () => expect(readFormPlaceOfService(response([]))).toBeNull())
})
