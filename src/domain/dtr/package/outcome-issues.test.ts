import type { QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { readItemIssues } from './outcome-issues.ts'

const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  item: [
    {
      linkId: 'drug',
      answer: ['A', 'B'].map((valueString) => ({
        valueString,
        item: [{ linkId: 'dose', answer: [{ valueString: `dose of ${valueString}` }] }],
      })),
    },
  ],
}
const keyOf = (expression: string) =>
  readItemIssues(
    { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid', expression: [expression] }] },
    response,
    () => false,
  )[0]?.itemKey

describe('a refusal of what stands under an answer', () => {
  it.each([
    ['QuestionnaireResponse.item[0].answer[0].item[0]', 'drug/dose'],
    ['QuestionnaireResponse.item[0].answer[1].item[0].answer[0].value', 'drug/:1/dose'],
    ["QuestionnaireResponse.item.where(linkId = 'drug').answer[1].item.where(linkId = 'dose')", 'drug/:1/dose'],
    ['QuestionnaireResponse.item[0].answer[1]', 'drug'],
  ])('%s is told at %s', (path, key) => expect(keyOf(path)).toBe(key))
})
