/**
 * The forms of a case: fetched from the payer and filled in the background as soon as the case is open, shown, saved,
 * completed, reopened. What a browser sends is judged by `judgeSave`; a form that was being filled when the server stopped
 * is filled again by the next launch that looks at it. Each thing that can be done has a module of its own.
 */
import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import type { FormHistory, FormMeta, FormOptions, FormPart, FormView, ItemConflict } from '#domain/contract/form.ts'
import type { PartOwner } from '#domain/dtr/delegation.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression.ts'
import { chartElsewhere } from '#domain/dtr/open-form.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { FormForReview, FormsPort, UnreadForm } from '../cases/ports.ts'
import { findCase } from '../cases/read-case.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { BackgroundTasks } from '../coverage/background-tasks.ts'
import type { FormProgressPort } from '../coverage/ports.ts'
import type { FormCqlDeps } from '../cql/form-cql.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import { askFurther } from './ask-further.ts'
import { enqueueCopy, saveCopy } from './copy-job.ts'
import { expireForm, hasExpired } from './expire-form.ts'
import { createFormFiller, type AnnounceCase } from './form-filler.ts'
import { findOptions, type OptionSearch } from './form-options.ts'
import { MAIN_FORM, type FormPackage } from './form-record.ts'
import { delegatePart, listDelegations, listEditors, noteEditor } from './form-team.ts'
import { summaryOf, viewOf, waitingView } from './form-view.ts'
import { keepExchange } from './keep-exchange.ts'
import { decideDifferences, recomputeForm } from './recompute-form.ts'
import { recordMetrics } from './record-metrics.ts'
import { keyOf, saveForm, workOf, type Kept } from './save-form.ts'

export interface FormServiceDeps {
  readonly store: Store
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly payerDtr: PayerDtrClient
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly evaluator: ExpressionEvaluator
  readonly cql: FormCqlDeps
  readonly tasks: BackgroundTasks
  /** Tells open pages that the case has news. */
  readonly announce: AnnounceCase
  /** Our own address: names our responses in the EHR. */
  readonly baseUrl: string
  readonly now: () => string
  readonly newId: () => string
}

export interface SaveForm {
  readonly version: number
  readonly response: unknown
  readonly meta: FormMeta
  readonly merge?: boolean | undefined
}

export interface EvidenceResource {
  readonly resource: FhirResource
  readonly reference: string
  readonly readAt: string
}

/** Which form of which case, by whom. `formId` is `main` where a case has one form. */
export interface FormAt {
  readonly launch: LaunchContext
  readonly caseId: string
  readonly formId: string
}

type Shown = Promise<Result<FormView, Failure>>

export interface FormService extends FormsPort {
  view(launch: LaunchContext, caseId: string, formId?: string): Shown
  save(
    launch: LaunchContext,
    caseId: string,
    request: SaveForm,
    formId?: string,
  ): Promise<Result<Kept & { merge?: { form: FormView; conflicts: ItemConflict[] } }, Failure>>
  /** Asks the payer of an adaptive form for its next questions. */
  next(at: FormAt, version: number): Shown
  recompute(at: FormAt, version: number): Shown
  decide(at: FormAt, version: number, decisions: Readonly<Record<string, 'keep' | 'take'>>): Shown
  /** Writes the response to the EHR now; `onto` is the EHR's version that a conflict was merged onto. */
  saveToEhr(at: FormAt, version: number, onto: string | null): Shown
  flagDetermination(at: FormAt, assertionId: string | null, reason: string): Shown
  delegate(at: FormAt, part: FormPart, owner: PartOwner): Shown
  presence(
    at: FormAt,
    itemKey: string | null,
  ): Promise<Result<{ version: number; editors: FormView['editors'] }, Failure>>
  options(at: FormAt, search: OptionSearch): Promise<Result<FormOptions, Failure>>
  history(at: FormAt): Promise<Result<FormHistory, Failure>>
  evidence(launch: LaunchContext, caseId: string, evidenceId: string): Promise<Result<EvidenceResource, Failure>>
  readonly progress: FormProgressPort
}

interface Opened {
  readonly launch: LaunchContext
  readonly row: FormRow
  readonly context: CaseContext
  readonly payer: PayerConfig
}

