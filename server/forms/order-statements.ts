/**
 * What the payer decided on a form, on the orders in the EHR (DTR spec-46). An EHR should spread it from the response by itself
 * (spec-154); where it grants writing orders, Precert makes sure of it. From the outbox; each order is read, changed and
 * written back as the version that was read, so that nothing of anybody else is lost.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import { isOrder } from '#domain/context/order.ts'
import { listCoverageInformation } from '#domain/crd/coverage-information.ts'
import { isSameJson } from '#domain/crd/json.ts'
import { readOrderStatements, withOrderStatements, type OrderStatements } from '#domain/dtr/adaptive/determination.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { EhrClient, EhrFailure, LaunchContext } from '../context.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { Store } from '../store/store.ts'
import type { FormJobPayload } from './form-job.ts'
import { workOf } from './save-form.ts'

export const ORDER_JOB = 'orders-to-ehr'

/** What the orders may carry of the payer's decision on a form; null where it has decided nothing. */
export function orderStatementsOf(row: FormRow): OrderStatements | null {
  const { adaptive } = workOf(row)
  if (adaptive?.state !== 'completed') return null
  const statements = readOrderStatements(
    row.response as QuestionnaireResponse,
    adaptive.flags,
    adaptive.acceptances ?? [],
  )
  return statements.said.length === 0 ? null : statements
}

interface OrderJobDeps {
  readonly store: Store
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly launchById: (tenant: string, launchId: string) => Promise<LaunchContext | null>
  readonly now: () => string
}

/** Failures that another attempt may mend; after any other the EHR does not take it from this launch. */
const PASSING: ReadonlySet<EhrFailure['reason']> = new Set(['conflict', 'ehr-unavailable', 'ehr-timeout'])

/** The job's handler. Safe to run twice: an order that says it already is not written. */
export function createOrderJob(deps: OrderJobDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { caseId, formId, launchId } = job.payload as unknown as FormJobPayload
    const { tenant } = job
    const launch = await deps.launchById(tenant, launchId)
    const row = await store.read((tx) => store.forms.find(tx, { tenant, caseId, formId }))
    const found = await store.read((tx) => store.cases.find(tx, tenant, caseId))
    const statements = row === undefined ? null : orderStatementsOf(row)
    const outcomes: Outcome[] = []
    if (statements !== null && found !== undefined)
      for (const order of (found.context as CaseContext).orders)
        outcomes.push(launch === null ? 'unauthorized' : await writeOrder(deps.ehr(launch), caseId, order, statements))
    const failures = outcomes.filter((outcome) => outcome !== 'written' && outcome !== 'as-it-was')
    const [failure] = failures
    if (failures.some((one) => PASSING.has(one)) && job.attempts < job.maxAttempts) throw new Error('orders are behind')
    await store.transaction(async (tx) => {
      if (failure !== undefined || outcomes.includes('written'))
        await store.events.append(tx, {
          tenant,
          caseId,
          at: deps.now(),
          kind: failure === undefined ? 'orders-written' : 'orders-not-written',
          actor: null,
          payload: { failure: failure ?? null },
        })
      if (!(await store.jobs.complete(tx, job, deps.now()))) throw new Error('the lease went to another worker')
    })
  }
}

type Outcome = 'written' | 'as-it-was' | EhrFailure['reason']

async function writeOrder(
  ehr: EhrClient,
  caseId: string,
  before: CaseContext['orders'][number],
  statements: OrderStatements,
): Promise<Outcome> {
  const purpose = { caseId, neededBy: 'write-back' }
  const read = await ehr.read(referenceTo(before) ?? '', purpose)
  if (!read.ok) return read.error.reason
  if (!isOrder(read.value)) return 'ehr-nonsense'
  const order = withOrderStatements(read.value, statements, listCoverageInformation(before))
  if (isSameJson(order, read.value)) return 'as-it-was'
  const written = await ehr.update(order, purpose)
  return written.ok ? 'written' : written.error.reason
}
