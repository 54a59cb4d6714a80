/**
 * The items of a form as a QuestionnaireResponse has them: enabled items only, in form order, repetitions of a group as
 * items of their own, nested questions under their answer (R4 qrs-1). Display items and empty items are left out.
 */
import type {
  Extension,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import { childrenUnder, type Carried, type ItemView } from './form-state.ts'
import { answerIndexBelow, type ItemKey } from '../item/item-key.ts'

/** What is needed of a form or of a draft of one. */
export interface ResponseSource {
  readonly items: ReadonlyMap<ItemKey, ItemView>
  readonly rootKeys: readonly ItemKey[]
  readonly carried: ReadonlyMap<ItemKey, Carried>
  readonly base: QuestionnaireResponse
}

type OriginOf = (item: ItemView) => Extension | undefined

/** Builds the response; `originOf` gives the extension that each answer of an item carries. */
export function buildResponse(source: ResponseSource, originOf: OriginOf): QuestionnaireResponse {
  return withItems(source.base, buildItems(source, source.rootKeys, originOf))
}

/** The part of the response that holds the given items with all below them, in their places; for expressions only. */
export function buildPartialResponse(source: ResponseSource, keys: readonly ItemKey[]): QuestionnaireResponse {
  const wanted = new Set(keys)
  const around = new Set<ItemKey>()
  for (const key of keys)
    for (let at = source.items.get(key)?.parent ?? null; at !== null; at = source.items.get(at)?.parent ?? null)
      around.add(at)
  const isPart = (key: ItemKey): boolean => around.has(key) || wanted.has(key)
  return withItems(
    source.base,
    buildItems(source, source.rootKeys, () => undefined, { isPart, isWhole: (key) => wanted.has(key) }),
  )
}

/**
 * The response item that stands for a key; undefined where the item is not in the response. Seen from an item below it, a
 * question has the one answer under which that stands.
 */
export function buildResponseItem(
  source: ResponseSource,
  key: ItemKey,
  seenFrom: ItemKey = key,
): QuestionnaireResponseItem | undefined {
  const [built] = buildItems(source, [key], () => undefined)
  if (built?.answer === undefined || seenFrom === key) return built
  const index = answerIndexBelow(key, seenFrom)
  return { ...built, answer: built.answer.slice(index, index + 1) }
}

function withItems(base: QuestionnaireResponse, item: QuestionnaireResponseItem[]): QuestionnaireResponse {
  const response: QuestionnaireResponse = { ...base, item }
  if (item.length === 0) delete response.item
  return response
}

/** What of the tree is built: `isPart` keys, and everything below `isWhole` ones. */
interface Cut {
  readonly isPart: (key: ItemKey) => boolean
  readonly isWhole: (key: ItemKey) => boolean
}

function buildItems(
  source: ResponseSource,
  keys: readonly ItemKey[],
  originOf: OriginOf,
  cut?: Cut,
): QuestionnaireResponseItem[] {
  return keys.flatMap((key): QuestionnaireResponseItem[] => {
    const item = source.items.get(key)
    if (item === undefined || !item.enabled || item.type === 'display' || cut?.isPart(key) === false) return []
    const inner = cut?.isWhole(key) === true ? undefined : cut
    const below = (children: readonly ItemKey[]) => buildItems(source, children, originOf, inner)
    const head = { ...source.carried.get(key), linkId: item.linkId, ...(item.text === '' ? {} : { text: item.text }) }
    if (item.type === 'group') {
      const items = below(item.children)
      return items.length === 0 ? [] : [{ ...head, item: items }]
    }
    const answer = buildAnswers(item, below, originOf(item))
    return answer.length === 0 ? [] : [{ ...head, answer }]
  })
}

/** Each answer with what stands under it; what is answered below a question without an answer stands alone. */
function buildAnswers(
  item: ItemView,
  build: (keys: readonly ItemKey[]) => QuestionnaireResponseItem[],
  origin: Extension | undefined,
): QuestionnaireResponseItemAnswer[] {
  if (item.answers.length === 0) {
    const below = build(item.children)
    return below.length === 0 ? [] : [{ item: below }]
  }
  return item.answers.map((answer, index) => {
    const below = build(childrenUnder(item, index))
    const extension = [...(answer.extension ?? []), ...(origin === undefined ? [] : [origin])]
    return {
      ...answer,
      ...(extension.length === 0 ? {} : { extension }),
      ...(below.length > 0 ? { item: below } : {}),
    }
  })
}

/** Whether an item or anything enabled below it is answered. */
export function hasAnswers(items: ReadonlyMap<ItemKey, ItemView>, key: ItemKey): boolean {
  const item = items.get(key)
  if (item === undefined || !item.enabled) return false
  return item.answers.length > 0 || item.children.some((child) => hasAnswers(items, child))
}
