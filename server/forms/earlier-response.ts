/** A completed response that may serve another request, where the form allows it (`domain/dtr/response/carry-over`). */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import { carryOver, mayServe } from '#domain/dtr/response/carry-over.ts'
import type { KeptForm } from '#domain/dtr/response/judge-save.ts'
import type { LaunchContext } from '../context.ts'
import type { FormServiceDeps } from './form-service.ts'
import type { FormPackage } from './form-record.ts'

export interface CarriedOver {
  readonly start: KeptForm
  /** When the earlier response was saved. */
  readonly savedAt: string | null
}

/** The newest response to the same form, of the same patient and payer; null where there is none, or none may serve. */
export async function findEarlier(
  { store, now }: Pick<FormServiceDeps, 'store' | 'now'>,
  launch: LaunchContext,
  caseId: string,
  payerId: string,
  form: Questionnaire,
  start: KeptForm,
): Promise<CarriedOver | null> {
  // Asked of the form itself first: of most forms nothing has to be looked up.
  if (!mayServe(form, form)) return null
  const tenant = launch.tenant.id
  return store.read(async (tx) => {
    const cases = await store.cases.listByPatient(tx, tenant, launch.patientId)
    for (const other of cases.filter(({ id, payerId: of }) => id !== caseId && of === payerId))
      for (const row of await store.forms.listByCase(tx, tenant, other.id)) {
        const kept = row.package as FormPackage | null
        if (row.status !== 'completed' || kept === null || row.response === null) continue
        const { questionnaire } = kept
        const saved = { response: row.response as QuestionnaireResponse, meta: row.meta as FormMeta, today: row.today }
        const carried = carryOver({ questionnaire, ...saved }, form, start, now())
        if (carried !== null) return { start: carried, savedAt: row.savedAt }
      }
    return null
  })
}
