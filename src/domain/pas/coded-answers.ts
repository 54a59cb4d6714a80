/** Facts that the request takes from the form, found by code and never by link id: any payer's form may carry them. */
import type {
  Quantity,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'

/** LOINC of body weight. */
const BODY_WEIGHT = '29463-7'

function linkIdsWithCode(items: readonly QuestionnaireItem[] | undefined, system: string, code: string): string[] {
  return (items ?? []).flatMap((item) => [
    ...(item.code?.some((coding) => coding.system === system && coding.code === code) === true ? [item.linkId] : []),
    ...linkIdsWithCode(item.item, system, code),
  ])
}

function* answeredItems(items: readonly QuestionnaireResponseItem[] | undefined): Generator<QuestionnaireResponseItem> {
  for (const item of items ?? []) {
    yield item
    yield* answeredItems(item.item)
    for (const answer of item.answer ?? []) yield* answeredItems(answer.item)
  }
}

/** The body weight that the form states; null where it asks for none, or has no answer. */
export function readFormWeight(questionnaire: Questionnaire, response: QuestionnaireResponse): Quantity | null {
  const linkIds = new Set(linkIdsWithCode(questionnaire.item, SYSTEM.loinc, BODY_WEIGHT))
  for (const item of answeredItems(response.item)) {
    const value = linkIds.has(item.linkId) ? item.answer?.[0]?.valueQuantity : undefined
    if (value !== undefined) return value
  }
  return null
}

/** The place of service that the form states (an answer in the CMS code system); null where it states none. */
export function readFormPlaceOfService(response: QuestionnaireResponse): string | null {
  for (const item of answeredItems(response.item))
    for (const answer of item.answer ?? [])
      if (answer.valueCoding?.system === SYSTEM.placeOfService && answer.valueCoding.code !== undefined)
        return answer.valueCoding.code
  return null
}
