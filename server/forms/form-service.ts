/**
 * The form of a case: fetched from the payer and filled in the background as soon as the case is open, shown, saved,
 * completed, reopened. What a browser sends is judged by `judgeSave`; a form that was being filled when the server stopped
 * is filled again by the next launch that looks at it.
 */
import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta, FormView } from '#domain/contract/form.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression.ts'
import { judgeSave, type KeptForm } from '#domain/dtr/judge-save.ts'
import { chartElsewhere } from '#domain/dtr/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/questionnaire-response.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { isFrozen } from '#domain/tracking/case-state.ts'
import type { FormsPort } from '../cases/ports.ts'
import { findCase, type CaseNotFound } from '../cases/read-case.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { BackgroundTasks } from '../coverage/background-tasks.ts'
import type { FormProgressPort } from '../coverage/ports.ts'
import type { Store } from '../store/store.ts'
import { createFormFiller, type AnnounceCase } from './form-filler.ts'
import type { FormPackage } from './form-record.ts'
import { estimatedTimeOf, viewOf, waitingView } from './form-view.ts'

export interface FormServiceDeps {
  readonly store: Store
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly payerDtr: PayerDtrClient
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly evaluator: ExpressionEvaluator
  readonly tasks: BackgroundTasks
  /** Tells open pages that the case has news. */
  readonly announce: AnnounceCase
  readonly now: () => string
  readonly newId: () => string
}

export interface SaveForm {
  readonly version: number
  readonly response: unknown
  readonly meta: FormMeta
}

export interface EvidenceResource {
  readonly resource: FhirResource
  readonly reference: string
  readonly readAt: string
}

export interface FormService extends FormsPort {
  view(launch: LaunchContext, caseId: string): Promise<Result<FormView, CaseNotFound>>
  save(
    launch: LaunchContext,
    caseId: string,
    request: SaveForm,
  ): Promise<Result<{ version: number; savedAt: string }, Failure>>
  evidence(launch: LaunchContext, caseId: string, evidenceId: string): Promise<Result<EvidenceResource, Failure>>
  readonly progress: FormProgressPort
}

export function createFormService(deps: FormServiceDeps): FormService {
  const { store } = deps
  const filler = createFormFiller(deps)
  const findForm = (tenant: string, caseId: string) => store.read((tx) => store.forms.find(tx, tenant, caseId))

  const start = (launch: LaunchContext, caseId: string): void => {
    deps.tasks.run('fill-form', () => filler.fill(launch, caseId))
  }

  return {
    start,

    async view(launch, caseId) {
      const found = await findCase(store, launch, caseId)
      if (!found.ok) return found
      const row = await findForm(launch.tenant.id, caseId)
      if (row === undefined || row.status === 'populating') start(launch, caseId)
      return ok(row === undefined ? waitingView(caseId) : viewOf(row))
    },

    async save(launch, caseId, request) {
      const found = await findCase(store, launch, caseId)
      if (!found.ok) return found
      const tenant = launch.tenant.id
      const row = await findForm(tenant, caseId)
      if (row === undefined) return err({ reason: 'form-missing' })
      if (row.status === 'populating') return err({ reason: 'form-populating' })
      if (row.status !== 'in-progress') return err({ reason: 'not-allowed-now' })
      if (row.version !== request.version) return err({ reason: 'form-changed' })
      if ((request.response as { resourceType?: unknown } | null)?.resourceType !== 'QuestionnaireResponse')
        return err({ reason: 'invalid-request', path: 'response' })
      const at = deps.now()
      const edit = { at, author: { reference: launch.user.fhirUser, name: launch.user.name } }
      const kept = row.package as FormPackage
      const { state, changed } = judgeSave({
        questionnaire: kept.questionnaire,
        populated: kept.populated,
        stored: { response: row.response as QuestionnaireResponse, meta: row.meta as FormMeta },
        submitted: { response: request.response as QuestionnaireResponse, meta: request.meta } satisfies KeptForm,
        edit,
        today: row.today,
        evaluator: deps.evaluator,
        chart: chartElsewhere(kept.chart),
      })
      return store.transaction(async (tx): Promise<Result<{ version: number; savedAt: string }, Failure>> => {
        const held = await store.cases.lock(tx, tenant, caseId)
        if (held === undefined) return err({ reason: 'case-not-found' })
        if (isFrozen(held.state as Parameters<typeof isFrozen>[0])) return err({ reason: 'already-sent' })
        const version = await store.forms.update(
          tx,
          { tenant, caseId, expectedVersion: request.version },
          { response: toResponse(state, edit), meta: toMeta(state), savedAt: at, savedBy: launch.user.name },
        )
        if (version === undefined) return err({ reason: 'form-changed' })
        if (changed.length === 0) return ok({ version, savedAt: at })
        // A review that was read before this save is out of date: its signer must see the change first.
        const caseVersion = await store.cases.update(tx, { tenant, id: caseId }, {}, at)
        await store.events.append(tx, {
          tenant,
          caseId,
          at,
          kind: 'form-saved',
          actor: launch.user.name,
          payload: { params: { count: changed.length }, changed },
        })
        if (caseVersion !== undefined) await deps.announce(tx, { tenant, caseId, version: caseVersion })
        return ok({ version, savedAt: at })
      })
    },

    async read(tenant, caseId) {
      const row = await findForm(tenant, caseId)
      if (row === undefined) return err({ reason: 'form-missing' })
      if (row.status === 'populating') return err({ reason: 'form-populating' })
      if (row.status === 'failed' || row.response === null) return err({ reason: 'form-failed' })
      const evidence = await store.read((tx) => store.evidence.listByCase(tx, tenant, caseId))
      const kept = row.package as FormPackage
      return ok({
        questionnaire: kept.questionnaire,
        response: row.response as QuestionnaireResponse,
        meta: row.meta as FormMeta,
        today: row.today,
        chart: chartElsewhere(kept.chart),
        evidence: evidence.map(({ resource }) => resource),
      })
    },

    async complete(tx, tenant, caseId, response, at) {
      await store.forms.update(tx, { tenant, caseId }, { status: 'completed', response, savedAt: at })
    },

    async reopen(tx, tenant, caseId, at) {
      const row = await store.forms.find(tx, tenant, caseId)
      if (row?.status !== 'completed') return
      // The answers stay; an amended response is completed and signed again.
      const response = { ...(row.response as QuestionnaireResponse), status: 'in-progress' as const }
      await store.forms.update(tx, { tenant, caseId }, { status: 'in-progress', response, savedAt: at })
    },

    async evidence(launch, caseId, evidenceId) {
      const found = await findCase(store, launch, caseId)
      if (!found.ok) return found
      const row = await store.read((tx) => store.evidence.find(tx, launch.tenant.id, caseId, evidenceId))
      return row === undefined
        ? err({ reason: 'not-found' })
        : ok({ resource: row.resource, reference: row.reference, readAt: row.readAt })
    },

    async progress(launch, caseId) {
      const row = await findForm(launch.tenant.id, caseId)
      const kept = (row?.package ?? null) as FormPackage | null
      return {
        prefill: kept?.prefill ?? null,
        estimatedTime: kept === null ? null : estimatedTimeOf(kept.questionnaire),
      }
    },
  }
}
