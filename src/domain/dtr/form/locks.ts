/**
 * What a person cannot change now though the form as such would take an answer: questions that a sequential form has passed or
 * does not let them come to yet, and the part that somebody else has in hand. Said at the item, so that a screen shows it.
 */
import { lockByOrder } from '../item/entry-mode.ts'
import type { ItemKey } from '../item/item-key.ts'
import { isShownFor } from '../item/usage-mode.ts'
import type { FormDraft } from './form-draft.ts'
import type { FormModel } from './form-model.ts'
import { readParts } from './form-parts.ts'
import { listItems, type ItemView } from './form-state.ts'

export type Lock = 'passed' | 'ahead' | 'part'

/**
 * Why questions of a sequential form take no answer of who came as far as `reached`; nothing in any other form. `items` are
 * all of the form, in its order.
 */
export function readOrder(
  { facts }: Pick<FormModel, 'facts'>,
  items: readonly ItemView[],
  reached: ItemKey | null,
): ReturnType<typeof lockByOrder> {
  return facts.entryMode === 'sequential' ? lockByOrder(items.filter(isQuestion), reached) : new Map()
}

const isQuestion = ({ type }: ItemView): boolean => type !== 'group' && type !== 'display'

/** Whether an item takes no answer of this person now, for whatever reason. */
export function isFixed(item: ItemView): boolean {
  return item.readOnly || !item.enabled || item.locked !== null || !isShownFor('capture', item)
}

/** Brings the locks of a settled draft up to date; of most forms there are none. */
export function lockItems(draft: FormDraft): void {
  const { model, setting } = draft.state
  const isSequential = model.facts.entryMode === 'sequential'
  if (!isSequential && setting.foreignParts.size === 0) return
  const items = listItems({ roots: draft.rootKeys, items: draft.items })
  const parts = readParts(model)
  const questions = items.filter(isQuestion)
  const order = readOrder(model, items, draft.reached)
  const begun = isSequential ? begunGroups(questions, draft.reached) : new Set<ItemKey>()
  for (const item of items) {
    const definition = draft.definition(item.key)
    const part = definition === undefined ? null : parts(definition)
    const isForeign = part !== null && setting.foreignParts.has(part)
    const locked = isForeign
      ? 'part'
      : isQuestion(item)
        ? (order.get(item.key) ?? null)
        : lockOfGroup(draft, item, order)
    const repetition =
      begun.has(item.key) && item.repetition?.mayRemove === true
        ? { ...item.repetition, mayRemove: false }
        : item.repetition
    if (locked !== item.locked || repetition !== item.repetition)
      draft.items.set(item.key, { ...item, locked, repetition })
  }
}

/** A group is passed when all in it is, and ahead when its first question is. */
function lockOfGroup(draft: FormDraft, { key }: ItemView, order: ReadonlyMap<ItemKey, Lock>): Lock | null {
  const inside = questionsIn(draft, key)
  const [first, last] = [inside[0], inside.at(-1)]
  if (first === undefined || last === undefined) return null
  if (order.get(last) === 'passed') return 'passed'
  return order.get(first) === 'ahead' ? 'ahead' : null
}

function questionsIn(draft: FormDraft, key: ItemKey): ItemKey[] {
  return (draft.item(key)?.children ?? []).flatMap((child) => {
    const item = draft.item(child)
    return item === undefined ? [] : [...(isQuestion(item) ? [child] : []), ...questionsIn(draft, child)]
  })
}

/** Groups around a question that was passed or come to: to take such a repetition away would be a way back. */
function begunGroups(questions: readonly ItemView[], reached: ItemKey | null): ReadonlySet<ItemKey> {
  const until = questions.findIndex(({ key }) => key === reached)
  const begun = new Set<ItemKey>()
  for (const { key } of questions.slice(0, until + 1))
    for (let cut = key.lastIndexOf('/'); cut > 0; cut = key.lastIndexOf('/', cut - 1)) begun.add(key.slice(0, cut))
  return begun
}
