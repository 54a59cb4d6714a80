/**
 * Fills a case's forms once: row first, then the payer's forms, then the chart, each form in one transaction. Runs beside the
 * requests; a second call while one runs changes nothing, and whatever goes wrong stands in the row.
 */
import type { FhirResource } from 'fhir/r4'
import type { FormProblem } from '#domain/dtr/package/error-log.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { listExpressionProblems } from '#domain/dtr/form/form-problems.ts'
import type { QuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { canonicalOf } from '#domain/dtr/response/questionnaire-response.ts'
import { message, type Message } from '#domain/result.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { dateIn } from '#domain/time.ts'
import { readDetails, type CaseContext } from '../cases/case-record.ts'
import { findCase } from '../cases/read-case.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { FormKey, FormPatch } from '../store/repositories/forms.ts'
import type { FormFigures } from '../store/schema.ts'
import type { Tx } from '../store/tx.ts'
import { beginForm, type BegunForm } from './begin-form.ts'
import { findEarlier, type CarriedOver } from './earlier-response.ts'
import { fetchForms, type FetchedForms } from './fetch-forms.ts'
import { figuresOf } from './form-figures.ts'
import { isAskedForm, MAIN_FORM, NEW_WORK, type FormPackage, type FormWork } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keepExchange } from './keep-exchange.ts'
import { withContained } from './kept-package.ts'
import { enqueueErrorLog } from './log-form-errors.ts'
import { headOf, populateForm, type PopulatedForm } from './populate-form.ts'

export type AnnounceCase = (tx: Tx, changed: { tenant: string; caseId: string; version: number }) => Promise<void>

export interface FormFiller {
  /** Fills the forms where they are not filled yet. */
  fill(launch: LaunchContext, caseId: string): Promise<void>
  /** A form that this process is filling, as far as it is; null for any other. Nothing of it is kept before it is filled. */
  soFar(key: FormKey): FormState | null
}

export type FillerDeps = Omit<FormServiceDeps, 'tasks'>

/** Between two writes of the progress: more would be more work than the searches themselves. */
const PROGRESS_EVERY_MS = 200

/** Behind every form of the request itself. */
const ASKED_POSITION = 1000

const EMPTY_ROW = {
  package: null,
  response: null,
  meta: null,
  work: null,
  summary: null,
  savedAt: null,
  savedBy: null,
  progress: null,
  failure: null,
}

/** One run over one case. */
interface Run {
  readonly launch: LaunchContext
  readonly caseId: string
  readonly context: CaseContext
  readonly payer: PayerConfig
  readonly today: string
}

