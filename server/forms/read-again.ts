/**
 * Reads the chart again when a person opens a saved form in another sitting (`isNewSitting`; decisions/0020). It runs beside
 * the requests: the form is shown at once as it was kept, and open pages hear of what differs as of anything else that
 * somebody else did.
 */
import { isNewSitting } from '#domain/dtr/population/reopening.ts'
import { isFrozen } from '#domain/tracking/case-state.ts'
import type { FormServiceDeps } from './form-service.ts'
import { isAskedForm } from './form-record.ts'
import { recomputeForm, type Reopened } from './recompute-form.ts'
import { keyOf, workOf } from './save-form.ts'

/** More launches than anybody works with at once; an older one reads the chart once more. */
const KEPT_READINGS = 20

/** Called whenever a form is looked at: what it does is done once a sitting. */
export async function readChartAgain(deps: FormServiceDeps, opened: Reopened): Promise<void> {
  if (await beginSitting(deps, opened)) deps.tasks.run('read-chart-again', () => recomputeForm(deps, opened))
}

/** Notes the sitting; false where it was noted before, or where nothing can change any more. */
async function beginSitting({ store, now }: FormServiceDeps, { launch, row }: Reopened): Promise<boolean> {
  const { launchId } = launch
  const at = now()
  const isNew = (work: ReturnType<typeof workOf>): boolean => isNewSitting(work.readings ?? [], launchId, at)
  if (row.status !== 'in-progress' || !isNew(workOf(row))) return false
  return store.transaction(async (tx) => {
    const held = await store.cases.lock(tx, row.tenant, row.caseId)
    if (held === undefined) return false
    if (isFrozen(held.state as Parameters<typeof isFrozen>[0]) && !isAskedForm(row.formId)) return false
    // Read again under the lock: a page asks more than once while it opens.
    const current = await store.forms.find(tx, keyOf(row))
    if (current?.status !== 'in-progress') return false
    const work = workOf(current)
    if (!isNew(work)) return false
    const readings = [...(work.readings ?? []), { launchId, at }].slice(-KEPT_READINGS)
    await store.forms.setWork(tx, keyOf(row), { ...work, readings })
    return true
  })
}
