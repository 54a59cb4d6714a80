/**
 * Whether a form may be completed: only by an explicit act, and never while a required, enabled item is empty, a bound is
 * not kept, an error constraint is broken or cannot be told, or a signature is missing (DTR spec-142..145; SDC 4 behaviour,
 * completion). The payer completes an adaptive form.
 */
import type { FormIssue, FormState, ItemView } from './form-state.ts'
import { issues, listItems } from './form-state.ts'
import type { Answer } from './form-state.ts'

export interface Completion {
  readonly mayComplete: boolean
  readonly blockers: readonly FormIssue[]
  readonly warnings: readonly FormIssue[]
}

/** What stands between the form and its completion. */
export function readCompletion(state: FormState): Completion {
  const all = issues(state)
  const blockers = all.filter(({ severity }) => severity === 'error')
  return {
    mayComplete: blockers.length === 0,
    blockers,
    warnings: all.filter(({ severity }) => severity === 'warning'),
  }
}

/** An answer that goes out without having been shown as a question. */
export interface Disclosed {
  readonly item: ItemView
  readonly answers: readonly Answer[]
  readonly why: 'hidden' | 'read-only'
}

/**
 * What will be sent though nobody could change it: hidden and read-only answers that were filled from the chart. Forms ought
 * to have none (DTR sec-4); where one has, the person sees them before anything goes out.
 */
export function listDisclosures(state: FormState): Disclosed[] {
  return listItems(state).flatMap((item): Disclosed[] => {
    const isFromChart = item.origin?.kind === 'chart' || (item.origin?.evidence.length ?? 0) > 0
    if (!item.enabled || item.answers.length === 0 || !isFromChart) return []
    if (item.hidden) return [{ item, answers: item.answers, why: 'hidden' }]
    return item.readOnly ? [{ item, answers: item.answers, why: 'read-only' }] : []
  })
}

/** How many answers a condition has put out of the form: kept while it is open, and not in what is completed. */
export function countDisabledAnswers(state: FormState): number {
  return [...state.items.values()].filter(({ enabled, answers }) => !enabled && answers.length > 0).length
}
