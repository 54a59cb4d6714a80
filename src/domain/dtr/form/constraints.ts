/**
 * The payer's rules over the answers (SDC targetConstraint, questionnaire-constraint): whether they are broken, and at which
 * items that is told. A rule without a location is told where it is declared.
 */
import { message, type Message } from '../../result.ts'
import { LANGUAGE } from '../expression/expression.ts'
import type { Constraint, ItemDefinition } from '../item/item-definition.ts'
import { isBelow, type ItemKey } from '../item/item-key.ts'
import { evaluateIn } from './evaluate-in.ts'
import type { FormDraft } from './form-draft.ts'
import type { FormIssue } from './form-state.ts'

/**
 * A constraint is broken only by false: an empty result says nothing (SDC targetConstraint). One that cannot be evaluated
 * weighs what it would weigh broken: no form is complete while that is not known. Where its CQL failed, the payer's version
 * decides (`readErrorRegime`), and says so beside it.
 */
export function checkConstraint(draft: FormDraft, key: ItemKey | null, rule: Constraint): FormIssue[] {
  const result = evaluateIn(draft, key, rule.expression)
  if (result === undefined || (!result.ok && result.error.reason === 'elsewhere')) return []
  const broken = result.ok && result.value.values[0]?.value === false
  const text: Message | null = broken
    ? message('form.issue.constraint', { text: rule.human })
    : result.ok
      ? null
      : message('form.issue.constraint-unknown', { text: rule.human })
  if (text === null) return []
  const isByVersion = !result.ok && result.error.reason === 'failed' && isOfCql(result.error.message)
  return [{ itemKey: key, kind: 'constraint', severity: isByVersion ? 'warning' : rule.severity, message: text }]
}

const isOfCql = ({ key }: Message): boolean => key.startsWith('form.lookup.cql-')

/** Rules of one element that are told where they are declared. */
export const rulesInPlace = (rules: readonly Constraint[]): readonly Constraint[] =>
  rules.filter(({ locations }) => locations.length === 0)

/**
 * Checks the rules that name their locations, of these items and of the form, and gives the items at which something is told
 * now that was not, or no longer.
 */
export function locateConstraints(draft: FormDraft, definitions: readonly ItemDefinition[]): ReadonlySet<ItemKey> {
  const moved = new Set<ItemKey>()
  const place = (name: string, issues: readonly FormIssue[]): void => {
    const before = draft.located.get(name) ?? []
    if (JSON.stringify(before) === JSON.stringify(issues)) return
    for (const { itemKey } of [...before, ...issues]) if (itemKey !== null) moved.add(itemKey)
    if (issues.length === 0) draft.located.delete(name)
    else draft.located.set(name, issues)
  }
  const visit = (name: string, rules: readonly Constraint[], keys: readonly (ItemKey | null)[]): void =>
    rules.forEach((rule, index) => {
      if (rule.locations.length > 0)
        place(
          `${name}#${String(index)}`,
          keys.flatMap((key) => checkConstraint(draft, key, rule).flatMap((issue) => spread(draft, key, rule, issue))),
        )
    })
  for (const { linkId, constraints } of definitions) visit(linkId, constraints, draft.keysOf(linkId))
  visit('', draft.state.model.constraints, [null])
  return moved
}

/** The issue at each place that the rule names; at its own where none of them is in the form. */
function spread(draft: FormDraft, key: ItemKey | null, rule: Constraint, issue: FormIssue): FormIssue[] {
  const linkIds = rule.locations.flatMap((location) => linkIdsAt(draft, key, location))
  const keys = [...new Set(linkIds)].flatMap((linkId) => nearest(draft.keysOf(linkId), key))
  const enabled = keys.filter((one) => draft.item(one)?.enabled === true)
  return enabled.length === 0 ? [issue] : enabled.map((itemKey) => ({ ...issue, itemKey }))
}

/** The location is a path into the response; an item without an answer is not in there, but its link id is in the path. */
function linkIdsAt(draft: FormDraft, key: ItemKey | null, location: string): string[] {
  const result = evaluateIn(draft, key, { language: LANGUAGE.fhirpath, expression: `(${location}).linkId` })
  const found =
    result?.ok === true ? result.value.values.flatMap(({ value }) => (typeof value === 'string' ? value : [])) : []
  if (found.length > 0) return found
  const [last] = [...location.matchAll(/linkId\s*=\s*'([^']*)'/g)].slice(-1)
  return last?.[1] === undefined ? [] : [last[1]]
}

/** Of several occurrences those in the same repetition. */
function nearest(keys: readonly ItemKey[], owner: ItemKey | null): readonly ItemKey[] {
  const inside = owner === null ? [] : keys.filter((key) => key === owner || isBelow(key, owner))
  return inside.length > 0 ? inside : keys
}
