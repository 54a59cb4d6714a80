/**
 * Brings a changed form to rest: conditions, options and properties by expression, computed answers and what they change in
 * turn, until nothing moves; then the faults of everything that was touched. Only dependents of what changed are looked at
 * (SDC; DTR spec-66, 67, 150).
 */
import { message } from '../../result.ts'
import { calculate } from './calculation.ts'
import { checkAll } from './checking.ts'
import { enable } from './enabling.ts'
import type { FormDraft } from './form-draft.ts'
import type { DependencyIndex, Dependents } from './form-model.ts'
import type { FormIssue } from './form-state.ts'
import { fillInitially } from './initial-answers.ts'
import { lockItems } from './locks.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { shape } from './shaping.ts'

/**
 * What a settling begins with: what was touched (by population, which fills in itself), what a person edited, everything,
 * or a form just opened, whose answers stay as they are.
 */
export type SettleScope = 'touched' | 'edited' | 'all' | 'opened'

/**
 * Settles the draft. `ripe` are items whose own expressions can give another result now though no answer changed (a search
 * came back). A form whose expressions go in a circle is not computed any more (DTR spec-67).
 */
export function settle(draft: FormDraft, scope: SettleScope = 'touched', ripe: readonly ItemDefinition[] = []): void {
  const { model, dependencies } = draft.state
  const isWhole = scope === 'all' || scope === 'opened'
  const { enablement, calculation } = dependencies.all
  const limit = enablement.length + calculation.length + 10
  const isTurning = draft.formIssues.some(isCycle)
  const moved = new Set<string>()
  let changed: ReadonlySet<string> = isWhole ? new Set(model.definitions.keys()) : draft.takeTouched()
  let dependents = isWhole ? dependencies.all : withPlanted(draft, first(dependencies, changed, ripe))
  let rounds = 0
  for (; dependents !== null && rounds < limit; rounds += 1) {
    changed.forEach((linkId) => moved.add(linkId))
    forEachOccurrence(draft, dependents.enablement, (key, definition) => enable(draft, key, definition))
    forEachOccurrence(draft, dependents.shaping, (key, definition) => shape(draft, key, definition))
    const entered = draft.takeEntered()
    if (scope === 'edited') entered.forEach((key) => fillInitially(draft, key))
    if (!isTurning)
      forEachOccurrence(draft, dependents.calculation, (key, definition) =>
        calculate(draft, key, definition, scope === 'opened'),
      )
    changed = draft.takeTouched()
    dependents = changed.size === 0 ? null : withPlanted(draft, dependencies.dependentsOf(changed))
  }
  if (!isTurning && rounds >= limit) reportCycle(draft, changed)
  if (!isWhole && draft.state.setting.evaluator === null) draft.postpone(moved)
  checkAll(draft, moved, isWhole)
  lockItems(draft)
}

function forEachOccurrence(
  draft: FormDraft,
  definitions: readonly ItemDefinition[],
  visit: (key: string, definition: ItemDefinition) => void,
): void {
  for (const definition of definitions) for (const key of draft.keysOf(definition.linkId)) visit(key, definition)
}

function first(
  dependencies: DependencyIndex,
  changed: ReadonlySet<string>,
  ripe: readonly ItemDefinition[],
): Dependents | null {
  if (changed.size === 0 && ripe.length === 0) return null
  const found = dependencies.dependentsOf(changed)
  return {
    enablement: [...found.enablement, ...ripe],
    shaping: [...found.shaping, ...ripe],
    calculation: [...found.calculation, ...ripe],
  }
}

/** What was planted a moment ago has conditions of its own, though nothing that they read has changed. */
function withPlanted(draft: FormDraft, dependents: Dependents | null): Dependents | null {
  if (dependents === null || draft.entered.size === 0) return dependents
  const planted = new Set([...draft.entered].flatMap((key) => draft.definition(key) ?? []))
  const { enablement, shaping, calculation } = draft.state.dependencies.all
  const more = (some: readonly ItemDefinition[], all: readonly ItemDefinition[]): ItemDefinition[] => [
    ...new Set([...some, ...all.filter((definition) => planted.has(definition))]),
  ]
  return {
    enablement: more(dependents.enablement, enablement),
    shaping: more(dependents.shaping, shaping),
    calculation: more(dependents.calculation, calculation),
  }
}

const isCycle = ({ message: text }: FormIssue): boolean => text.key === 'form.issue.cycle'

function reportCycle(draft: FormDraft, turning: ReadonlySet<string>): void {
  const linkIds = [...turning].slice(0, 5).join(', ')
  const text = message('form.issue.cycle', { linkIds })
  draft.formIssues = [...draft.formIssues, { itemKey: null, kind: 'engine', severity: 'error', message: text }]
}
