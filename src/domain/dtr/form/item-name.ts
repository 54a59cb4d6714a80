/** What an item is called in a list, where it stands apart from what is around it. */
import { answerText } from '../item/answer-value.ts'
import { answerIndexBelow, type ItemKey } from '../item/item-key.ts'
import type { ItemView } from './form-state.ts'

/** Its words, with the number of its repetition, and the answers under which it stands: the same is asked under each. */
export function nameItem(item: ItemView, items: ReadonlyMap<ItemKey, ItemView>): string {
  const marks: string[] = item.repetition === null ? [] : [String(item.repetition.index + 1)]
  for (let at = around(item, items); at !== undefined; at = around(at, items)) {
    const answer = at.repeats && at.type !== 'group' ? at.answers[answerIndexBelow(at.key, item.key)] : undefined
    if (answer !== undefined) marks.unshift(answerText(answer))
  }
  return marks.length === 0 ? item.text : `${item.text} (${marks.join(', ')})`
}

const around = ({ parent }: ItemView, items: ReadonlyMap<ItemKey, ItemView>): ItemView | undefined =>
  parent === null ? undefined : items.get(parent)
