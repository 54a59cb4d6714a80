/**
 * itemPopulationContext: each result becomes one repetition of a repeating group, and its descendants' expressions see it
 * under the context's name. Several results for a group that does not repeat are an error, and nothing is populated (SDC).
 */
import { referenceTo } from '../../fhir/reference.ts'
import { message } from '../../result.ts'
import type { SourceResource } from '../expression/expression.ts'
import { evaluateIn } from '../form/evaluate-in.ts'
import { entriesOf } from '../package/bundle-entries.ts'
import type { FormDraft } from '../form/form-draft.ts'
import { isRepeatingGroup } from '../form/form-tree.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { isBelow, placeOf, type ItemKey } from '../item/item-key.ts'
import { EMPTY_META } from '../form/open-form.ts'
import type { Absence } from '../form/scope.ts'
import { clearRows, rowsOf, type GroupExpansion } from './group-expansion.ts'

/**
 * Expands a group where its context can be evaluated now; `fail` is told of those that cannot. Gives whether something
 * changed. One without a name can be seen by nothing (SDC 4: it SHALL have one). A group that held answers before is left as it is, and one whose results are still to come waits for them.
 */
export function expandRepetitions(
  draft: FormDraft,
  definition: ItemDefinition,
  groups: GroupExpansion,
  fail: (key: ItemKey, absence: Absence) => void,
): boolean {
  const expression = definition.expressions.populationContext
  const name = expression?.name
  if (expression === null) return false
  let moved = false
  for (const key of firstRepetitions(draft, definition)) {
    const item = draft.item(key)
    if (item?.enabled !== true || groups.done.has(key) || draft.repetitionContexts.has(key)) continue
    if (name === undefined) {
      groups.settle(key)
      fail(key, { reason: 'failed', message: message('form.lookup.context-unnamed'), queries: [] })
      continue
    }
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
    if (!isRepeatingGroup(definition)) {
      if (results.length <= 1) draft.repetitionContexts.set(key, { name, raw: results })
      else fail(key, severalValues(results.length, result.value.queries))
      continue
    }
    const rows = rowsOf(draft, definition, key)
    if (groups.isAnswered(draft, rows)) rows.forEach((row) => recognize(draft, row, name, results))
    else moved = spread(draft, definition, key, name, results) || moved
  }
  return moved
}

const severalValues = (count: number, queries: readonly string[]): Absence => ({
  reason: 'failed',
  message: message('form.lookup.several-values', { count }),
  queries,
})

/** The first repetition under each parent stands for them all until the group is expanded. */
function firstRepetitions(draft: FormDraft, definition: ItemDefinition): ItemKey[] {
  return draft.keysOf(definition.linkId).filter((key) => (draft.item(key)?.repetition?.index ?? 0) === 0)
}

/**
 * A repetition that was there before stands for the result that its answers rest on, so that what is still open in it can be
 * filled; where that is none or not one alone, its context is empty, as in a repetition that a person adds.
 */
function recognize(draft: FormDraft, row: ItemKey, name: string, results: readonly unknown[]): void {
  const evidence = new Set(
    [...draft.items.values()]
      .filter(({ key }) => isBelow(key, row))
      .flatMap(({ origin }) => origin?.evidence.map(({ reference }) => reference) ?? []),
  )
  const own = results.filter((result) => evidence.has(referenceOfResult(result) ?? ''))
  draft.repetitionContexts.set(row, { name, raw: own.length === 1 ? own : [] })
}

function referenceOfResult(raw: unknown): string | undefined {
  const data = typeof raw === 'object' && raw !== null && 'data' in raw ? raw.data : raw
  const isResource = typeof data === 'object' && data !== null && 'resourceType' in data
  return isResource ? referenceTo(data as SourceResource) : undefined
}

/** One repetition for each result, in place of what the payer had put there, if there are any (DTR 2.2 spec-73). */
function spread(
  draft: FormDraft,
  definition: ItemDefinition,
  first: ItemKey,
  name: string,
  results: readonly unknown[],
): boolean {
  const place = placeOf(first)
  if (results.length > 0) clearRows(draft, definition, first)
  const known = rowsOf(draft, definition, first)
  known.forEach((key, index) => draft.repetitionContexts.set(key, { name, raw: results.slice(index, index + 1) }))
  results.slice(known.length).forEach((result) => {
    const key = draft.appendRepetition(definition, place, EMPTY_META)
    draft.repetitionContexts.set(key, { name, raw: [result] })
  })
  return results.length > 0
}
