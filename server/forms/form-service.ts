/**
 * The forms of a case: fetched from the payer and filled in the background as soon as the case is open, shown and
 * saved. What a browser sends is judged by `judgeSave`; a form that was being filled when the server stopped
 * is filled again by the next launch that looks at it. Each thing that can be done has a module of its own.
 */
import type { FhirResource } from 'fhir/r4'
import type { FormHistory, FormMeta, FormOptions, FormPart, FormView, ItemConflict } from '#domain/contract/form.ts'
import { listAnswersSoFar } from '#domain/dtr/form/answers-so-far.ts'
import type { PartOwner } from '#domain/dtr/form/delegation.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { NEWEST_DTR } from '#domain/dtr/package/dtr-version.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { readDetails, type CaseContext } from '../cases/case-record.ts'
import type { FormsPort } from '../cases/ports.ts'
import { findCase } from '../cases/read-case.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { BackgroundTasks } from '../coverage/background-tasks.ts'
import type { FormCqlDeps } from '../cql/form-cql.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import { askFurther } from './ask-further.ts'
import { saveCopy } from './copy-job.ts'
import { acceptNumber, flagDetermination } from './decide-determination.ts'
import { expireForm, hasExpired } from './expire-form.ts'
import { createFormFiller, type AnnounceCase } from './form-filler.ts'
import { createLateFilling } from './fill-late.ts'
import { findOptions, type OptionSearch } from './form-options.ts'
import { isAskedForm, isOfAsked, MAIN_FORM } from './form-record.ts'
import { createFormsOfCase, type FormsOfCase } from './forms-of-case.ts'
import { delegatePart, listDelegations, listEditors, noteEditor } from './form-team.ts'
import { summaryOf, viewOf, waitingView } from './form-view.ts'
import { keepExchange } from './keep-exchange.ts'
import { openRow } from './open-row.ts'
import { readChartAgain } from './read-again.ts'
import { decideDifferences } from './recompute-form.ts'
import { keyOf, saveForm, type Kept } from './save-form.ts'

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

export interface FormService extends FormsOfCase, Pick<FormsPort, 'start'> {
  view(launch: LaunchContext, caseId: string, formId?: string): Shown
  save(
    launch: LaunchContext,
    caseId: string,
    request: SaveForm,
    formId?: string,
  ): Promise<Result<Kept & { lookingUp?: string[]; merge?: { form: FormView; conflicts: ItemConflict[] } }, Failure>>
  /** Asks the payer of an adaptive form for its next questions, until `signal` takes it back. */
  next(at: FormAt, version: number, signal?: AbortSignal): Shown
  /** Fills a form anew that could not be filled. */
  retry(at: FormAt): Shown
  decide(at: FormAt, version: number, decisions: Readonly<Record<string, 'keep' | 'take'>>): Shown
  /** Writes the response to the EHR now; `onto` is the EHR's version that a conflict was merged onto. */
  saveToEhr(at: FormAt, version: number, onto: string | null): Shown
  flagDetermination(at: FormAt, assertionId: string | null, reason: string): Shown
  /** The number that a determination offers becomes that of the request: the user consents. */
  acceptNumber(at: FormAt, asked: { assertionId: string | null; number: string }): Shown
  delegate(at: FormAt, part: FormPart, owner: PartOwner): Shown
  presence(
    at: FormAt,
    itemKey: string | null,
  ): Promise<Result<Pick<FormView, 'version' | 'editors' | 'lookingUp'>, Failure>>
  options(at: FormAt, search: OptionSearch): Promise<Result<FormOptions, Failure>>
  history(at: FormAt): Promise<Result<FormHistory, Failure>>
  evidence(launch: LaunchContext, caseId: string, evidenceId: string): Promise<Result<EvidenceResource, Failure>>
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
  const late = createLateFilling(deps)

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

  const around = async (
    launch: LaunchContext,
    { id: caseId, details }: CaseRow,
    formId: string,
    payer: PayerConfig | undefined,
  ) => {
    const tenant = launch.tenant.id
    // A form that the payer asked for stands with those of its package; those of the request stay among themselves.
    const request = readDetails(details).requests.find((one) => one.formId !== null && isOfAsked(formId, one.formId))
    const asked = request?.formId ?? null
    const stands = (one: string): boolean => (asked === null ? !isAskedForm(one) : isOfAsked(one, asked))
    return {
      dtrVersion: payer?.dtr?.version ?? NEWEST_DTR,
      forms: (await store.read((tx) => store.forms.listFigures(tx, tenant, caseId)))
        .filter((one) => stands(one.formId))
        .map(summaryOf),
      askedBy: request === undefined ? null : { requestId: request.id, payer: payer?.name ?? '' },
      editors: await listEditors(deps, launch, { tenant, caseId, formId }),
      delegation: await listDelegations(deps, launch, caseId),
      lookingUp: [...late.underWay({ tenant, caseId, formId })],
    }
  }

