/**
 * One table of what may be done in which state, each row with the rule it comes from. Screens and routes ask it; none
 * decides by itself.
 */
import type { CaseAction, CaseState, InformationRequest } from '../contract/case.ts'

interface ActionRule {
  readonly states: readonly CaseState[]
  /** Specification section, regulation, or decision of this project. */
  readonly because: string
}

/** The payer has the request, answered its last version, and did not refuse it. */
const UPDATABLE: readonly CaseState[] = ['pended', 'approved', 'partly-approved', 'modified', 'action-needed']

const ACTION_RULES: Record<CaseAction, ActionRule> = {
  'complete-form': {
    states: ['draft', 'ready', 'rejected'],
    because: 'DTR 2.2 spec-142..145: a response is completed before it is sent; PAS 2.2.1 errors: correct and resend',
  },
  review: {
    states: ['draft', 'ready', 'rejected'],
    because: 'PAS 2.2.1 priv-1: the provider can review before sending',
  },
  submit: {
    states: ['ready', 'rejected'],
    because: 'PAS 2.2.1 $submit; after a rejection a corrected request is a new submission',
  },
  inquire: {
    states: ['unknown', 'denied', 'not-required', ...UPDATABLE],
    because: 'PAS 2.2.1 spec-9, spec-42: $inquire is user-initiated, never polling',
  },
  resend: { states: ['unknown'], because: 'docs/decisions/0005: only to a partner that deduplicates' },
  'record-decision': {
    states: ['unknown', 'pended', 'action-needed'],
    because: 'docs/decisions/0005: step four, a person decides with the payer on the phone',
  },
  correct: { states: ['rejected'], because: 'PAS 2.2.1 errors, AAA follow-up C: correct and resubmit' },
  'answer-request': {
    states: ['pended', 'action-needed'],
    because: 'PAS 2.2.1 additional information, CommunicationRequest; CDex 2.1.0 $submit-attachment',
  },
  change: {
    states: UPDATABLE,
    because: 'PAS 2.2.1 updates: after a denial a new request; never while the answer to the last version is unknown',
  },
  cancel: {
    states: UPDATABLE,
    because: 'PAS 2.2.1 cancellations: an update with certification type 3',
  },
}

export interface ActionContext {
  readonly state: CaseState
  /** The partner is configured as answering a repeated identifier with its first answer. */
  readonly payerDeduplicates: boolean
  /** One of the payer's requests may be answered by documents or a form, and it takes them by `$submit-attachment`. */
  readonly attachable: boolean
  /** A Claim of ours is with the payer: only that one can be changed. */
  readonly sent: boolean
}

/** Whether documents may be sent for a request now: it is open, wants no form, and the payer can track it. */
export function mayAttach(
  request: Pick<InformationRequest, 'answered' | 'answer' | 'asksForForm' | 'tracking'>,
): boolean {
  return !request.answered && !request.asksForForm && request.tracking !== null && request.answer?.status !== 'sending'
}

/** Whether the questionnaire that a request names may be filled and sent now. */
export function mayFillForm(
  request: Pick<InformationRequest, 'answered' | 'answer' | 'asksForForm' | 'tracking'>,
): boolean {
  return !request.answered && request.asksForForm && request.tracking !== null && request.answer?.status !== 'sending'
}

/** Whether the payer waits for something else under the number of this request, which is not on its way yet. */
export function hasMoreToCome(
  { id, tracking }: Pick<InformationRequest, 'id' | 'tracking'>,
  requests: readonly Pick<InformationRequest, 'id' | 'answered' | 'answer' | 'tracking'>[],
): boolean {
  return requests.some(
    (other) =>
      other.id !== id &&
      !other.answered &&
      other.answer?.status !== 'sending' &&
      tracking !== null &&
      other.tracking?.value === tracking.value,
  )
}

/** Line statuses after which nothing of the request is left for the line. */
const ENDED: ReadonlySet<string> = new Set(['denied', 'cancelled'])

/** Whether a line may be changed by an update: after a denial a new request, and what is cancelled stays so (pas.md §5). */
export function mayChangeLine(status: string): boolean {
  return !ENDED.has(status)
}

/** Whether a number given for a line still lets the service be given: a cancellation or denial ends what was certified. */
export function numberHolds(status: string): boolean {
  return !ENDED.has(status)
}

/** Actions that are allowed now, in the order they are offered. */
export function allowedActions(context: ActionContext): CaseAction[] {
  return (Object.keys(ACTION_RULES) as CaseAction[]).filter((action) => {
    if (!ACTION_RULES[action].states.includes(context.state)) return false
    if (action === 'resend') return context.payerDeduplicates
    if (action === 'answer-request') return context.attachable
    if (action === 'change' || action === 'cancel') return context.sent
    return true
  })
}

/** Whether one action is allowed now. */
export function mayDo(action: CaseAction, context: ActionContext): boolean {
  return allowedActions(context).includes(action)
}
