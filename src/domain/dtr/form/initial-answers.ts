/**
 * What an item starts with when it comes into an open form: enabled by an edit, or in a repetition that a person added, with
 * an empty population context (SDC initial, initialExpression; DTR spec-62). A form being populated fills itself.
 */
import { coerceAnswers } from '../item/coercion.ts'
import { evaluateIn } from './evaluate-in.ts'
import type { FormDraft } from './form-draft.ts'
import { computedOrigin, defaultOrigin } from '../item/information-origin.ts'
import type { ItemKey } from '../item/item-key.ts'

/** Gives one item its first answers. What a person cleared stays so; what cannot be had here is left to the server. */
export function fillInitially(draft: FormDraft, key: ItemKey): void {
  const item = draft.item(key)
  const definition = draft.definition(key)
  if (item === undefined || definition === undefined || !item.enabled || item.cleared) return
  if (item.type === 'group' || item.answers.length > 0 || item.origin !== null) return
  const { initial, calculated } = definition.expressions
  if (calculated !== null) return
  const result = initial === null ? undefined : evaluateIn(draft, key, initial)
  const isFailed = result?.ok === false && result.error.reason === 'failed'
  if ((initial === null || isFailed) && definition.initialAnswers.length > 0)
    draft.patch(key, { answers: definition.initialAnswers, origin: defaultOrigin(draft.at) })
  if (result?.ok !== true) return
  const answers = coerceAnswers(result.value.values, item, draft.state.setting.evaluator?.convert)
  // SDC: an initial value that the question does not take is ignored.
  if (answers.ok && answers.value.length > 0)
    draft.patch(key, { answers: answers.value, origin: computedOrigin(result.value, draft.at) })
}
