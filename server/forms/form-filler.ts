/**
 * Fills a case's form once: row first, then the payer's form, then the chart, then everything in one transaction. Runs
 * beside the requests; a second call while one runs changes nothing, and whatever goes wrong stands in the row.
 */
import type { FhirResource } from 'fhir/r4'
import { message, type Message } from '#domain/result.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { dateIn } from '#domain/time.ts'
import type { CaseContext } from '../cases/case-record.ts'
import { findCase } from '../cases/read-case.ts'
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { LaunchContext } from '../context.ts'
import type { Tx } from '../store/tx.ts'
import { fetchForm } from './fetch-form.ts'
import type { FormServiceDeps } from './form-service.ts'
import { populateForm, type PopulatedForm } from './populate-form.ts'

export type AnnounceCase = (tx: Tx, changed: { tenant: string; caseId: string; version: number }) => Promise<void>

export interface FormFiller {
  /** Fills the form where it is not filled yet. */
  fill(launch: LaunchContext, caseId: string): Promise<void>
}

/** Between two writes of the progress: more would be more work than the searches themselves. */
const PROGRESS_EVERY_MS = 200

export function createFormFiller(deps: Omit<FormServiceDeps, 'tasks'>): FormFiller {
  const { store } = deps
  const running = new Set<string>()

  /** The row to fill; undefined where there is nothing to do. Gives the version that the result must still find. */
  const claim = async (launch: LaunchContext, caseId: string, today: string): Promise<number | undefined> => {
    const tenant = launch.tenant.id
    const empty = {
      package: null,
      response: null,
      meta: null,
      savedAt: null,
      savedBy: null,
      progress: null,
      failure: null,
    }
    return store.transaction(async (tx) => {
      const inserted = await store.forms.insert(tx, {
        tenant,
        caseId,
        version: 1,
        status: 'populating',
        today,
        ...empty,
      })
      if (inserted) return 1
      const row = await store.forms.find(tx, tenant, caseId)
      if (row === undefined || (row.status !== 'populating' && row.status !== 'failed')) return undefined
      return store.forms.update(tx, { tenant, caseId }, { status: 'populating', today, failure: null, progress: null })
    })
  }

  const keepExchange = async (
    launch: LaunchContext,
    caseId: string,
    payer: string,
    exchange: PayerExchange,
  ): Promise<void> => {
    const requestId = deps.newId()
    const common = { tenant: launch.tenant.id, caseId, kind: 'dtr-package', partner: payer }
    await store.transaction(async (tx) => {
      await store.exchanges.insert(tx, {
        ...common,
        id: requestId,
        requestId: null,
        direction: 'out',
        contentType: 'application/fhir+json',
        httpStatus: null,
        body: exchange.requestBody,
        at: exchange.sentAt,
      })
      if (exchange.status === null) return
      await store.exchanges.insert(tx, {
        ...common,
        id: deps.newId(),
        requestId,
        direction: 'in',
        contentType: exchange.contentType,
        httpStatus: exchange.status,
        body: exchange.responseBody,
        at: exchange.answeredAt,
      })
    })
  }

  const reportProgress = (launch: LaunchContext, caseId: string) => {
    let last = 0
    return (progress: { read: number; total: number }): void => {
      const now = Date.parse(deps.now())
      if (progress.read > 0 && now - last < PROGRESS_EVERY_MS) return
      last = now
      const where = { tenant: launch.tenant.id, caseId }
      // Progress is a courtesy: a form is not lost for it.
      void store.transaction((tx) => store.forms.setProgress(tx, where, progress)).catch(() => undefined)
    }
  }

  const fail = async (launch: LaunchContext, caseId: string, version: number, failure: Message): Promise<void> => {
    const tenant = launch.tenant.id
    await store.transaction(async (tx) => {
      const patch = { status: 'failed' as const, failure, progress: null }
      const changed = await store.forms.update(tx, { tenant, caseId, expectedVersion: version }, patch)
      if (changed !== undefined) await announce(tx, tenant, caseId)
    })
  }

  const announce = async (tx: Tx, tenant: string, caseId: string): Promise<void> => {
    const row = await store.cases.find(tx, tenant, caseId)
    if (row !== undefined) await deps.announce(tx, { tenant, caseId, version: row.version })
  }

  const keep = async (launch: LaunchContext, caseId: string, version: number, filled: PopulatedForm): Promise<void> => {
    const tenant = launch.tenant.id
    const at = deps.now()
    const { kept, evidence } = filled
    await store.transaction(async (tx) => {
      const { response, meta } = kept.populated
      const patch = { status: 'in-progress' as const, progress: null, package: kept, response, meta }
      const changed = await store.forms.update(tx, { tenant, caseId, expectedVersion: version }, patch)
      // Another node filled it meanwhile: its result stands.
      if (changed === undefined) return
      await store.evidence.insert(
        tx,
        evidence.map(({ evidenceId, resource }) => ({
          tenant,
          id: evidenceId,
          caseId,
          reference: referenceTo(resource) ?? resource.resourceType,
          versionId: (resource as FhirResource).meta?.versionId ?? null,
          resource: resource as FhirResource,
          readAt: at,
        })),
      )
      const payload = { params: { answered: kept.prefill.answered, total: kept.prefill.total } }
      await store.events.append(tx, { tenant, caseId, at, kind: 'filled', actor: null, payload })
      await announce(tx, tenant, caseId)
    })
  }

  const run = async (launch: LaunchContext, caseId: string): Promise<void> => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return
    const today = dateIn(deps.now(), launch.tenant.timeZone)
    const version = await claim(launch, caseId, today)
    if (version === undefined) return
    const context = found.value.context as CaseContext
    const payer = deps.payers.get(found.value.payerId)
    if (payer === undefined) return fail(launch, caseId, version, message('form.failure.unknown-payer'))
    try {
      const fetched = await fetchForm(deps.payerDtr, payer, context, today, (exchange) =>
        keepExchange(launch, caseId, payer.id, exchange),
      )
      if (!fetched.ok) return await fail(launch, caseId, version, fetched.error)
      const ehr = deps.ehr(launch)
      const filled = await populateForm(
        deps,
        ehr,
        launch,
        caseId,
        context,
        fetched.value,
        today,
        reportProgress(launch, caseId),
      )
      await keep(launch, caseId, version, filled)
    } catch (error) {
      await fail(launch, caseId, version, message('form.failure.unexpected'))
      throw error
    }
  }

  return {
    async fill(launch, caseId) {
      const key = `${launch.tenant.id}/${caseId}`
      if (running.has(key)) return
      running.add(key)
      try {
        await run(launch, caseId)
      } finally {
        running.delete(key)
      }
    },
  }
}
