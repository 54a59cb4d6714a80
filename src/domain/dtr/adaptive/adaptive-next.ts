/** Whether the next questions of an adaptive form may be asked for: every enabled answer of the present batch validates (DTR spec-146). */
import { issues, type FormState } from '../form/form-state.ts'

/** False while a required answer, a confirmation or a correction is open, or an error constraint is not met. */
export function mayAskNext(state: FormState): boolean {
  return issues(state).every(({ severity }) => severity !== 'error')
}