export function createFormService(deps: FormServiceDeps): FormService {
  const { store } = deps
  const filler = createFormFiller(deps)

  const start = (launch: LaunchContext, caseId: string): void => {
    deps.tasks.run('fill-form', () => filler.fill(launch, caseId))
  }

  const open = async ({ launch, caseId, formId }: FormAt): Promise<Result<Opened, Failure>> => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return found
    const row = await store.read((tx) => store.forms.find(tx, { tenant: launch.tenant.id, caseId, formId }))
    if (row === undefined) return err({ reason: 'form-missing' })
    const payer = deps.payers.get(found.value.payerId)
    if (payer === undefined) return err({ reason: 'unknown-payer' })
    return ok({ launch, row, context: found.value.context as CaseContext, payer })
  }

  /** For what begins from a version that the user saw. */
  const openAt = async (at: FormAt, version: number): Promise<Result<Opened, Failure>> => {
    const opened = await open(at)
    if (!opened.ok || opened.value.row.version === version) return opened
    return err({ reason: 'form-changed' })
  }

  const around = async (launch: LaunchContext, caseId: string, formId: string) => {
    const tenant = launch.tenant.id
    return {
      forms: (await store.read((tx) => store.forms.listFigures(tx, tenant, caseId))).map(summaryOf),
      editors: await listEditors(deps, launch, { tenant, caseId, formId }),
      delegation: await listDelegations(deps, launch, caseId),
    }
  }

  const view = async (launch: LaunchContext, caseId: string, formId = MAIN_FORM): Shown => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return found
    const find = () => store.read((tx) => store.forms.find(tx, { tenant: launch.tenant.id, caseId, formId }))
    let row = await find()
    if (row === undefined && formId !== MAIN_FORM) return err({ reason: 'form-missing' })
    const payer = deps.payers.get(found.value.payerId)
    if (row !== undefined && payer !== undefined && hasExpired(row, deps.now(), launch.tenant.timeZone)) {
      await expireForm(deps, launch, row, payer)
      row = await find()
    }
    if (row === undefined || row.status === 'populating') start(launch, caseId)
    const surroundings = await around(launch, caseId, formId)
    return ok(row === undefined ? waitingView(caseId, surroundings) : viewOf(row, deps.evaluator, surroundings))
  }

  const keepMetrics = async (tx: Tx, about: Parameters<FormsPort['complete']>[1]): Promise<void> => {
    const row = await store.cases.find(tx, about.tenant, about.caseId)
    const payer = deps.payers.get(row?.payerId ?? '')
    const tenant = deps.tenants.get(about.tenant)
    if (row === undefined || payer === undefined || tenant === undefined) return
    const context = row.context as CaseContext
    await recordMetrics(store, tx, { ...about, tenant, payer, context, baseUrl: deps.baseUrl })
  }

  const shown = async ({ launch, caseId, formId }: FormAt, done: Result<unknown, Failure>): Shown =>
    done.ok ? view(launch, caseId, formId) : done

  return {
    start,
    view,

    async save(launch, caseId, request, formId = MAIN_FORM) {
      const opened = await open({ launch, caseId, formId })
      if (!opened.ok) return opened
      const saved = await saveForm(deps, launch, opened.value.row, request)
      if (!saved.ok) return saved
      const { conflicts, ...kept } = saved.value
      if (conflicts === null) return ok(kept)
      const form = await view(launch, caseId, formId)
      return form.ok ? ok({ ...kept, merge: { form: form.value, conflicts: [...conflicts] } }) : form
    },

    async next(at, version) {
      const opened = await openAt(at, version)
      return shown(at, opened.ok ? await askFurther(deps, opened.value) : opened)
    },

    async recompute(at, version) {
      const opened = await openAt(at, version)
      return shown(at, opened.ok ? await recomputeForm(deps, opened.value) : opened)
    },

    async decide(at, version, decisions) {
      const opened = await openAt(at, version)
      return shown(at, opened.ok ? await decideDifferences(deps, at.launch, opened.value.row, decisions) : opened)
    },

    async saveToEhr(at, version, onto) {
      const opened = await openAt(at, version)
      return shown(
        at,
        opened.ok ? ok(await saveCopy(deps, at.launch, opened.value.row, opened.value.payer, onto)) : opened,
      )
    },

    async flagDetermination(at, assertionId, reason) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const { row, launch } = opened.value
      const work = workOf(row)
      if (work.adaptive === null) return err({ reason: 'not-adaptive' })
      const flag = { assertionId, reason, by: launch.user.name, at: deps.now() }
      const flags = [...work.adaptive.flags.filter((one) => one.assertionId !== assertionId), flag]
      await store.transaction(async (tx) => {
        await store.forms.setWork(tx, keyOf(row), { ...work, adaptive: { ...work.adaptive, flags } })
        const event = { tenant: row.tenant, caseId: row.caseId, at: flag.at, actor: flag.by }
        await store.events.append(tx, {
          ...event,
          kind: 'form-determination-flagged',
          payload: { reason, assertionId },
        })
      })
      return view(launch, at.caseId, at.formId)
    },

    async delegate(at, part, owner) {
      const found = await findCase(store, at.launch, at.caseId)
      return shown(at, found.ok ? await delegatePart(deps, at.launch, at.caseId, part, owner) : found)
    },

    async presence(at, itemKey) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const { row } = opened.value
      await noteEditor(deps, at.launch, keyOf(row), itemKey)
      return ok({ version: row.version, editors: await listEditors(deps, at.launch, keyOf(row)) })
    },

    async options(at, search) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const { row, payer } = opened.value
      const kept = row.package as FormPackage | null
      if (kept === null) return err({ reason: 'form-populating' })
      const about = { tenant: row.tenant, caseId: row.caseId, partner: payer.id }
      return findOptions(
        { client: deps.payerDtr, payer, keep: (kind, exchange) => keepExchange(deps, { ...about, kind }, exchange) },
        kept.questionnaire,
        search,
      )
    },

    async history(at) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const rows = await store.read((tx) => store.formChanges.listSince(tx, keyOf(opened.value.row), 0))
      const changes = rows.map(({ itemKey, at: when, actor, cause, change }) => ({
        itemKey,
        at: when,
        by: actor,
        from: change.from,
        to: change.to,
        source: change.source as FormHistory['changes'][number]['source'],
        cause,
      }))
      return ok({ changes: changes.reverse() })
    },

    async read(tenant, caseId) {
      const rows = (await store.read((tx) => store.forms.listByCase(tx, tenant, caseId))).filter(
        ({ status }) => status !== 'stopped',
      )
      const [main, ...others] = rows
      if (main === undefined) return err({ reason: 'form-missing' })
      if (main.status === 'populating') return err({ reason: 'form-populating' })
      if (!isReadable(main)) return err({ reason: 'form-failed' })
      const evidence = await store.read((tx) => store.evidence.listByCase(tx, tenant, caseId))
      const resources = evidence.map(({ resource }) => resource)
      return ok({
        ...forReview(main, resources),
        others: others.filter(isReadable).map((row) => forReview(row, resources)),
        unread: others.filter((row) => !isReadable(row)).map(unreadForm),
      })
    },

    async complete(tx, about, responses) {
      for (const { formId, response } of responses) {
        const key = { tenant: about.tenant, caseId: about.caseId, formId }
        await store.forms.update(tx, key, { status: 'completed', response, savedAt: about.at })
        await enqueueCopy(deps, tx, key, about.launchId, about.at)
      }
      await keepMetrics(tx, about)
    },

    async reopen(tx, tenant, caseId, at) {
      for (const row of await store.forms.listByCase(tx, tenant, caseId)) {
        // What the payer itself completed is not opened again: it asks no more questions.
        if (row.status !== 'completed' || workOf(row).adaptive !== null) continue
        // The answers stay; an amended response is completed and signed again.
        const response = { ...(row.response as QuestionnaireResponse), status: 'in-progress' as const }
        await store.forms.update(tx, keyOf(row), { status: 'in-progress', response, savedAt: at })
      }
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
      const key = { tenant: launch.tenant.id, caseId, formId: MAIN_FORM }
      const row = await store.read((tx) => store.forms.find(tx, key))
      const kept = (row?.package ?? null) as FormPackage | null
      return { prefill: kept?.prefill ?? null, estimatedTime: row?.summary?.estimatedTime ?? null }
    },
  }
}

const isReadable = ({ status, response }: FormRow): boolean =>
  status !== 'populating' && status !== 'failed' && response !== null

function unreadForm({ formId, position, summary, status, failure }: FormRow): UnreadForm {
  const known = status === 'populating' ? 'populating' : 'failed'
  return { formId, position, title: summary?.title ?? null, status: known, failure }
}

function forReview(row: FormRow, evidence: readonly FhirResource[]): Omit<FormForReview, 'others' | 'unread'> {
  const kept = row.package as FormPackage
  return {
    formId: row.formId,
    position: row.position,
    questionnaire: kept.questionnaire,
    response: row.response as QuestionnaireResponse,
    meta: row.meta as FormMeta,
    today: row.today,
    chart: chartElsewhere(kept.chart),
    evidence,
    adaptive: workOf(row).adaptive === null ? null : row.status === 'completed' ? 'completed' : 'answering',
  }
}
