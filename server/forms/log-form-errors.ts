/** Tells a payer by `$log-questionnaire-errors` what is wrong with its form: from the outbox, again until it is taken, no PHI. */
import { buildErrorLog, type ErrorLogShape, type FormProblem } from '#domain/dtr/package/error-log.ts'
import { localNow } from '#domain/time.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import { keepExchange } from './keep-exchange.ts'

export const ERROR_LOG_JOB = 'dtr-error-log'

interface ErrorLogPayload {
  readonly caseId: string
  readonly payerId: string
  readonly questionnaire: string
  readonly problems: readonly FormProblem[]
  readonly at: string
}

/** Puts the report into the outbox; once for the same problems of the same form in a case. */
export async function enqueueErrorLog(
  { store, newId }: { readonly store: Store; readonly newId: () => string },
  tx: Tx,
  tenant: string,
  payload: ErrorLogPayload,
): Promise<void> {
  if (payload.problems.length === 0) return
  const { caseId, questionnaire, problems } = payload
  const kinds = problems.map(({ kind, linkId, library }) => `${kind} ${linkId ?? ''} ${library ?? ''}`).toSorted()
  const dedupe = `${caseId}/${questionnaire}/${kinds.join('|')}`.slice(0, 400)
  const job = { tenant, id: newId(), kind: ERROR_LOG_JOB, payload: { ...payload }, dedupe, maxAttempts: 5 }
  await store.jobs.enqueue(tx, job, payload.at)
}

export interface ErrorLogDeps {
  readonly store: Store
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly payerDtr: PayerDtrClient
  readonly appVersion: string
  readonly now: () => string
  readonly newId: () => string
}

/** What a payer takes: as configured, else by its version; null where it has no such operation. */
function shapeFor({ dtr }: PayerConfig): ErrorLogShape | null {
  if (dtr === null) return null
  return dtr.errorLog === undefined ? (dtr.version === '2.2' ? 'listed' : 'capitalised') : dtr.errorLog
}

/** The job's handler. A payer that refuses the report has it: only no answer, or a server's fault, is tried again. */
export function createErrorLogJob(deps: ErrorLogDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const payload = job.payload as unknown as ErrorLogPayload
    const payer = deps.payers.get(payload.payerId)
    const tenant = deps.tenants.get(job.tenant)
    const shape = payer === undefined ? null : shapeFor(payer)
    if (payer !== undefined && tenant !== undefined && shape !== null) {
      const parameters = buildErrorLog(
        {
          questionnaire: payload.questionnaire,
          problems: payload.problems,
          app: { name: 'Precert', version: deps.appVersion },
          at: localNow(payload.at, tenant.timeZone),
          endpoint: tenant.fhirBase,
        },
        shape,
      )
      if (parameters !== null) await send(payer, parameters, { tenant: job.tenant, caseId: payload.caseId })
    }
    await store.transaction(async (tx) => {
      if (!(await store.jobs.complete(tx, job, deps.now()))) throw new Error('the lease went to another worker')
    })
  }

  async function send(
    payer: PayerConfig,
    parameters: Parameters<PayerDtrClient['logErrors']>[1],
    about: { tenant: string; caseId: string },
  ): Promise<void> {
    const exchange = await deps.payerDtr.logErrors(payer, parameters)
    await keepExchange(deps, { ...about, partner: payer.id, kind: 'dtr-error-log' }, exchange)
    const status = exchange.status ?? 0
    if (!exchange.result.ok && (status === 0 || status >= 500)) throw new Error(exchange.result.error.reason)
  }
}
