/**
 * Which answer of a question is which when its answers are given anew: what stands under an answer stays with it, and goes
 * with it (R4 answer.item).
 */
import { isSameAnswer } from '../item/answer-value.ts'
import type { Answer, ItemView } from './form-state.ts'

/**
 * For each answer afterwards the index of the one before that it is; null for a new one. An answer that is there no longer is
 * at no index. A question without an answer counts as one with a single one: what stands under it can be answered, too.
 */
export function matchAnswers(
  { repeats, options }: Pick<ItemView, 'repeats' | 'options'>,
  before: readonly Answer[],
  after: readonly Answer[],
): (number | null)[] {
  const left = new Set(before.keys())
  const find = (isMeant: (one: Answer) => boolean): number | null => {
    for (const index of left)
      if (isMeant(before[index] ?? {})) {
        left.delete(index)
        return index
      }
    return null
  }
  // Of two equal answers the one that was taken out can only be told by what is still the same object.
  const matches = after.map((answer) => find((one) => one === answer))
  after.forEach((answer, index) => (matches[index] ??= find((one) => isSameAnswer(one, answer))))
  // What was answered before there was an answer belongs to the first one.
  if (before.length === 0) return Array.from({ length: Math.max(1, after.length) }, (_, at) => (at === 0 ? 0 : null))
  if (before.length !== Math.max(1, after.length)) return after.length === 0 ? [null] : matches
  const isTyped = (answer: Answer | undefined): boolean =>
    answer === undefined || (!isChosen(answer) && !options.some((option) => isSameAnswer(option.answer, answer)))
  // What is typed anew in its place is that answer, corrected; another choice is another answer.
  return before.map((answer, index) => {
    const match = matches[index] ?? null
    const isCorrected = left.has(index) && (!repeats || (isTyped(answer) && isTyped(after[index])))
    return match === null && isCorrected ? index : match
  })
}

/** An answer that is picked as a whole, and never corrected letter by letter. */
function isChosen({ valueCoding, valueReference, valueAttachment }: Answer): boolean {
  return (valueCoding ?? valueReference ?? valueAttachment) !== undefined
}
