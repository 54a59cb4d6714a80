/** Evaluates expressions where they stand in a form that is being changed. */
import type { Expression } from 'fhir/r4'
import type { Result } from '../../result.ts'
import type { FormDraft } from './form-draft.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { isBelow, type ItemKey } from '../item/item-key.ts'
import { evaluateAt, type Absence, type Environment, type Finding } from './scope.ts'

/** Evaluates an expression at one item of the draft; undefined while no evaluator is loaded. */
export function evaluateIn(
  draft: FormDraft,
  key: ItemKey | null,
  expression: Expression,
): Result<Finding, Absence> | undefined {
  const { setting, model } = draft.state
  if (setting.evaluator === null) return undefined
  const environment: Environment = {
    model,
    evaluator: setting.evaluator,
    chart: setting.chart,
    today: setting.today,
    now: setting.now,
    response: (linkIds) => draft.response(linkIds),
    memo: draft.memo(),
  }
  const definition = key === null ? null : (draft.definition(key) ?? null)
  if (definition !== null) setting.chart.askFor(definition.linkId)
  const context =
    key === null
      ? undefined
      : ({ linkId }: ItemDefinition) => {
          const owner = enclosing(draft, key, linkId)
          return owner === null ? undefined : draft.responseItem(owner, key)
        }
  return evaluateAt(environment, { definition, context, local: localNames(draft, key) }, expression)
}

/** The item with this link id at or around a key: there is one, in the same repetition and under the same answer. */
function enclosing(draft: FormDraft, key: ItemKey, linkId: string): ItemKey | null {
  for (let at = draft.item(key); at !== undefined; at = at.parent === null ? undefined : draft.item(at.parent))
    if (at.linkId === linkId) return at.key
  return null
}

/** Results that the repetitions around an item stand for (itemPopulationContext), by name. */
function localNames(draft: FormDraft, key: ItemKey | null): ReadonlyMap<string, readonly unknown[]> {
  const names = new Map<string, readonly unknown[]>()
  for (const [group, { name, raw }] of draft.repetitionContexts)
    if (key !== null && (key === group || isBelow(key, group))) names.set(name, raw)
  return names
}
