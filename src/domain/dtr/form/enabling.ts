/** Applies an item's conditions, and tells all below it (R4 enableWhen, SDC enableWhenExpression). */
import { message } from '../../result.ts'
import { isEnabledBy, nearestAnswers } from '../item/enablement.ts'
import { evaluateIn } from './evaluate-in.ts'
import type { FormDraft } from './form-draft.ts'
import type { ItemView } from './form-state.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { ItemKey } from '../item/item-key.ts'

export function enable(draft: FormDraft, key: ItemKey, definition: ItemDefinition): void {
  const item = draft.item(key)
  if (item === undefined) return
  const convert = draft.state.setting.evaluator?.convert
  const on =
    isEnabledBy(definition, (linkId) => nearestAnswers(key, draft.keysOf(linkId), draft.items), convert) &&
    isEnabledByExpression(draft, item, definition)
  if (on) draft.conditionOff.delete(key)
  else draft.conditionOff.add(key)
  spreadEnabled(draft, key)
}

/** An empty result is false; one that cannot be had leaves the item as it was, and says so where it failed. */
function isEnabledByExpression(draft: FormDraft, item: ItemView, definition: ItemDefinition): boolean {
  const expression = definition.expressions.enableWhen
  if (expression === null) return true
  const result = evaluateIn(draft, item.key, expression)
  // Without the means to evaluate, what the response holds was enabled when it was saved.
  if (result === undefined) return hasAny(draft, item)
  const failed = !result.ok && result.error.reason === 'failed'
  draft.setFault(item.key, failed ? message('form.issue.enablement-unknown') : null)
  if (result.ok) return result.value.values[0]?.value === true
  return failed || (result.error.reason === 'elsewhere' && hasAny(draft, item))
}

function hasAny(draft: FormDraft, item: ItemView): boolean {
  return (
    item.answers.length > 0 ||
    item.children.some((key) => {
      const child = draft.item(key)
      return child !== undefined && hasAny(draft, child)
    })
  )
}

function spreadEnabled(draft: FormDraft, key: ItemKey): void {
  const item = draft.item(key)
  if (item === undefined) return
  const parent = item.parent === null ? undefined : draft.item(item.parent)
  const enabled = !draft.conditionOff.has(key) && parent?.enabled !== false
  if (enabled === item.enabled) return
  draft.patch(key, { enabled })
  if (enabled) draft.entered.add(key)
  item.children.forEach((child) => spreadEnabled(draft, child))
}
