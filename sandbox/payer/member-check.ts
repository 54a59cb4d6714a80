/** Whether the payer finds the member of a request; what it cannot find it sends back as bad data (spec pas.md §3.6, §7). */
import { findEntry } from './pas-bundle.ts'
import { findMember, type MemberBehavior } from './members.ts'
import type { PasRequest } from './pas-request.ts'
import type { MemberFault } from './verdict.ts'

/** The fault, or undefined where the member is known and the birth date agrees. AAA 75: subscriber not found; 71: birth date. */
export function checkMember(request: PasRequest, behavior: MemberBehavior): MemberFault | undefined {
  const memberId = request.memberId.value ?? ''
  if (behavior === 'reject-member')
    return {
      code: '75',
      followUp: 'C',
      element: '2010C-NM109',
      path: `${entryPath(request, request.claim.insurance[0]?.coverage.reference)}.identifier[0].value`,
      note: `No member is enrolled under the number ${memberId}. Check the card, correct the number and send the request again.`,
    }
  const { birthDate } = findMember(memberId)
  if (birthDate === null || request.patient.birthDate === birthDate) return undefined
  return {
    code: '71',
    followUp: 'C',
    element: '2010C-DMG02',
    path: `${entryPath(request, request.claim.patient.reference)}.birthDate`,
    note: 'The birth date is not the one on file for this member. Correct it and send the request again.',
  }
}

function entryPath({ bundle }: PasRequest, reference: string | undefined): string {
  const entry = findEntry(bundle, reference, bundle.entry?.[0]?.fullUrl)
  const index = bundle.entry?.findIndex((one) => one === entry) ?? -1
  return `Bundle.entry[${index}].resource`
}
