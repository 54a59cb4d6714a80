/**
 * An idiom of CDS-Library that SDC bars: a repeating group whose initialExpression gives tuples keyed by the texts of its
 * child questions. Each tuple becomes one repetition (dtr.md §5, conversion of results).
 */
import { message, type Message } from '../../result.ts'
import { coerceAnswers } from '../item/coercion.ts'
import { evaluateIn } from '../form/evaluate-in.ts'
import type { TypedValue } from '../expression/expression.ts'
import type { FormDraft } from '../form/form-draft.ts'
import type { Answer, ItemView } from '../form/form-state.ts'
import { isRepeatingGroup } from '../form/form-tree.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { placeOf, type ItemKey } from '../item/item-key.ts'
import { EMPTY_META } from '../form/open-form.ts'
import type { Absence, Finding } from '../form/scope.ts'
import { clearRows, rowsOf, type GroupExpansion } from './group-expansion.ts'

/** What became of a group's expression, or of a question's part of a tuple. */
export interface TupleReport {
  readonly absent: (key: ItemKey, absence: Absence) => void
  readonly found: (key: ItemKey, finding: Finding) => void
  readonly refused: (key: ItemKey, finding: Finding, refusal: Message) => void
  readonly fill: (item: ItemView, finding: Finding, answers: readonly Answer[]) => void
}

/**
 * Fills a group from its tuples where they can be had now. Gives whether something changed. A group that held answers
 * before is left as it is, and one whose tuples are still to come waits for them.
 */
export function expandTuples(
  draft: FormDraft,
  definition: ItemDefinition,
  groups: GroupExpansion,
  report: TupleReport,
): boolean {
  const { initial, populationContext } = definition.expressions
  if (definition.type !== 'group' || initial === null || populationContext !== null) return false
  let moved = false
  for (const key of draft.keysOf(definition.linkId)) {
    const item = draft.item(key)
    if (item?.enabled !== true || (item.repetition?.index ?? 0) > 0 || groups.done.has(key)) continue
    const result = evaluateIn(draft, key, initial)
    if (result === undefined || (!result.ok && result.error.reason !== 'failed') || groups.isWaiting(key)) {
      groups.wait(key)
      continue
    }
    groups.settle(key)
    if (!result.ok) report.absent(key, result.error)
    else if (!groups.isAnswered(draft, rowsOf(draft, definition, key)))
      moved = spread(draft, definition, key, result.value, report) || moved
  }
  return moved
}

function spread(
  draft: FormDraft,
  definition: ItemDefinition,
  first: ItemKey,
  finding: Finding,
  report: TupleReport,
): boolean {
  const { values } = finding
  const odd = values.find(({ value }) => typeof value !== 'object' || value === null)
  if (odd !== undefined) {
    report.refused(first, finding, message('form.lookup.wrong-type', { found: odd.type, wanted: 'group' }))
    return false
  }
  if (values.length > 1 && !isRepeatingGroup(definition)) {
    report.refused(first, finding, message('form.lookup.several-values', { count: values.length }))
    return false
  }
  const [one] = values
  if (one !== undefined && !values.some(({ value }) => namesQuestion(draft, first, value as object))) {
    report.refused(first, finding, message('form.lookup.wrong-type', { found: one.type, wanted: 'group' }))
    return false
  }
  if (values.length === 0) report.found(first, finding)
  else if (isRepeatingGroup(definition)) clearRows(draft, definition, first)
  const place = placeOf(first)
  values.forEach(({ value }, index) => {
    const key = index === 0 ? first : draft.appendRepetition(definition, place, EMPTY_META)
    fillFrom(draft, key, value as Readonly<Record<string, unknown>>, finding, report)
  })
  return values.length > 0
}

/** Whether any of what the value holds is for a question of the group: a code or a resource may have nothing for it. */
function namesQuestion(draft: FormDraft, group: ItemKey, value: object): boolean {
  const texts = new Set((draft.item(group)?.children ?? []).map((key) => comparable(draft.item(key)?.text ?? '')))
  return Object.keys(value).some((name) => texts.has(comparable(name)))
}

/** Answers the questions of one repetition whose texts the tuple names. */
function fillFrom(
  draft: FormDraft,
  repetition: ItemKey,
  tuple: Readonly<Record<string, unknown>>,
  finding: Finding,
  report: TupleReport,
): void {
  const byText = new Map(Object.entries(tuple).map(([name, value]) => [comparable(name), value]))
  for (const key of draft.item(repetition)?.children ?? []) {
    const item = draft.item(key)
    const value = item === undefined ? undefined : byText.get(comparable(item.text))
    if (item === undefined || value === undefined) continue
    const given = Array.isArray(value) ? value.map(typed) : [typed(value)]
    const answers = coerceAnswers(given, item, draft.state.setting.evaluator?.convert)
    if (!answers.ok) report.refused(key, finding, answers.error)
    else if (answers.value.length > 0) report.fill(item, finding, answers.value)
  }
}

const comparable = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase()

/** An element of a tuple is plain data: its type is read from its shape. */
function typed(value: unknown): TypedValue {
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'decimal', value }
  if (typeof value !== 'object' || value === null) return { type: typeof value, value }
  if ('resourceType' in value && typeof value.resourceType === 'string') return { type: value.resourceType, value }
  if ('reference' in value) return { type: 'Reference', value }
  if ('coding' in value) return { type: 'CodeableConcept', value }
  if ('value' in value) return { type: 'Quantity', value }
  return { type: 'code' in value ? 'Coding' : 'Tuple', value }
}
