/**
 * Computed answers (SDC calculatedExpression): recomputed until a person overrides them. An override keeps its value; what
 * it would be is kept as the suggestion.
 */
import type { Message } from '../../result.ts'
import { areSameAnswers } from '../item/answer-value.ts'
import { coerceAnswers } from '../item/coercion.ts'
import { evaluateIn } from './evaluate-in.ts'
import type { FormDraft } from './form-draft.ts'
import type { Answer, ItemView } from './form-state.ts'
import { computedOrigin, isAutomatic } from '../item/information-origin.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { ItemKey } from '../item/item-key.ts'
import type { Finding } from './scope.ts'

/** Recomputes one item. On opening, a saved answer that would be computed differently now stays (SDC 4: overridden). */
export function calculate(draft: FormDraft, key: ItemKey, definition: ItemDefinition, isOpening: boolean): void {
  const item = draft.item(key)
  const expression = definition.expressions.calculated
  if (item === undefined || expression === null || !item.enabled || item.cleared) return
  if (isOpening && item.answers.length > 0) return
  const result = evaluateIn(draft, key, expression)
  if (result === undefined) return
  if (!result.ok) {
    if (result.error.reason === 'failed') tell(draft, item, 'failed', result.error.message)
    return
  }
  const coerced = coerceAnswers(result.value.values, item, draft.state.setting.evaluator?.convert)
  if (coerced.ok) apply(draft, item, coerced.value, result.value)
  else tell(draft, item, 'refused', coerced.error)
}

function tell(draft: FormDraft, item: ItemView, status: 'failed' | 'refused', reason: Message): void {
  const lookup = { status, searches: item.lookup?.searches ?? [], reason }
  // The same fault again is nothing new: the item stays the object that it was.
  if (JSON.stringify(lookup) !== JSON.stringify(item.lookup)) draft.patch(item.key, { lookup })
}

function apply(draft: FormDraft, item: ItemView, answers: readonly Answer[], finding: Finding): void {
  const { origin } = item
  if (origin !== null && !isAutomatic(origin.source)) {
    const suggested = answers.length === 0 ? null : [...answers]
    if (origin.source === 'override' && !areSameAnswers((origin.suggested ?? []) as Answer[], answers))
      draft.patch(item.key, { origin: { ...origin, suggested } })
    return
  }
  if (areSameAnswers(item.answers, answers)) return
  const computed = { ...computedOrigin(finding, draft.at), evidence: origin?.evidence ?? [] }
  draft.patch(item.key, { answers, origin: answers.length === 0 ? null : computed, rejectedText: null, lookup: null })
}
