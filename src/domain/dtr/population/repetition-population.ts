/**
 * itemPopulationContext: each result becomes one repetition of a repeating group, and its descendants' expressions see it
 * under the context's name. Several results for a group that does not repeat are an error, and nothing is populated (SDC).
 */
import { message } from '../../result.ts'
import { evaluateIn } from '../form/evaluate-in.ts'
import { entriesOf } from '../package/bundle-entries.ts'
import type { FormDraft } from '../form/form-draft.ts'
import { isRepeatingGroup } from '../form/form-tree.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { ItemKey } from '../item/item-key.ts'
import { EMPTY_META } from '../form/open-form.ts'
import type { Absence } from '../form/scope.ts'
import { rowsOf, type GroupExpansion } from './group-expansion.ts'

/**
 * Expands a group where its context can be evaluated now; `fail` is told of those that cannot. Gives whether something
 * changed. A group that held answers before is left as it is, and one whose results are still to come waits for them.
 */
export function expandRepetitions(
  draft: FormDraft,
  definition: ItemDefinition,
  groups: GroupExpansion,
  fail: (key: ItemKey, absence: Absence) => void,
): boolean {
  const expression = definition.expressions.populationContext
  const name = expression?.name
  if (expression === null || name === undefined) return false
  let moved = false
  for (const key of firstRepetitions(draft, definition)) {
    const item = draft.item(key)
    if (item?.enabled !== true || groups.done.has(key) || draft.repetitionContexts.has(key)) continue
    const result = evaluateIn(draft, key, expression)
    if (result === undefined || (!result.ok && result.error.reason !== 'failed') || groups.isWaiting(key)) {
      groups.wait(key)
      continue
    }
    groups.settle(key)
    if (!result.ok) {
      fail(key, result.error)
      continue
    }
    const results = result.value.raw.flatMap(entriesOf)
    if (results.length > 1 && !isRepeatingGroup(definition))
      fail(key, {
        reason: 'failed',
        message: message('form.lookup.several-values', { count: results.length }),
        queries: result.value.queries,
      })
    else if (!groups.isAnswered(draft, rowsOf(draft, definition, key)))
      moved = spread(draft, definition, key, name, results) || moved
  }
  return moved
}

/** The first repetition under each parent stands for them all until the group is expanded. */
function firstRepetitions(draft: FormDraft, definition: ItemDefinition): ItemKey[] {
  return draft.keysOf(definition.linkId).filter((key) => (draft.item(key)?.repetition?.index ?? 0) === 0)
}

function spread(
  draft: FormDraft,
  definition: ItemDefinition,
  first: ItemKey,
  name: string,
  results: readonly unknown[],
): boolean {
  const parent = draft.item(first)?.parent ?? null
  draft.repetitionContexts.set(first, { name, raw: results.slice(0, 1) })
  results.slice(1).forEach((result) => {
    const key = draft.appendRepetition(definition, parent, EMPTY_META)
    draft.repetitionContexts.set(key, { name, raw: [result] })
  })
  return results.length > 0
}
