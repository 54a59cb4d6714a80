/**
 * The items of a form as a QuestionnaireResponse has them: enabled items only, in form order, repetitions of a group as
 * items of their own, nested questions under their answer (R4 qrs-1). Display items and empty items are left out.
 */
import type { Extension, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import type { Carried, ItemView } from './form-state.ts'
import type { ItemKey } from './item-key.ts'

/** What is needed of a form or of a draft of one. */
export interface ResponseSource {
  readonly items: ReadonlyMap<ItemKey, ItemView>
  readonly rootKeys: readonly ItemKey[]
  readonly carried: ReadonlyMap<ItemKey, Carried>
  readonly base: QuestionnaireResponse
}

/** Builds the response; `originOf` gives the extension that each answer of an item carries. */
export function buildResponse(
  source: ResponseSource,
  originOf: (item: ItemView) => Extension | undefined,
): QuestionnaireResponse {
  const itemsOf = (keys: readonly ItemKey[]): QuestionnaireResponseItem[] =>
    keys.flatMap((key): QuestionnaireResponseItem[] => {
      const item = source.items.get(key)
      if (item === undefined || !item.enabled || item.type === 'display') return []
      const below = itemsOf(item.children)
      const head = { ...source.carried.get(key), linkId: item.linkId, ...(item.text === '' ? {} : { text: item.text }) }
      if (item.type === 'group') return below.length === 0 ? [] : [{ ...head, item: below }]
      if (item.answers.length === 0 && below.length === 0) return []
      return [{ ...head, answer: answersOf(item, below) }]
    })
  const answersOf = (
    item: ItemView,
    below: QuestionnaireResponseItem[],
  ): NonNullable<QuestionnaireResponseItem['answer']> => {
    const origin = originOf(item)
    const answers = item.answers.length === 0 ? [{}] : item.answers
    return answers.map((answer, index) => {
      const extension = [...(answer.extension ?? []), ...(origin === undefined ? [] : [origin])]
      return {
        ...answer,
        ...(extension.length === 0 ? {} : { extension }),
        ...(index === 0 && below.length > 0 ? { item: below } : {}),
      }
    })
  }
  const item = itemsOf(source.rootKeys)
  const response: QuestionnaireResponse = { ...source.base, item }
  if (item.length === 0) delete response.item
  return response
}

/** The response item that stands for a key; undefined where the item is not in the response. */
export function findResponseItem(
  source: ResponseSource,
  response: QuestionnaireResponse,
  key: ItemKey,
): QuestionnaireResponseItem | undefined {
  const path: ItemView[] = []
  for (
    let at = source.items.get(key);
    at !== undefined;
    at = at.parent === null ? undefined : source.items.get(at.parent)
  )
    path.unshift(at)
  let level: readonly QuestionnaireResponseItem[] = response.item ?? []
  let found: QuestionnaireResponseItem | undefined
  for (const step of path) {
    const same = level.filter(({ linkId }) => linkId === step.linkId)
    found = same[occurrenceInResponse(source, step)]
    if (found === undefined) return undefined
    level = [...(found.item ?? []), ...(found.answer ?? []).flatMap(({ item }) => item ?? [])]
  }
  return found
}

/** Empty repetitions are left out of the response: the position there counts only those before it that are in it. */
function occurrenceInResponse(source: ResponseSource, item: ItemView): number {
  if (item.repetition === null || item.repetition.index === 0) return 0
  const siblings = item.parent === null ? source.rootKeys : (source.items.get(item.parent)?.children ?? [])
  const before = siblings.slice(0, siblings.indexOf(item.key))
  return before.filter((key) => source.items.get(key)?.linkId === item.linkId && hasAnswers(source.items, key)).length
}

/** Whether an item or anything enabled below it is answered. */
export function hasAnswers(items: ReadonlyMap<ItemKey, ItemView>, key: ItemKey): boolean {
  const item = items.get(key)
  if (item === undefined || !item.enabled) return false
  return item.answers.length > 0 || item.children.some((child) => hasAnswers(items, child))
}
