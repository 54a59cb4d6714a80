/**
 * Brings a changed form to rest: conditions, computed answers and what they change in turn, until nothing moves; then the
 * faults of everything that was touched. Only dependents of what changed are looked at (SDC; DTR spec-66, 67, 150).
 */
import type { Expression } from 'fhir/r4'
import type { AnswerOrigin } from '../contract/form.ts'
import { message, type Message, type Result } from '../result.ts'
import { areSameAnswers } from './answer-value.ts'
import { coerceAnswers } from './coercion.ts'
import { isEnabledBy, nearestAnswers } from './enablement.ts'
import type { FormDraft } from './form-draft.ts'
import { linkIdsOf, type DependencyIndex, type Dependents } from './form-model.ts'
import type { Answer, FormIssue, ItemView } from './form-state.ts'
import { isAutomatic } from './information-origin.ts'
import type { Constraint, ItemDefinition } from './item-definition.ts'
import { isBelow, type ItemKey } from './item-key.ts'
import { buildResponseItem } from './response-items.ts'
import { evaluateAt, type Absence, type Environment, type Finding } from './scope.ts'
import { needOf, validateItem } from './validation.ts'

/** What a settling begins with: what was touched, everything, or a form just opened, whose answers stay as they are. */
export type SettleScope = 'touched' | 'all' | 'opened'

/**
 * Settles the draft. `ripe` are items whose own expressions can give another result now though no answer changed (a search
 * came back). A form whose expressions go in a circle is not computed any more (DTR spec-67).
 */
export function settle(draft: FormDraft, scope: SettleScope = 'touched', ripe: readonly ItemDefinition[] = []): void {
  const { model, dependencies } = draft.state
  const limit = dependencies.all.enablement.length + dependencies.all.calculation.length + 10
  const isTurning = draft.formIssues.some(isCycle)
  const moved = new Set<string>()
  let changed: ReadonlySet<string> = scope === 'touched' ? draft.takeTouched() : new Set(model.definitions.keys())
  let dependents = first(scope, dependencies, changed, ripe)
  let rounds = 0
  for (; dependents !== null && rounds < limit; rounds += 1) {
    changed.forEach((linkId) => moved.add(linkId))
    for (const definition of dependents.enablement)
      for (const key of draft.keysOf(definition.linkId)) enable(draft, key, definition)
    for (const definition of isTurning ? [] : dependents.calculation)
      for (const key of draft.keysOf(definition.linkId)) calculate(draft, key, definition, scope)
    changed = draft.takeTouched()
    dependents = changed.size === 0 ? null : dependencies.dependentsOf(changed)
  }
  if (!isTurning && rounds >= limit) reportCycle(draft, changed)
  if (scope === 'touched' && draft.state.setting.evaluator === null) draft.postpone(moved)
  checkAll(draft, moved, scope)
}

function first(
  scope: SettleScope,
  dependencies: DependencyIndex,
  changed: ReadonlySet<string>,
  ripe: readonly ItemDefinition[],
): Dependents | null {
  if (scope !== 'touched') return dependencies.all
  if (changed.size === 0 && ripe.length === 0) return null
  const found = dependencies.dependentsOf(changed)
  return { enablement: [...found.enablement, ...ripe], calculation: [...found.calculation, ...ripe] }
}

const isCycle = ({ message: text }: FormIssue): boolean => text.key === 'form.issue.cycle'

function reportCycle(draft: FormDraft, turning: ReadonlySet<string>): void {
  const linkIds = [...turning].slice(0, 5).join(', ')
  const text = message('form.issue.cycle', { linkIds })
  draft.formIssues = [...draft.formIssues, { itemKey: null, kind: 'engine', severity: 'error', message: text }]
}

function enable(draft: FormDraft, key: ItemKey, definition: ItemDefinition): void {
  const item = draft.item(key)
  if (item === undefined) return
  const on =
    isEnabledBy(definition, (linkId) => nearestAnswers(key, draft.keysOf(linkId), draft.items)) &&
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
  if (result.ok) return result.value.values[0]?.value === true
  draft.setFault(item.key, result.error.reason === 'failed' ? message('form.issue.enablement-unknown') : null)
  return result.error.reason === 'failed' || (result.error.reason === 'elsewhere' && hasAny(draft, item))
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
  item.children.forEach((child) => spreadEnabled(draft, child))
}

/** Recomputes an answer that nobody overrode. An override keeps its value; what it would be is kept as the suggestion. */
function calculate(draft: FormDraft, key: ItemKey, definition: ItemDefinition, scope: SettleScope): void {
  const item = draft.item(key)
  const expression = definition.expressions.calculated
  if (item === undefined || expression === null || !item.enabled || item.cleared) return
  // On opening, a saved answer that would be computed differently now stays (SDC: it counts as overridden).
  if (scope === 'opened' && item.answers.length > 0) return
  const result = evaluateIn(draft, key, expression)
  if (result === undefined || (!result.ok && result.error.reason !== 'failed')) return
  const coerced = result.ok ? coerceAnswers(result.value.values, definition) : undefined
  if (!result.ok || coerced?.ok !== true) {
    const reason = result.ok
      ? coerced?.ok === false
        ? coerced.error
        : null
      : result.error.reason === 'failed'
        ? result.error.message
        : null
    const status = coerced === undefined ? ('failed' as const) : ('refused' as const)
    const lookup = { status, searches: item.lookup?.searches ?? [], reason }
    // The same fault again is nothing new: the item stays the object that it was.
    if (JSON.stringify(lookup) !== JSON.stringify(item.lookup)) draft.patch(key, { lookup })
    return
  }
  applyCalculated(draft, item, coerced.value, result.value)
}

function applyCalculated(draft: FormDraft, item: ItemView, answers: readonly Answer[], finding: Finding): void {
  const { origin } = item
  if (origin !== null && !isAutomatic(origin.source)) {
    const suggested = answers.length === 0 ? null : [...answers]
    if (origin.source === 'override' && !areSameAnswers((origin.suggested ?? []) as Answer[], answers))
      draft.patch(item.key, { origin: { ...origin, suggested } })
    return
  }
  if (areSameAnswers(item.answers, answers)) return
  const computed: AnswerOrigin = {
    source: 'auto-client',
    kind: 'computed',
    author: null,
    at: draft.at,
    evidence: origin?.evidence ?? [],
    inputs: [...finding.linkIds],
    foundBy: finding.foundBy,
    suggested: null,
    confirmation: null,
  }
  draft.patch(item.key, { answers, origin: answers.length === 0 ? null : computed, rejectedText: null, lookup: null })
}
