/**
 * Whether a form may be completed: only by an explicit act, and never while a required, enabled item is empty, a bound is
 * not kept, an error constraint is broken or cannot be told, or a signature is missing (DTR spec-142..145; SDC 4 behaviour,
 * completion). What nobody can answer here stops nobody. The payer completes an adaptive form.
 */
import { message } from '../../result.ts'
import { readErrorRegime } from '../cql/errors.ts'
import type { DtrVersion } from '../package/dtr-version.ts'
import { isShownFor } from '../item/usage-mode.ts'
import { issues, listItems, type Answer, type FormIssue, type FormState, type ItemView } from './form-state.ts'
import { listForeignAnswers } from './performer.ts'
import { listLogicErrors, type LogicError } from './logic-errors.ts'

export interface Completion {
  readonly mayComplete: boolean
  readonly blockers: readonly FormIssue[]
  readonly warnings: readonly FormIssue[]
}

/** What completion goes by besides the form itself. */
export interface CompletionSetting {
  /** The payer's: the versions see errors of CQL differently. */
  readonly version: DtrVersion
  /** How far the payer is with an adaptive form; null for any other form. */
  readonly adaptive: 'answering' | 'completed' | null
}

const PLAIN: CompletionSetting = { version: '2.2', adaptive: null }

/** What stands between the form and its completion. */
export function readCompletion(state: FormState, setting: CompletionSetting = PLAIN): Completion {
  const errors = listLogicErrors(state)
  const all = [
    ...issues(state)
      .filter((issue) => !isToldAsLogicError(issue, errors))
      .map((issue) => (isBeyondReach(state, issue) ? unreachableIssue(issue.itemKey) : issue)),
    ...errors.map((error) => logicIssue(error, setting.version)),
    ...listForeignAnswers(state).map(({ key }) => performerIssue(key, state.model.facts)),
  ]
  const warnings = all.filter(({ severity }) => severity === 'warning')
  const blockers = blockersOf(all, setting.adaptive)
  return { mayComplete: blockers.length === 0, blockers, warnings }
}

/** Errors of the form's own logic that keep it from being completed by its payer's version, for the screen (spec-80). */
export function listLogicBlockers(state: FormState, version: DtrVersion): FormIssue[] {
  return listLogicErrors(state)
    .map((error) => logicIssue(error, version))
    .filter(({ severity }) => severity === 'error')
}

/** A condition that cannot be told because its CQL failed: the version decides what that means, not the condition. */
const isToldAsLogicError = ({ itemKey, message: { key } }: FormIssue, errors: readonly LogicError[]): boolean =>
  key === 'form.issue.enablement-unknown' && errors.some((error) => error.itemKey === itemKey)

/** What the payer has completed takes no answer any more, so that nothing in it can be mended either. */
function blockersOf(all: readonly FormIssue[], adaptive: CompletionSetting['adaptive']): FormIssue[] {
  if (adaptive === 'completed') return []
  const errors = all.filter(({ severity }) => severity === 'error')
  return adaptive === 'answering' ? [...errors, issueOf(null, 'error', 'form.issue.payer-asks-on')] : errors
}

/** People are told of an error of CQL also where it stops nothing. */
function logicIssue({ kind, itemKey }: LogicError, version: DtrVersion): FormIssue {
  const { blocksCompletion } = readErrorRegime(version, { kind, role: 'logic' })
  return blocksCompletion
    ? issueOf(itemKey, 'error', 'form.issue.logic-failed')
    : issueOf(itemKey, 'warning', 'form.issue.logic-unknown')
}

/**
 * A required question that is never asked here (hidden, for display only, or not to be changed) and that population left empty:
 * nobody could mend that, and a form is completed although it could not be filled (DTR spec-79; dtr.md §5). What the form
 * computes is still to be had, by the answers that it is computed from.
 */
function isBeyondReach({ items, model }: FormState, { kind, itemKey }: FormIssue): boolean {
  const item = kind === 'missing' && itemKey !== null ? items.get(itemKey) : undefined
  if (item === undefined) return false
  const isComputed = model.definitions.get(item.linkId)?.expressions.calculated !== null
  const isAsked = !item.hidden && !item.readOnly && isShownFor('capture', item)
  return !isAsked && (!isComputed || item.lookup !== null)
}

const unreachableIssue = (itemKey: FormIssue['itemKey']): FormIssue => ({
  itemKey,
  kind: 'missing',
  severity: 'warning',
  message: message('form.issue.required-unreachable'),
})

/** The form says who is to answer it (SDC performerType): whoever signs looks at what others gave. */
const performerIssue = (itemKey: FormIssue['itemKey'], { performerTypes }: FormState['model']['facts']): FormIssue => ({
  itemKey,
  kind: 'engine',
  severity: 'warning',
  message: message('form.issue.performer', { types: performerTypes.join(', ') }),
})

const issueOf = (itemKey: FormIssue['itemKey'], severity: FormIssue['severity'], key: string): FormIssue => ({
  itemKey,
  kind: 'engine',
  severity,
  message: message(key),
})

/** An answer that goes out without having been shown as a question. */
export interface Disclosed {
  readonly item: ItemView
  readonly answers: readonly Answer[]
  readonly why: 'hidden' | 'read-only'
}

/**
 * What will be sent though nobody could change it: hidden answers, and read-only ones that were filled from the chart. Forms
 * ought to have none from the chart (DTR sec-4); where one has, the person sees them before anything goes out.
 */
export function listDisclosures(state: FormState): Disclosed[] {
  return listItems(state).flatMap((item): Disclosed[] => {
    if (!item.enabled || item.answers.length === 0) return []
    if (item.hidden) return [{ item, answers: item.answers, why: 'hidden' }]
    const isFromChart = item.origin?.kind === 'chart' || (item.origin?.evidence.length ?? 0) > 0
    return item.readOnly && isFromChart ? [{ item, answers: item.answers, why: 'read-only' }] : []
  })
}
