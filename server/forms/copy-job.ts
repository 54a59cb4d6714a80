/** Writes a form's copy to the EHR: now, for a person who waits, or from the outbox once a form is complete. */
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import type { PayerConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { Store } from '../store/store.ts'
import { writeCopy } from './ehr-copy.ts'
import type { FormJobPayload } from './form-job.ts'
import { keyOf, workOf } from './save-form.ts'

export const FORM_COPY_JOB = 'form-to-ehr'

interface CopyJobDeps {
  readonly store: Store
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly evaluator: ExpressionEvaluator
  readonly baseUrl: string
  readonly now: () => string
  readonly newId: () => string
}

/** Writes and keeps what came of it: the form's version stays, its copy's state changes. */
export async function saveCopy(
  deps: CopyJobDeps,
  launch: LaunchContext,
  row: FormRow,
  payer: PayerConfig,
  onto: string | null,
): Promise<'written' | 'try-again' | 'refused'> {
  const { link, conflict } = await writeCopy({ ...deps, ehr: deps.ehr(launch) }, row, payer, onto)
  await deps.store.transaction(async (tx) => {
    const current = await deps.store.forms.find(tx, keyOf(row))
    if (current === undefined) return
    // Somebody may have saved while the EHR was written to.
    const isBehind = link.state === 'saved' && current.version !== row.version
    const kept = { ...link, state: isBehind ? ('outdated' as const) : link.state }
    await deps.store.forms.setWork(tx, keyOf(row), { ...workOf(current), ehr: kept, conflict })
    const failure = link.state === 'saved' ? null : (link.failure?.key ?? link.state)
    await deps.store.events.append(tx, {
      tenant: row.tenant,
      caseId: row.caseId,
      at: deps.now(),
      kind: failure === null ? 'form-written' : 'form-not-written',
      actor: launch.user.name,
      payload: { failure },
    })
  })
  if (link.state === 'saved') return 'written'
  return link.state === 'failed' ? 'try-again' : 'refused'
}

/** The job's handler. A launch that has ended cannot write: the form says that its copy is behind. */
export function createCopyJob(
  deps: CopyJobDeps & {
    readonly payers: ReadonlyMap<string, PayerConfig>
    readonly launchById: (tenant: string, launchId: string) => Promise<LaunchContext | null>
  },
): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { caseId, formId, launchId } = job.payload as unknown as FormJobPayload
    const { tenant } = job
    const launch = await deps.launchById(tenant, launchId)
    const row = await store.read((tx) => store.forms.find(tx, { tenant, caseId, formId }))
    const caseRow = await store.read((tx) => store.cases.find(tx, tenant, caseId))
    const payer = deps.payers.get(caseRow?.payerId ?? '')
    if (launch !== null && row !== undefined && payer !== undefined) {
      const done = await saveCopy(deps, launch, row, payer, null)
      if (done === 'try-again' && job.attempts < job.maxAttempts) throw new Error('the EHR did not take the response')
    }
    await store.transaction(async (tx) => {
      if (!(await store.jobs.complete(tx, job, deps.now()))) throw new Error('the lease went to another worker')
    })
  }
}
