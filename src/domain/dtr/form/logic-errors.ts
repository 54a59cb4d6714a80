/**
 * CQL that failed and that decides what is asked, what is valid or what a value is (DTR 2.2 spec-80). What only fills an
 * answer is told by that answer's lookup.
 */
import { evaluateIn } from './evaluate-in.ts'
import type { FormProblem } from '../package/error-log.ts'
import { FormDraft } from './form-draft.ts'
import { listInFormExpressions, type FormModel } from './form-model.ts'
import { isCql } from '../cql/language.ts'
import { kindOfReason } from './form-problems.ts'
import type { FormState } from './form-state.ts'
import type { ItemKey } from '../item/item-key.ts'

export interface LogicError {
  readonly kind: FormProblem['kind']
  /** null for an expression of the form itself. */
  readonly itemKey: ItemKey | null
}

const withCql = new WeakMap<FormModel, boolean>()

/** Whether anything that is evaluated while the form is open can be CQL: of most forms nothing is. */
function hasCql(model: FormModel): boolean {
  const known = withCql.get(model)
  if (known !== undefined) return known
  const variables = [...model.variables, ...[...model.definitions.values()].flatMap((item) => item.variables)]
  const found = [...variables, ...listInFormExpressions(model).map(({ expression }) => expression)].some(isCql)
  withCql.set(model, found)
  return found
}

/** The failures at items that are asked now, each item once. */
export function listLogicErrors(state: FormState): LogicError[] {
  if (!hasCql(state.model)) return []
  const draft = new FormDraft(state, state.setting.now)
  const found = new Map<ItemKey | null, LogicError>()
  for (const { at, expression } of listInFormExpressions(state.model))
    for (const itemKey of at === null ? [null] : draft.keysOf(at.linkId)) {
      if (found.has(itemKey) || (itemKey !== null && draft.item(itemKey)?.enabled !== true)) continue
      const result = evaluateIn(draft, itemKey, expression)
      if (result === undefined || result.ok || result.error.reason !== 'failed') continue
      const { message: reason } = result.error
      const kind = reason.key.startsWith('form.lookup.cql-') ? kindOfReason(reason) : undefined
      if (kind !== undefined) found.set(itemKey, { kind, itemKey })
    }
  return [...found.values()]
}