  const view = async (launch: LaunchContext, caseId: string, formId = MAIN_FORM): Shown => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return found
    const find = () => store.read((tx) => store.forms.find(tx, { tenant: launch.tenant.id, caseId, formId }))
    let row = await find()
    if (row === undefined && formId !== MAIN_FORM && !isAskedForm(formId)) return err({ reason: 'form-missing' })
    const payer = deps.payers.get(found.value.payerId)
    if (row !== undefined && payer !== undefined && hasExpired(row, deps.now(), launch.tenant.timeZone)) {
      await expireForm(deps, launch, row, payer)
      row = await find()
    }
    if (row === undefined || row.status === 'populating') start(launch, caseId)
    else if (payer !== undefined)
      await readChartAgain(deps, { launch, row, context: found.value.context as CaseContext, payer })
    const surroundings = await around(launch, found.value, formId, payer)
    if (row === undefined) return ok(waitingView(caseId, surroundings))
    const filling = row.status === 'populating' ? filler.soFar(row) : null
    const soFar = filling === null ? [] : listAnswersSoFar(filling)
    return ok({ ...viewOf(row, deps.evaluator, surroundings), soFar })
  }

  /** What a save brought in is looked up on the form that it left. */
  const lookUp = async (opened: Opened, awaited: readonly string[]): Promise<{ lookingUp: string[] }> => {
    const row = await store.read((tx) => store.forms.find(tx, keyOf(opened.row)))
    if (row !== undefined) late.begin({ ...opened, row }, awaited)
    return { lookingUp: [...late.underWay(opened.row)] }
  }

  const shown = async ({ launch, caseId, formId }: FormAt, done: Result<unknown, Failure>): Shown =>
    done.ok ? view(launch, caseId, formId) : done

  return {
    ...createFormsOfCase(deps),
    start,
    view,

    async save(launch, caseId, request, formId = MAIN_FORM) {
      const opened = await open({ launch, caseId, formId })
      if (!opened.ok) return opened
      const saved = await saveForm(deps, launch, opened.value.row, request)
      if (!saved.ok) return saved
      const { conflicts, awaited, ...kept } = saved.value
      const lookingUp = awaited.length === 0 ? {} : await lookUp(opened.value, awaited)
      if (conflicts === null) return ok({ ...kept, ...lookingUp })
      const form = await view(launch, caseId, formId)
      return form.ok ? ok({ ...kept, ...lookingUp, merge: { form: form.value, conflicts: [...conflicts] } }) : form
    },

    async next(at, version, signal) {
      const opened = await openAt(at, version)
      return shown(at, opened.ok ? await askFurther(deps, opened.value, signal) : opened)
    },

    async retry(at) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const { row } = opened.value
      if (row.status !== 'failed') return err({ reason: 'not-allowed-now' })
      const again = { status: 'populating' as const, failure: null, progress: null }
      await store.transaction((tx) => store.forms.update(tx, keyOf(row), again))
      return view(at.launch, at.caseId, at.formId)
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
      const said = { assertionId, reason }
      return shown(at, opened.ok ? await flagDetermination(deps, at.launch, keyOf(opened.value.row), said) : opened)
    },

    async acceptNumber(at, asked) {
      const opened = await open(at)
      return shown(at, opened.ok ? await acceptNumber(deps, at.launch, keyOf(opened.value.row), asked) : opened)
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
      const editors = await listEditors(deps, at.launch, keyOf(row))
      return ok({ version: row.version, editors, lookingUp: [...late.underWay(row)] })
    },

    async options(at, search) {
      const opened = await open(at)
      if (!opened.ok) return opened
      const { row, payer } = opened.value
      if (row.package === null) return err({ reason: 'form-populating' })
      const about = { tenant: row.tenant, caseId: row.caseId, partner: payer.id }
      return findOptions(
        { client: deps.payerDtr, payer, keep: (kind, exchange) => keepExchange(deps, { ...about, kind }, exchange) },
        openRow(deps.evaluator, row),
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

    async evidence(launch, caseId, evidenceId) {
      const found = await findCase(store, launch, caseId)
      if (!found.ok) return found
      const row = await store.read((tx) => store.evidence.find(tx, launch.tenant.id, caseId, evidenceId))
      return row === undefined
        ? err({ reason: 'not-found' })
        : ok({ resource: row.resource, reference: row.reference, readAt: row.readAt })
    },
  }
}