export function createFormFiller(deps: FillerDeps): FormFiller {
  const { store } = deps
  const running = new Set<string>()
  const underWay = new Map<string, FormState>()
  const nameOf = ({ tenant, caseId, formId }: FormKey): string => `${tenant}/${caseId}/${formId}`
  const keyOf = (run: Pick<Run, 'launch' | 'caseId'>, formId: string): FormKey => ({
    tenant: run.launch.tenant.id,
    caseId: run.caseId,
    formId,
  })
  const keepOf = (run: Run) => (kind: string, exchange: Parameters<typeof keepExchange>[2]) =>
    keepExchange(deps, { tenant: run.launch.tenant.id, caseId: run.caseId, partner: run.payer.id, kind }, exchange)

  /** The row to fill; undefined where there is nothing to do. Gives the version that the result must still find. */
  const claim = async (
    key: FormKey,
    position: number,
    today: string,
    summary: FormFigures | null = null,
  ): Promise<number | undefined> =>
    store.transaction(async (tx) => {
      const row = { ...key, ...EMPTY_ROW, position, version: 1, status: 'populating' as const, today, summary }
      if (await store.forms.insert(tx, row)) return 1
      const there = await store.forms.find(tx, key)
      if (there === undefined || (there.status !== 'populating' && there.status !== 'failed')) return undefined
      return store.forms.update(tx, key, { status: 'populating', today, failure: null, progress: null })
    })

  const hasUnfilled = async ({ tenant, caseId }: FormKey): Promise<boolean> => {
    const forms = await store.read((tx) => store.forms.listFigures(tx, tenant, caseId))
    return forms.some(({ formId, status }) => status === 'populating' && !isAskedForm(formId))
  }

  const reportProgress = (key: FormKey) => {
    let last = 0
    return (progress: { read: number; total: number }): void => {
      const now = Date.parse(deps.now())
      if (progress.read > 0 && now - last < PROGRESS_EVERY_MS) return
      last = now
      // Progress is a courtesy: a form is not lost for it.
      void store.transaction((tx) => store.forms.setProgress(tx, key, progress)).catch(() => undefined)
    }
  }

  const announce = async (tx: Tx, tenant: string, caseId: string): Promise<void> => {
    const row = await store.cases.find(tx, tenant, caseId)
    if (row !== undefined) await deps.announce(tx, { tenant, caseId, version: row.version })
  }

  const report = (tx: Tx, run: Run, questionnaire: string, problems: readonly FormProblem[]): Promise<void> =>
    enqueueErrorLog(deps, tx, run.launch.tenant.id, {
      caseId: run.caseId,
      payerId: run.payer.id,
      questionnaire,
      problems,
      at: deps.now(),
    })

  const fail = async (
    key: FormKey,
    version: number,
    failure: Message,
    more?: (tx: Tx) => Promise<void>,
  ): Promise<void> =>
    store.transaction(async (tx) => {
      const patch: FormPatch = { status: 'failed', failure, progress: null }
      const changed = await store.forms.update(tx, { ...key, expectedVersion: version }, patch)
      if (changed === undefined) return
      await more?.(tx)
      await announce(tx, key.tenant, key.caseId)
    })

  const keep = async (
    run: Run,
    key: FormKey,
    version: number,
    fetched: FetchedForms,
    { begun, filled, carried }: FilledForm,
  ): Promise<void> => {
    const { tenant, caseId } = key
    const at = deps.now()
    const { populated } = filled.kept
    const ofForm = [...begun.problems, ...filled.problems]
    const problems = [...ofForm, ...listExpressionProblems(populated.meta)]
    const { outcome, retrievedAt, exchangeId } = fetched
    const kept: FormPackage = { ...filled.kept, outcome, retrievedAt, exchangeId }
    await store.transaction(async (tx) => {
      const before = (await store.forms.find(tx, key))?.work as FormWork | null | undefined
      const work: FormWork = {
        ...(before ?? NEW_WORK),
        notices: [
          ...(before?.notices ?? []),
          ...noticesOf(outcome, ofForm, run.payer),
          ...noticeOf(carried),
          ...leftOutOf(filled.state),
        ],
        problems,
        adaptive: begun.adaptive,
        readings: [{ launchId: run.launch.launchId, at }],
      }
      const changed = await store.forms.update(
        tx,
        { ...key, expectedVersion: version },
        {
          status: begun.completed ? 'completed' : 'in-progress',
          progress: null,
          package: kept,
          summary: figuresOf(kept.questionnaire, filled.state),
          ...populated,
          work,
        },
      )
      // Another node filled it meanwhile: its result stands.
      if (changed === undefined) return
      await store.evidence.insert(tx, evidenceRows(tenant, caseId, filled, at))
      const payload = { params: { answered: kept.prefill.answered, total: kept.prefill.total } }
      await store.events.append(tx, { tenant, caseId, at, kind: 'filled', actor: null, payload })
      await report(tx, run, canonicalOf(kept.questionnaire), problems)
      await announce(tx, tenant, caseId)
    })
  }

  const fillOne = async (
    run: Run,
    key: FormKey,
    version: number,
    fetched: FetchedForms,
    form: QuestionnairePackage,
  ): Promise<void> => {
    const { launch, caseId, context, today } = run
    const asking = { client: deps.payerDtr, payer: run.payer, keep: keepOf(run) }
    const begun = await beginForm(asking, form, today, (questionnaire) =>
      headOf(launch, context, questionnaire, deps.now()),
    )
    if (!begun.ok) {
      const { failure, problems } = begun.error
      return fail(key, version, failure, (tx) => report(tx, run, canonicalOf(form.questionnaire), problems))
    }
    const carried = await findEarlier(deps, launch, caseId, run.payer.id, begun.value.questionnaire, begun.value.start)
    const filled = await populateForm(deps, deps.ehr(launch), {
      launch,
      caseId,
      context,
      questionnaire: begun.value.questionnaire,
      logic: withContained(form, begun.value.questionnaire),
      asking,
      start: carried?.start ?? begun.value.start,
      today,
      onProgress: reportProgress(key),
      onAdded: (state) => underWay.set(nameOf(key), state),
    })
    await keep(run, key, version, fetched, { begun: begun.value, filled, carried })
  }

  /** A form that breaks something of ours must not take the others down: its own row says so. */
  const guarded = async (key: FormKey, version: number, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      await fail(key, version, message('form.failure.unexpected'))
      throw error
    } finally {
      underWay.delete(nameOf(key))
    }
  }

  /** `version` of the main form; undefined where that one is filled and only others are not. */
  const fillAll = async (run: Run, main: FormKey, version: number | undefined): Promise<void> => {
    const { payer, context, today } = run
    const asking = { client: deps.payerDtr, payer, context, questionnaires: [], changedSince: null, keep: keepOf(run) }
    const fetched = await fetchForms(asking)
    if (!fetched.ok) return version === undefined ? undefined : fail(main, version, fetched.error)
    const claimed: { key: FormKey; held: number; form: QuestionnairePackage }[] = []
    for (const [index, form] of fetched.value.forms.entries()) {
      const key = index === 0 ? main : keyOf(run, `form-${index + 1}`)
      const held = index === 0 ? version : await claim(key, index, today, figuresOf(form.questionnaire, null))
      if (held !== undefined) claimed.push({ key, held, form })
    }
    for (const { key, held, form } of claimed)
      await guarded(key, held, () => fillOne(run, key, held, fetched.value, form))
  }

  /** A form that the payer asked for, by the first of its contexts that the payer knows; each further one of its package. */
  const fillAsked = async (run: Run, asked: string, contexts: readonly string[]): Promise<void> => {
    const { payer, context, today } = run
    const main = keyOf(run, asked)
    const version = await claim(main, ASKED_POSITION, today)
    if (version === undefined) return
    await guarded(main, version, async () => {
      let failure = message('form.failure.no-form', { payer: payer.name, text: '' })
      for (const askedUnder of contexts) {
        const limits = { questionnaires: [], changedSince: null, askedUnder }
        const fetched = await fetchForms({ client: deps.payerDtr, payer, context, keep: keepOf(run), ...limits })
        if (!fetched.ok) {
          failure = fetched.error
          continue
        }
        for (const [index, form] of fetched.value.forms.entries()) {
          const key = index === 0 ? main : keyOf(run, `${asked}-${index + 1}`)
          const held = index === 0 ? version : await claim(key, ASKED_POSITION + index, today)
          if (held !== undefined) await guarded(key, held, () => fillOne(run, key, held, fetched.value, form))
        }
        return
      }
      await fail(main, version, failure)
    })
  }

  const fillMain = async (run: Omit<Run, 'payer'>, payer: PayerConfig | undefined): Promise<void> => {
    const main = keyOf(run, MAIN_FORM)
    const version = await claim(main, 0, run.today)
    if (version === undefined && !(await hasUnfilled(main))) return
    if (payer === undefined)
      return version === undefined ? undefined : fail(main, version, message('form.failure.unknown-payer'))
    const work = () => fillAll({ ...run, payer }, main, version)
    await (version === undefined ? work() : guarded(main, version, work))
  }

  const run = async (launch: LaunchContext, caseId: string): Promise<void> => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return
    const today = dateIn(deps.now(), launch.tenant.timeZone)
    const payer = deps.payers.get(found.value.payerId)
    const known = { launch, caseId, context: found.value.context as CaseContext, today }
    await fillMain(known, payer)
    for (const { formId, contexts } of readDetails(found.value.details).requests)
      if (formId !== null && payer !== undefined) await fillAsked({ ...known, payer }, formId, contexts)
  }

  return {
    soFar: (key) => underWay.get(nameOf(key)) ?? null,

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

interface FilledForm {
  readonly begun: BegunForm
  readonly filled: PopulatedForm
  readonly carried: CarriedOver | null
}

const noticeOf = (carried: CarriedOver | null): Message[] =>
  carried === null ? [] : [message('form.notice.carried', { date: carried.savedAt?.slice(0, 10) ?? '' })]

/** Snapshots of what answers rest on, as rows. */
export function evidenceRows(
  tenant: string,
  caseId: string,
  { evidence }: Pick<PopulatedForm, 'evidence'>,
  at: string,
) {
  return evidence.map(({ evidenceId, resource }) => ({
    tenant,
    id: evidenceId,
    caseId,
    reference: referenceTo(resource) ?? resource.resourceType,
    versionId: (resource as FhirResource).meta?.versionId ?? null,
    resource: resource as FhirResource,
    readAt: at,
  }))
}

/** Once it is saved, the response has nothing any more that the form has no place for. */
const leftOutOf = ({ formIssues }: FormState): Message[] =>
  formIssues.map(({ message: text }) => text).filter(({ key }) => key === 'form.issue.left-out')

/** What the user has to know before anything is answered. */
function noticesOf(outcome: string | null, problems: readonly FormProblem[], payer: PayerConfig): Message[] {
  const missing = problems.flatMap(({ kind, library }) =>
    kind === 'missing-library' || kind === 'missing-value-set'
      ? [message(`form.notice.${kind}`, { name: library ?? '' })]
      : [],
  )
  const said =
    outcome === null || outcome === '' ? [] : [message('form.notice.payer-says', { payer: payer.name, text: outcome })]
  return [...said, ...missing]
}
