/**
 * The payer's member file. How it behaves towards a request follows the member number: the personas of the sandbox by
 * their scenario, every other number by its third letter, so that foreign charts can be played too.
 */
import { PERSONAS, SCENARIOS, type PayerBehavior } from '../scenarios.ts'

export type MemberBehavior = PayerBehavior

export interface Member {
  readonly memberId: string
  readonly behavior: MemberBehavior
  /** Only known for the personas; a request that says otherwise is bad data. */
  readonly birthDate: string | null
}

const BEHAVIOR_BY_PREFIX: Readonly<Record<string, MemberBehavior>> = {
  CSA: 'answer',
  CSP: 'pend',
  /** Decides at once, tells it, and says only then that it pends. */
  CSO: 'out-of-order',
  CSX: 'reject-member',
  CSS: 'silent',
  /** Each line another X12 306 code, beginning with the one that the last digit counts. */
  CSC: 'codes',
  /** Pended for a form of its own, under the request's trace number. */
  CSR: 'ask-form',
  /** Every element that an answer may carry. */
  CSE: 'showcase',
  /** Gets a second form, or one that asks step by step, beside the payer's own (`further-forms.ts`). */
  CSF: 'answer',
  CSQ: 'answer',
}

/** Looks a member up. `reject-member` means: the utilization management system does not find the number. */
export function findMember(memberId: string): Member {
  const scenario = SCENARIOS.find((candidate) => candidate.memberId === memberId)
  const persona = PERSONAS.find((candidate) => candidate.coverages.some((coverage) => coverage.memberId === memberId))
  return {
    memberId,
    behavior: scenario?.behavior ?? BEHAVIOR_BY_PREFIX[memberId.slice(0, 3)] ?? 'answer',
    birthDate: persona?.birthDate ?? null,
  }
}
