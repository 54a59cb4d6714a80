/**
 * One table of what may be done in which state, each row with the rule it comes from. Screens and routes ask it; none
 * decides by itself.
 */
import type { CaseAction, CaseState } from '../contract/case.ts'

interface ActionRule {
  readonly states: readonly CaseState[]
  /** Specification section, regulation, or decision of this project. */
  readonly because: string
}

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
    states: ['unknown', 'pended'],
    because: 'PAS 2.2.1 spec-9, spec-42: $inquire is user-initiated, never polling',
  },
  resend: { states: ['unknown'], because: 'docs/decisions/0005: only to a partner that deduplicates' },
  'record-decision': {
    states: ['unknown', 'pended', 'action-needed'],
    because: 'docs/decisions/0005: step four, a person decides with the payer on the phone',
  },
  correct: { states: ['rejected'], because: 'PAS 2.2.1 errors, AAA follow-up C: correct and resubmit' },
  'answer-request': { states: ['pended'], because: 'PAS 2.2.1 additional information, CommunicationRequest' },
}

export interface ActionContext {
  readonly state: CaseState
  /** The partner is configured as answering a repeated identifier with its first answer. */
  readonly payerDeduplicates: boolean
  /** The payer has open requests for information. */
  readonly hasOpenRequests: boolean
}

/** Actions that are allowed now, in the order they are offered. */
export function allowedActions(context: ActionContext): CaseAction[] {
  return (Object.keys(ACTION_RULES) as CaseAction[]).filter((action) => {
    if (!ACTION_RULES[action].states.includes(context.state)) return false
    if (action === 'resend') return context.payerDeduplicates
    if (action === 'answer-request') return context.hasOpenRequests
    return true
  })
}

/** Whether one action is allowed now. */
export function mayDo(action: CaseAction, context: ActionContext): boolean {
  return allowedActions(context).includes(action)
}
