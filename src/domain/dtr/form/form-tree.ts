/**
 * Builds the items of an open form from its definitions, the response and its meta, and numbers repetitions. Structure
 * only: enablement, computed values and faults come after (`settle.ts`).
 */
import type { QuestionnaireResponseItem } from 'fhir/r4'
import type { AnswerOrigin, FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { listOf } from '../../fhir/list.ts'
import { readAnswerValue } from '../item/answer-value.ts'
import type { Answer, Carried, ItemView } from './form-state.ts'
import { readOrigin } from '../item/information-origin.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { answerPlace, childKey, parentKey, type ItemKey } from '../item/item-key.ts'
import { takeOffers } from '../item/item-offers.ts'

export interface Tree {
  readonly items: Map<ItemKey, ItemView>
  readonly carried: Map<ItemKey, Carried>
  /** Link ids of response items that say something and for which the form has no place. */
  readonly leftOut?: Set<string>
}

/** Whether each repetition of this item is an item of its own. */
export function isRepeatingGroup(definition: ItemDefinition): boolean {
  return definition.type === 'group' && definition.repeats
}

/**
 * Adds the items of `definitions` at a place of the tree, filled from the response items that stand there, and gives their
 * keys. A repeating group always shows at least one repetition.
 */
function plant(
  tree: Tree,
  definitions: readonly ItemDefinition[],
  place: ItemKey | null,
  response: readonly QuestionnaireResponseItem[],
  meta: FormMeta,
): ItemKey[] {
  const planted = new Set<string>()
  const used = new Set<QuestionnaireResponseItem>()
  const keys = definitions.flatMap((definition) => {
    // A link id twice among siblings: the later item could not be told from the first (the form says so).
    if (planted.has(definition.linkId)) return []
    planted.add(definition.linkId)
    const mine = response.filter(({ linkId }) => linkId === definition.linkId)
    if (!isRepeatingGroup(definition)) {
      const key = childKey(place, definition.linkId)
      const read = definition.repeats && definition.type !== 'group' ? mine : mine.slice(0, 1)
      read.forEach((item) => used.add(item))
      plantOne(tree, definition, key, joined(read), meta)
      return [key]
    }
    mine.forEach((item) => used.add(item))
    const repetitions = mine.length === 0 ? [undefined] : mine
    return repetitions.map((item, occurrence) => {
      const key = childKey(place, definition.linkId, occurrence)
      plantOne(tree, definition, key, item, meta)
      numberRepetition(tree.items, key, definition, occurrence, repetitions.length)
      return key
    })
  })
  noteLeftOut(
    tree,
    response.filter((item) => !used.has(item)),
  )
  return keys
}

/** What came for no item of the form: a question that it has no longer, or one that takes a single item and got two. */
function noteLeftOut({ leftOut }: Tree, items: readonly QuestionnaireResponseItem[]): void {
  for (const item of items) if (saysSomething(item)) leftOut?.add(item.linkId)
}

function saysSomething({ answer, item }: QuestionnaireResponseItem): boolean {
  const given = listOf(answer)
  const below = [...listOf(item), ...given.flatMap((one) => listOf(one.item))]
  return given.some((one) => readAnswerValue(one) !== undefined) || below.some(saysSomething)
}

/** R4: a question that repeats is one item with many answers. Some write an item for each. */
function joined([first, ...others]: readonly QuestionnaireResponseItem[]): QuestionnaireResponseItem | undefined {
  if (first === undefined || others.length === 0) return first
  return { ...first, answer: [first, ...others].flatMap(({ answer }) => listOf(answer)) }
}

/** Adds the form's outermost items and all below them, and gives the keys of the outermost. */
export function plantForm(
  tree: Tree,
  definitions: readonly ItemDefinition[],
  response: readonly QuestionnaireResponseItem[],
  meta: FormMeta,
): ItemKey[] {
  return plant(tree, definitions, null, response, meta)
}

/** Adds one item and all below it. */
export function plantOne(
  tree: Tree,
  definition: ItemDefinition,
  key: ItemKey,
  response: QuestionnaireResponseItem | undefined,
  meta: FormMeta,
): void {
  const all = listOf(response?.answer)
  const given = all.filter((answer) => readAnswerValue(answer) !== undefined)
  const origin = own(meta.origins, key) ?? (given[0] === undefined ? null : readOrigin(given[0]))
  tree.items.set(key, newItem(definition, key, given.map(bareAnswer), origin, meta))
  const carried = Object.entries(response ?? {}).filter(([name]) => !REBUILT.has(name))
  if (carried.length > 0) tree.carried.set(key, Object.fromEntries(carried))
  const children = plantBelow(tree, definition, key, response, meta)
  const planted = tree.items.get(key)
  if (planted !== undefined) tree.items.set(key, { ...planted, children })
}

/** What stands under an item: under a group as it is, under a question once for each of its answers (R4 answer.item). */
function plantBelow(
  tree: Tree,
  { type, children }: ItemDefinition,
  key: ItemKey,
  response: QuestionnaireResponseItem | undefined,
  meta: FormMeta,
): ItemKey[] {
  const all = listOf(response?.answer)
  if (type === 'group') {
    if (response !== undefined && all.length > 0) noteLeftOut(tree, [{ linkId: response.linkId, answer: [...all] }])
    return plant(tree, children, key, listOf(response?.item), meta)
  }
  if (children.length === 0) {
    noteLeftOut(tree, [...listOf(response?.item), ...all.flatMap(({ item }) => listOf(item))])
    return []
  }
  const given = all.filter((answer) => readAnswerValue(answer) !== undefined)
  // What a response has under no answer (a question that is still to be answered) goes with the first one.
  const stray = all.filter((answer) => !given.includes(answer)).flatMap(({ item }) => listOf(item))
  const first = [...listOf(given[0]?.item), ...listOf(response?.item), ...stray]
  const sets = [first, ...given.slice(1).map(({ item }) => listOf(item))]
  return sets.flatMap((items, index) => plant(tree, children, answerPlace(key, index), items, meta))
}

/** Adds what stands under one more answer of a question, with nothing in it yet, and gives the keys at that place. */
export function plantUnderAnswer(
  tree: Tree,
  { children }: ItemDefinition,
  question: ItemKey,
  index: number,
  meta: FormMeta,
): ItemKey[] {
  return plant(tree, children, answerPlace(question, index), [], meta)
}

/** What a response item is built of anew each time; everything else it carries is kept. */
const REBUILT = new Set(['linkId', 'text', 'answer', 'item'])

/** An answer without its nested items and without the origin, which is kept beside it. */
function bareAnswer({
  item: _nested,
  extension,
  ...answer
}: NonNullable<QuestionnaireResponseItem['answer']>[number]): Answer {
  const others = listOf(extension).filter(({ url }) => url !== EXT.informationOrigin)
  return others.length === 0 ? answer : { ...answer, extension: others }
}

/** An entry of a record whose keys are the payer's words: `constructor` is a link id like any other. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function newItem(
  definition: ItemDefinition,
  key: ItemKey,
  answers: readonly Answer[],
  origin: AnswerOrigin | null,
  meta: FormMeta,
): ItemView {
  return {
    key,
    linkId: definition.linkId,
    type: definition.type,
    text: definition.text,
    prefix: definition.prefix,
    facts: definition.facts,
    help: definition.help,
    hints: definition.hints,
    supportLink: definition.supportLink,
    control: definition.control,
    parent: parentKey(key),
    children: [],
    depth: definition.depth,
    enabled: true,
    hidden: definition.hidden,
    required: definition.required,
    readOnly: definition.readOnly,
    locked: null,
    repeats: definition.repeats,
    repetition: null,
    ...takeOffers(own(meta.offers ?? {}, key), definition),
    optionsDisabled: [],
    expansion: definition.missingValueSet === null ? 'given' : 'wanted',
    valueSet: definition.item.answerValueSet ?? null,
    allowsOther: definition.allowsOther,
    unit: definition.unit,
    unitOptions: definition.unitOptions,
    maxLength: definition.limits.maxLength,
    limits: definition.limits,
    placeholder: definition.placeholder,
    answers,
    rejectedText: null,
    origin,
    lookup: own(meta.lookups, key) ?? null,
    cleared: meta.cleared.includes(key),
    needs: null,
    issues: [],
  }
}

/** Tells a repetition which one it is, and what a person may do with it. */
export function numberRepetition(
  items: Map<ItemKey, ItemView>,
  key: ItemKey,
  definition: ItemDefinition,
  index: number,
  count: number,
): void {
  const item = items.get(key)
  if (item === undefined) return
  const { minOccurs, maxOccurs } = definition.limits
  const open = !definition.readOnly
  const repetition = {
    index,
    count,
    mayAdd: open && (maxOccurs === null || count < maxOccurs),
    mayRemove: open && count > Math.max(1, minOccurs ?? 0),
  }
  items.set(key, { ...item, repetition })
}
