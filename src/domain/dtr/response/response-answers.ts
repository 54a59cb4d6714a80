/** Walks every answer of a response, at any depth, under items and under answers; unknown elements stay where they are. */
import type { QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from 'fhir/r4'

type MapAnswer = (
  answer: QuestionnaireResponseItemAnswer,
  item: QuestionnaireResponseItem,
) => QuestionnaireResponseItemAnswer

/** The response with each answer mapped; everything else as it was, contained resources byte for byte. */
export function mapAnswers(response: QuestionnaireResponse, map: MapAnswer): QuestionnaireResponse {
  return response.item === undefined ? response : { ...response, item: mapItems(response.item, map) }
}

function mapItems(items: readonly QuestionnaireResponseItem[], map: MapAnswer): QuestionnaireResponseItem[] {
  return items.map((item) => ({
    ...item,
    ...(item.item === undefined ? {} : { item: mapItems(item.item, map) }),
    ...(item.answer === undefined ? {} : { answer: item.answer.map((answer) => mapAnswer(answer, item, map)) }),
  }))
}

function mapAnswer(
  answer: QuestionnaireResponseItemAnswer,
  item: QuestionnaireResponseItem,
  map: MapAnswer,
): QuestionnaireResponseItemAnswer {
  const mapped = map(answer, item)
  return mapped.item === undefined ? mapped : { ...mapped, item: mapItems(mapped.item, map) }
}

/** Every item, those under answers too. */
export function listResponseItems(
  items: readonly QuestionnaireResponseItem[] | undefined,
): QuestionnaireResponseItem[] {
  return (items ?? []).flatMap((item) => [
    item,
    ...listResponseItems(item.item),
    ...(item.answer ?? []).flatMap((answer) => listResponseItems(answer.item)),
  ])
}
