/** A person's change of a request that the payer has, before it is one. */
import type { CaseChange } from '../contract/change.ts'

/** A change that changes nothing: what a person begins with. */
export const NO_CHANGE: CaseChange = {
  cancelAll: false,
  edits: [],
  fromOrder: [],
  cancelled: [],
  added: [],
  documents: [],
  message: null,
}
