/** Work on one form that waits in the outbox for the EHR: in the transaction that makes it necessary. */
import type { FormKey } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'

const MAX_ATTEMPTS = 6

/** What its handler finds as `job.payload`. */
export interface FormJobPayload {
  readonly caseId: string
  readonly formId: string
  readonly launchId: string
}

export async function enqueueFormJob(
  { store, newId }: { readonly store: Store; readonly newId: () => string },
  tx: Tx,
  kind: string,
  { tenant, caseId, formId }: FormKey,
  launchId: string,
  at: string,
): Promise<void> {
  const payload: FormJobPayload = { caseId, formId, launchId }
  await store.jobs.enqueue(tx, { tenant, id: newId(), kind, payload: { ...payload }, maxAttempts: MAX_ATTEMPTS }, at)
}
