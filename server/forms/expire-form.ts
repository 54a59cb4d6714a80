/**
 * A form whose effective period ended while it was being filled (DTR spec-123): the response is stopped and kept, its copy in
 * the EHR too, the user is told, and the payer is asked again, with the same orders and context and no canonical.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import { isExpired } from '#domain/dtr/package/questionnaire-package.ts'
import { message } from '#domain/result.ts'
import { dateIn } from '#domain/time.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import { writeCopy } from './ehr-copy.ts'
import { NEW_WORK, type FormPackage } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keyOf, workOf } from './save-form.ts'

/** Whether a form that is being filled has ended. An adaptive form's period is that of what the payer contained. */
export function hasExpired(row: FormRow, now: string, timeZone: string): boolean {
  const kept = row.package as FormPackage | null
  return row.status === 'in-progress' && kept !== null && isExpired(kept.questionnaire, dateIn(now, timeZone))
}

/** Stops it, and makes room for the new one; the caller has it fetched. Gives false where somebody else did it first. */
export async function expireForm(
  deps: FormServiceDeps,
  launch: LaunchContext,
  row: FormRow,
  payer: PayerConfig,
): Promise<boolean> {
  const { store } = deps
  const { tenant, caseId } = row
  const at = deps.now()
  const stopped: FormRow = {
    ...row,
    formId: `${row.formId}-stopped-${row.version}`,
    status: 'stopped',
    position: 1000 + row.position,
    response: { ...(row.response as QuestionnaireResponse), status: 'stopped', authored: at },
  }
  const done = await store.transaction(async (tx): Promise<boolean> => {
    const version = await store.forms.update(
      tx,
      { ...keyOf(row), expectedVersion: row.version },
      {
        status: 'populating',
        package: null,
        response: null,
        meta: null,
        progress: null,
        savedAt: null,
        savedBy: null,
        work: { ...NEW_WORK, notices: [message('form.notice.expired', { payer: payer.name })] },
      },
    )
    if (version === undefined) return false
    await store.forms.insert(tx, stopped)
    await store.events.append(tx, { tenant, caseId, at, kind: 'form-expired', actor: null, payload: {} })
    return true
  })
  if (done && workOf(row).ehr.reference !== null) {
    const { link, conflict } = await writeCopy({ ...deps, ehr: deps.ehr(launch) }, stopped, payer, null)
    await store.transaction((tx) =>
      store.forms.setWork(tx, keyOf(stopped), { ...workOf(stopped), ehr: link, conflict }),
    )
  }
  return done
}
