/**
 * Questions that an answer brings into a saved form and that only the chart can fill (DTR spec-62, "items that become enabled
 * later": populated then). The place where people answer has no chart: it says which these are, the chart is read elsewhere,
 * and what came is put into the form as it is by then. Nothing that anybody answered meanwhile is touched.
 */
import type { Expression } from 'fhir/r4'
import { evaluateIn } from '../form/evaluate-in.ts'
import { FormDraft } from '../form/form-draft.ts'
import { shapingExpressions } from '../form/form-model.ts'
import { listItems, type FormState, type ItemView } from '../form/form-state.ts'
import { isRepeatingGroup } from '../form/form-tree.ts'
import { EMPTY_META } from '../form/open-form.ts'
import { hasAnswers } from '../form/response-items.ts'
import { settle } from '../form/settle.ts'
import { isAutomatic } from '../item/information-origin.ts'
import { isBelow, type ItemKey } from '../item/item-key.ts'

/**
 * Items that are enabled now, were not before, and have an expression that cannot be evaluated without the chart. What lies in
 * a group that is filled from the chart comes with it; a row that a person added begins empty (SDC itemPopulationContext).
 */
export function listAwaiting(before: FormState, after: FormState): ItemKey[] {
  const draft = new FormDraft(after, after.setting.now)
  const needsChart = (item: ItemView): boolean =>
    expressionsOf(after, item).some((expression) => {
      const result = evaluateIn(draft, item.key, expression)
      return result?.ok === false && result.error.reason === 'elsewhere'
    })
  return listItems(after)
    .filter((item) => item.enabled && before.items.get(item.key)?.enabled !== true)
    .filter((item) => !isInPopulatedGroup(after, item) && needsChart(item))
    .map(({ key }) => key)
}

function expressionsOf(state: FormState, item: ItemView): Expression[] {
  const definition = state.model.definitions.get(item.linkId)
  if (definition === undefined) return []
  const { initial, calculated, populationContext } = definition.expressions
  if (item.type === 'group') {
    const isBegun = (item.repetition?.count ?? 1) > 1 || hasAnswers(state.items, item.key)
    return populationContext === null || isBegun ? [] : [populationContext]
  }
  const filling = isOpen(item) ? [initial, calculated] : []
  return [...filling.filter((expression) => expression !== null), ...shapingExpressions(definition)]
}

function isInPopulatedGroup(state: FormState, { parent }: ItemView): boolean {
  const group = parent === null ? undefined : state.items.get(parent)
  if (group === undefined) return false
  const { populationContext = null } = state.model.definitions.get(group.linkId)?.expressions ?? {}
  return populationContext !== null || isInPopulatedGroup(state, group)
}

/** The questions of awaited items: those that are being looked up, for the screen. */
export function listAwaitedQuestions(state: FormState, awaited: readonly ItemKey[]): ItemKey[] {
  return listItems(state)
    .filter((item) => item.type !== 'group' && item.type !== 'display' && item.enabled && isOpen(item))
    .filter(({ key }) => awaited.some((one) => key === one || isBelow(key, one)))
    .map(({ key }) => key)
}

/** Nobody answered it, nobody cleared it, and it was not looked for. */
const isOpen = ({ answers, origin, cleared, lookup }: ItemView): boolean =>
  answers.length === 0 && origin === null && !cleared && lookup === null

export interface LatePopulation {
  /** The form when it was handed to population. */
  readonly start: FormState
  readonly populated: FormState
  readonly awaited: readonly ItemKey[]
}

/** Puts what population gave for the awaited items into the present form. `taken` are the items that have an answer now. */
export function takePopulated(
  present: FormState,
  { start, populated, awaited }: LatePopulation,
  at: string,
): { readonly state: FormState; readonly taken: readonly ItemKey[] } {
  // What was awaited may have brought in further questions, which population filled in turn.
  const isAwaited = (key: ItemKey): boolean =>
    awaited.some((one) => key === one || isBelow(key, one)) || start.items.get(key)?.enabled !== true
  const draft = new FormDraft(present, at)
  for (const item of populated.items.values())
    if (isAwaited(item.key) && item.repetition?.index === 0) addRows(draft, item)
  const taken: ItemKey[] = []
  for (const found of populated.items.values()) {
    const item = draft.item(found.key)
    if (item === undefined || found.type === 'group' || !found.enabled || !isAwaited(found.key)) continue
    offer(draft, item, found)
    if (!isOpen(item)) continue
    const { answers, origin, lookup } = found
    if (answers.length > 0) taken.push(found.key)
    if (answers.length > 0 || lookup !== null) draft.patch(found.key, { answers, origin, lookup })
  }
  settle(draft)
  return { state: draft.finish(), taken }
}

/** As many rows as population gave, where nobody has begun with any. */
function addRows(draft: FormDraft, first: ItemView): void {
  const definition = draft.definition(first.key)
  if (definition === undefined || !isRepeatingGroup(definition) || hasAnswers(draft.items, first.key)) return
  if (draft.repetitions(definition, first.parent).length !== 1) return
  for (let row = 1; row < (first.repetition?.count ?? 0); row += 1)
    draft.appendRepetition(definition, first.parent, EMPTY_META)
}

function offer(draft: FormDraft, item: ItemView, { candidates, contextRows, options, expansion }: ItemView): void {
  const expressions = draft.definition(item.key)?.expressions
  if (expressions === undefined) return
  const offered = {
    ...(expressions.candidates.length > 0 ? { candidates } : {}),
    ...(expressions.contexts.length > 0 ? { contextRows } : {}),
    ...(expressions.answers === null ? {} : { options, expansion }),
  }
  if (Object.keys(offered).length > 0) draft.patch(item.key, offered)
}

/**
 * What later saves are held against: all that population ever gave. What it gave first stays, though a person has changed it
 * since, and so the way back.
 */
export function addPopulated(first: FormState, present: FormState, at: string): FormState {
  const draft = new FormDraft(present, at)
  for (const { key, answers, origin } of first.items.values())
    if (answers.length > 0 && origin !== null && isAutomatic(origin.source)) draft.patch(key, { answers, origin })
  return draft.finish()
}
