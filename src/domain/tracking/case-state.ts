/**
 * A case's state from what the payer said about each line (X12 306), never from `ClaimResponse.outcome` (PAS 2.2.1,
 * specification page, "Determining the decision"; roll-up rules of this project, first match wins).
 */
import type { CaseState } from '../contract/case.ts'
import type { LineStatus } from '../contract/line-status.ts'
import type { PasRollUp } from '../pas/pas-response.ts'
import { rollUp } from '../pas/review-action.ts'

export interface Answered {
  /** Statuses of the lines that were asked for, `unknown` for a line the response does not mention. */
  readonly lines: readonly LineStatus[]
  /** The response is an error (`outcome = error`, or `error` without items): the request was rejected, not decided. */
  readonly rejected: boolean
}

const STATE_OF: Record<PasRollUp, CaseState> = {
  error: 'rejected',
  pended: 'pended',
  'action-needed': 'action-needed',
  cancelled: 'cancelled',
  approved: 'approved',
  denied: 'denied',
  modified: 'modified',
  partial: 'partly-approved',
  unknown: 'unknown',
}

/**
 * The state after an answer of the payer: the roll-up of its lines, with two refinements. A line without any decision keeps
 * the case unknown however good the others are, and lines that all need no authorization are not called approved.
 */
export function stateAfterAnswer(answer: Answered): CaseState {
  const { lines } = answer
  const state = STATE_OF[rollUp(lines, answer.rejected)]
  if (isDecided(state) && lines.some((line) => line === 'unknown' || line === 'none')) return 'unknown'
  if (state === 'approved' && lines.every((line) => line === 'not-required')) return 'not-required'
  return state
}

/** Nothing more is expected from the payer; a later notification may still change it. */
export function isDecided(state: CaseState): boolean {
  return DECIDED.has(state)
}

const DECIDED: ReadonlySet<CaseState> = new Set<CaseState>([
  'approved',
  'partly-approved',
  'modified',
  'denied',
  'not-required',
  'cancelled',
])

/** The request has left, or may have left: the form and the lines are frozen. */
export function isFrozen(state: CaseState): boolean {
  return state !== 'draft' && state !== 'ready' && state !== 'rejected'
}
