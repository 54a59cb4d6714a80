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
import { isAutomatic } from '../item/information-origin.ts'
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
  const rests: ReadonlySet<string>[] = []
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
    rests.push(changed)
    dependents = changed.size === 0 ? null : withPlanted(draft, dependencies.dependentsOf(changed))
  }
  if (!isTurning && rounds >= limit) stopTurning(draft, inTurn(rests, calculation), moved, limit)
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

/** What still moves at the end: in as many rounds as there are computed values, each of a circle comes round. */
function inTurn(rests: readonly ReadonlySet<string>[], calculation: readonly ItemDefinition[]): ReadonlySet<string> {
  return new Set(rests.slice(-calculation.length - 1).flatMap((changed) => [...changed]))
}

/**
 * Values that turn in a circle are whatever the last round left: they are nobody's answers, and taken out (DTR spec-67). What
 * rests on them is worked out once more without them.
 */
function stopTurning(draft: FormDraft, turning: ReadonlySet<string>, moved: Set<string>, limit: number): void {
  const { dependencies } = draft.state
  const isComputed = ({ linkId }: ItemDefinition): boolean => turning.has(linkId)
  const computed = dependencies.all.calculation.filter(isComputed)
  forEachOccurrence(draft, computed, (key) => {
    const item = draft.item(key)
    if (item?.origin !== null && item?.origin !== undefined && isAutomatic(item.origin.source))
      draft.patch(key, { answers: [], origin: null })
  })
  let changed = draft.takeTouched()
  for (let rounds = 0; changed.size > 0 && rounds < limit; rounds += 1) {
    changed.forEach((linkId) => moved.add(linkId))
    const { enablement, calculation } = dependencies.dependentsOf(changed)
    forEachOccurrence(draft, enablement, (key, definition) => enable(draft, key, definition))
    const others = calculation.filter((definition) => !isComputed(definition))
    forEachOccurrence(draft, others, (key, definition) => calculate(draft, key, definition, false))
    changed = draft.takeTouched()
  }
  reportCycle(draft, computed.length > 0 ? computed.map(({ linkId }) => linkId) : [...turning])
}

function reportCycle(draft: FormDraft, turning: readonly string[]): void {
  const linkIds = turning.slice(0, 5).join(', ')
  const text = message('form.issue.cycle', { linkIds })
  draft.formIssues = [...draft.formIssues, { itemKey: null, kind: 'engine', severity: 'error', message: text }]
}
