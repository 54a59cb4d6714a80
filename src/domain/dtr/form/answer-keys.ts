/**
 * Finds an item of one version of a form in another one, where answers of the questions around it came or went: what stands
 * under an answer has another key when that is no longer the second but the first.
 */
import { answerIndexBelow, answerPlace, type ItemKey } from '../item/item-key.ts'
import { matchAnswers } from './answer-matching.ts'
import type { Answer, ItemView } from './form-state.ts'

/** The answers of one version, by key. */
export type AnswersAt = (key: ItemKey) => readonly Answer[]

/** Where the item is; or the answer that the other version does not have. */
export type Found =
  | { readonly key: ItemKey }
  | { readonly key: null; readonly question: ItemKey; readonly of: ItemKey; readonly index: number }

/** Finds the item of `from` in `to`. `items` are those of either version: both have the same questions. */
export function findItem(key: ItemKey, from: AnswersAt, to: AnswersAt, items: ReadonlyMap<ItemKey, ItemView>): Found {
  let there: ItemKey | null = null
  let here: ItemKey | null = null
  const parts = key.split('/').filter((part) => !part.startsWith(':'))
  for (const [at, part] of parts.entries()) {
    here = here === null ? part : `${here}/${part}`
    there = there === null ? part : `${there}/${part}`
    const item = items.get(here)
    if (at === parts.length - 1 || item === undefined || item.type === 'group') continue
    const index = answerIndexBelow(here, key)
    const match = matchAnswers(item, to(there), from(here))[index] ?? null
    if (match === null) return { key: null, question: there, of: here, index }
    here = answerPlace(here, index)
    there = answerPlace(there, match)
  }
  return { key: there ?? key }
}
