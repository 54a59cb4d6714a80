/**
 * Finds the faults of a form that has settled: of each item that was touched, of the groups around it, and of the
 * constraints that read it (SDC targetConstraint; DTR spec-142, 150).
 */
import { message, type Message } from '../../result.ts'
import { checkConstraint, locateConstraints, rulesInPlace } from './constraints.ts'
import type { FormDraft } from './form-draft.ts'
import { findPart } from '../package/assembly.ts'
import { linkIdsOf } from './form-model.ts'
import type { FormIssue, ItemView } from './form-state.ts'
import type { Constraint, ItemDefinition } from '../item/item-definition.ts'
import { atRepetition, isBelow, type ItemKey } from '../item/item-key.ts'
import { hasAnswers } from './response-items.ts'
import { readResponseSignatures } from './signatures.ts'
import { needOf, validateItem } from '../item/validation.ts'

/** Checks everything that was touched, the groups around it, and the constraints that read it. */
export function checkAll(draft: FormDraft, moved: ReadonlySet<string>, isWhole: boolean): void {
  const keys = new Set<ItemKey>(isWhole ? draft.items.keys() : [])
  for (const key of draft.takeUnchecked()) {
    const around = enclosing(draft, key)
    around.forEach((outer) => keys.add(outer))
    // What is required inside an optional repetition depends on whether anything there is answered.
    const repetition = around.find(
      (outer) => draft.item(outer)?.repetition !== undefined && draft.item(outer)?.repetition !== null,
    )
    if (repetition !== undefined)
      for (const other of draft.items.keys()) if (isBelow(other, repetition)) keys.add(other)
    // How many repetitions hold something is told at the first.
    for (const outer of around) if (draft.item(outer)?.repetition?.index) keys.add(atRepetition(outer, 0))
  }
  const constrained = [...draft.state.model.definitions.values()].filter(
    (definition) =>
      definition.constraints.length > 0 &&
      (isWhole || definition.constraints.some((rule) => isMoved(draft, definition, rule, moved))),
  )
  for (const definition of constrained) for (const key of draft.keysOf(definition.linkId)) keys.add(key)
  locateConstraints(draft, constrained).forEach((key) => keys.add(key))
  keys.forEach((key) => checkOne(draft, key))
  checkForm(draft)
}

function isMoved(draft: FormDraft, definition: ItemDefinition, rule: Constraint, moved: ReadonlySet<string>): boolean {
  const { model, setting } = draft.state
  const linkIds = linkIdsOf(model, definition, rule.expression, setting.evaluator)
  return linkIds === null || linkIds.some((linkId) => moved.has(linkId)) || moved.has(definition.linkId)
}

function enclosing(draft: FormDraft, key: ItemKey): ItemKey[] {
  const keys: ItemKey[] = []
  for (let at = draft.item(key); at !== undefined; at = at.parent === null ? undefined : draft.item(at.parent))
    keys.push(at.key)
  return keys
}

function checkOne(draft: FormDraft, key: ItemKey): void {
  const item = draft.item(key)
  const definition = draft.definition(key)
  if (item === undefined || definition === undefined) return
  const fault = draft.faultOf(key)
  const faults = [
    ...validateItem(draft.items, item, draft.state.setting.evaluator?.convert),
    ...(item.enabled ? rulesInPlace(definition.constraints).flatMap((rule) => checkConstraint(draft, key, rule)) : []),
    ...(item.enabled ? locatedAt(draft, key) : []),
    ...missingPart(item),
    ...missingCreateForm(draft, item),
    ...(fault === null ? [] : [engineIssue(key, 'error', fault)]),
    ...(item.enabled ? draft.notesOf(key).map((note) => engineIssue(key, 'warning', note)) : []),
    ...missingOptions(item),
    ...missingSignature(draft, item),
  ]
  const needs = needOf(item, faults)
  if (needs === item.needs && JSON.stringify(faults) === JSON.stringify(item.issues)) return
  draft.items.set(key, { ...item, issues: faults, needs })
}

const engineIssue = (itemKey: ItemKey, severity: FormIssue['severity'], text: Message): FormIssue => ({
  itemKey,
  kind: 'engine',
  severity,
  message: text,
})

/** Broken rules that are told here. */
const locatedAt = (draft: FormDraft, key: ItemKey | null): FormIssue[] =>
  [...draft.located.values()].flat().filter(({ itemKey }) => itemKey === key)

/** A part of a modular form that did not come with it (SDC subQuestionnaire): questions are missing here. */
function missingPart({ key, enabled, facts }: ItemView): FormIssue[] {
  if (facts.subQuestionnaire === null || !enabled) return []
  return [engineIssue(key, 'error', message('form.issue.part-missing', { canonical: facts.subQuestionnaire }))]
}

/** A form to make a new target with that did not come: one of the chart can still be chosen. */
function missingCreateForm({ state }: FormDraft, item: ItemView): FormIssue[] {
  const canonical = item.facts.lookupQuestionnaire
  if (canonical === null || !item.enabled || findPart(state.model.questionnaire, [], canonical) !== undefined) return []
  return [engineIssue(item.key, 'warning', message('form.issue.create-missing', { canonical }))]
}

function missingOptions(item: ItemView): FormIssue[] {
  if (item.expansion === 'given' || item.valueSet === null || !item.enabled) return []
  return [
    {
      itemKey: item.key,
      kind: 'engine',
      severity: 'warning',
      message: message('form.issue.value-set-missing', { canonical: item.valueSet }),
    },
  ]
}

function missingSignature(draft: FormDraft, item: ItemView): FormIssue[] {
  const isDue = item.facts.signatures.length > 0 && hasAnswers(draft.items, item.key)
  if (!isDue || readResponseSignatures(draft.carried.get(item.key)).length > 0) return []
  return [{ itemKey: item.key, kind: 'unsigned', severity: 'error', message: message('form.issue.unsigned') }]
}

function checkForm(draft: FormDraft): void {
  const own = draft.formIssues.filter(({ kind }) => kind !== 'constraint' && kind !== 'unsigned')
  const { constraints, facts } = draft.state.model
  const unsigned: FormIssue[] =
    facts.signatures.length > 0 && readResponseSignatures(draft.base).length === 0
      ? [{ itemKey: null, kind: 'unsigned', severity: 'error', message: message('form.issue.unsigned-form') }]
      : []
  const rules = rulesInPlace(constraints).flatMap((rule) => checkConstraint(draft, null, rule))
  const found = [...own, ...rules, ...locatedAt(draft, null), ...unsigned]
  if (JSON.stringify(found) !== JSON.stringify(draft.formIssues)) draft.formIssues = found
}
