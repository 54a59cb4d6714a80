/**
 * Who may have which part of a form in hand (DTR spec-22, 39; dtr.md §7.5). The clinical part is attested by a clinician and
 * stays with them; the administrative part, and what the patient is asked, may go to staff and come back.
 */
import type { FormPart } from '../../contract/form.ts'

export type PartOwner = 'clinician' | 'pa-staff'
type Role = PartOwner | 'administrator' | 'auditor'

export const FORM_PARTS: readonly FormPart[] = ['clinical', 'admin', 'patient']

/** The parts that somebody else has in hand: a part that was never handed over is everybody's who has the form open. */
export function listForeignParts(
  role: Role,
  held: readonly { readonly part: FormPart; readonly owner: PartOwner }[],
): FormPart[] {
  return held.flatMap(({ part, owner }) => (owner === role ? [] : [part]))
}

/** Whether a person of this role may give a part to `to`, who has it now or not. Staff give back what they have. */
export function mayDelegate(role: Role, part: FormPart, now: PartOwner, to: PartOwner): boolean {
  if (now === to || part === 'clinical') return false
  return role === 'clinician' || (role === 'pa-staff' && now === 'pa-staff')
}
