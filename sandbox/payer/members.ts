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
  CSX: 'reject-member',
  CSS: 'silent',
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
