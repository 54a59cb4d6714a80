/** Options of an item by what was typed: from the form as it is kept, else by `$expand` with a filter. */
import type { Coding, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { FormOptions } from '#domain/contract/form.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { listNamedValueSets } from '#domain/dtr/form/named-value-sets.ts'
import { filterConcepts } from '#domain/dtr/package/expansion.ts'
import { listNeededValueSets } from '#domain/dtr/package/needed-value-sets.ts'
import { findContainedValueSet, readConcepts } from '#domain/dtr/package/value-sets.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { expandAnywhere, type ExpandDeps } from './resolve-value-sets.ts'

/** What a list that opens while one types can show. */
const MOST_OPTIONS = 50

export interface OptionSearch {
  readonly linkId: string
  readonly filter: string
}

/**
 * Finds options in the form as it is filled: its expressions may name the value set. An item that the form does not have, or
 * that has no options at all, is a failure.
 */
export async function findOptions(
  deps: ExpandDeps,
  state: FormState,
  { linkId, filter }: OptionSearch,
): Promise<Result<FormOptions, Failure>> {
  const { questionnaire } = state.model
  const item = findItem(questionnaire.item, linkId)
  if (item === undefined) return err({ reason: 'not-found', path: 'linkId' })
  const own = ownConcepts(questionnaire, item)
  if (own !== undefined) return ok(viewOf(filterConcepts(own, filter), true, 'package'))
  const named = listNamedValueSets(state)
  const canonical = named.get(linkId)?.[0] ?? item.answerValueSet
  if (canonical === undefined) return err({ reason: 'no-options' })
  const registered = deps.payer.dtr?.terminologyServers ?? []
  const needed = listNeededValueSets(questionnaire, [], registered, named).find((one) => one.canonical === canonical)
  if (needed === undefined) return err({ reason: 'no-options' })
  const found = await expandAnywhere(deps, needed, filter, MOST_OPTIONS)
  if (found === null) return err({ reason: 'options-unavailable' })
  // A server may ignore the filter.
  return ok(viewOf(filterConcepts(found.expansion.concepts, filter), found.expansion.complete, found.from))
}

/** Options that the form itself lists. */
function ownConcepts(questionnaire: Questionnaire, item: QuestionnaireItem): readonly Coding[] | undefined {
  const listed = (item.answerOption ?? []).flatMap(({ valueCoding }) => valueCoding ?? [])
  if (listed.length > 0) return listed
  const set = item.answerValueSet === undefined ? undefined : findContainedValueSet(questionnaire, item.answerValueSet)
  return set === undefined ? undefined : readConcepts(set)
}

function viewOf(concepts: readonly Coding[], complete: boolean, from: FormOptions['from']): FormOptions {
  return {
    options: concepts
      .slice(0, MOST_OPTIONS)
      .flatMap(({ system, code, display, version }) =>
        code === undefined
          ? []
          : [{ system: system ?? null, code, display: display ?? code, version: version ?? null }],
      ),
    complete: complete && concepts.length <= MOST_OPTIONS,
    from,
  }
}

function findItem(items: readonly QuestionnaireItem[] | undefined, linkId: string): QuestionnaireItem | undefined {
  for (const item of items ?? []) {
    const found = item.linkId === linkId ? item : findItem(item.item, linkId)
    if (found !== undefined) return found
  }
  return undefined
}
