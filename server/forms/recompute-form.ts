/**
 * Reopening (dtr.md §1.4; decisions/0020): the payer is asked whether its form changed since it was retrieved, and every answer that a machine
 * gave is computed anew. What follows by rule is applied; what differs is kept beside the form until a person decides.
 */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { Difference, FormMeta } from '#domain/contract/form.ts'
import { FormDraft } from '#domain/dtr/form/form-draft.ts'
import type { Answer, FormState, ItemView } from '#domain/dtr/form/form-state.ts'
import { isAutomatic } from '#domain/dtr/item/information-origin.ts'
import type { KeptForm } from '#domain/dtr/response/judge-save.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { canonicalOf, toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { areSameAnswers } from '#domain/dtr/item/answer-value.ts'
import { linkIdOf } from '#domain/dtr/item/item-key.ts'
import { appendRows, isFedGroup } from '#domain/dtr/population/reopened-rows.ts'
import { applyReopened, compareReopened, listNewRows, type ReopenedAnswer } from '#domain/dtr/population/reopening.ts'
import { settle } from '#domain/dtr/form/settle.ts'
import { err, message, type Failure, type Message, type Result } from '#domain/result.ts'
import { dateIn } from '#domain/time.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import { beginForm } from './begin-form.ts'
import { fetchForms } from './fetch-forms.ts'
import { evidenceRows } from './form-filler.ts'
import { isAskedForm, type FormPackage } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keepExchange } from './keep-exchange.ts'
import { readKeptPackage, withContained } from './kept-package.ts'
import { authorOf, headOf, populateForm, type PackageLogic, type PopulatedForm } from './populate-form.ts'
import { keepChange, keyOf, workAfter, workOf, type Kept } from './save-form.ts'

export interface Reopened {
  readonly launch: LaunchContext
  readonly row: FormRow
  readonly context: CaseContext
  readonly payer: PayerConfig
}

/** How often the comparison is made again because somebody saved meanwhile. */
const MOST_ATTEMPTS = 10

/** What is said of a reopening stands until the next one. */
const OF_REOPENING: ReadonlySet<string> = new Set([
  'form.notice.not-checked',
  'form.notice.newer-form',
  'form.notice.filled-since',
])

/**
 * Reads the chart, then compares with the form as it is by then: people work on while the chart is read. What differs stands
 * beside the form; the version counts up only where there is something to tell.
 */
export async function recomputeForm(deps: FormServiceDeps, opened: Reopened): Promise<void> {
  const read = await readAnew(deps, opened)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const row = await deps.store.read((tx) => deps.store.forms.find(tx, keyOf(opened.row)))
    // Completed, expired, or asked further: what was read answers another form.
    if (row?.status !== 'in-progress' || stepOf(row) !== stepOf(opened.row)) return
    const kept = await keepReopened(deps, { ...opened, row }, read)
    if (kept === null || kept.ok || kept.error.reason !== 'form-changed') return
  }
}

const stepOf = (row: FormRow): number | null => workOf(row).adaptive?.step ?? null

interface ReadAnew {
  readonly newer: Newer
  readonly today: string
  readonly filled: PopulatedForm
  /** What population would have given in place of a manual answer; null where no such answer stands. */
  readonly instead: PopulatedForm | null
}

async function readAnew(deps: FormServiceDeps, opened: Reopened): Promise<ReadAnew> {
  const { launch, row, context, payer } = opened
  const at = deps.now()
  const today = dateIn(at, launch.tenant.timeZone)
  const kept = row.package as FormPackage
  const newer = await fetchNewer(deps, opened, kept, today)
  const questionnaire = newer.questionnaire ?? kept.questionnaire
  const before = openKept(deps, row, questionnaire)
  const request = {
    launch,
    caseId: row.caseId,
    context: await freshContext(deps, launch, row, context),
    questionnaire,
    logic: withContained(newer.logic ?? (await readKeptPackage(deps.store, row, kept)), questionnaire),
    asking: { client: deps.payerDtr, payer, keep: keepWith(deps, opened) },
    today,
    onProgress: () => undefined,
  }
  const populateWithout = (isTaken: (item: ItemView) => boolean): Promise<PopulatedForm> =>
    populateForm(deps, deps.ehr(launch), { ...request, start: without(before, at, isTaken) })
  const isManual = isManualInstead(before)
  return {
    newer,
    today,
    filled: await populateWithout((item) => isMachines(item) || isInPopulatedRow(before, item)),
    instead: [...before.items.values()].some(isManual) ? await populateWithout(isManual) : null,
  }
}

/** Keeps what follows by rule, and what is to be decided; null where there is nothing new. */
async function keepReopened(
  deps: FormServiceDeps,
  { launch, row }: Reopened,
  { newer, today, filled, instead }: ReadAnew,
): Promise<Result<Kept, Failure> | null> {
  const at = deps.now()
  const kept = row.package as FormPackage
  const before = openKept(
    deps,
    newer.questionnaire === null ? row : renamed(row, newer.questionnaire),
    newer.questionnaire ?? kept.questionnaire,
  )
  const reopened = [
    ...compareReopened(before, filled.state),
    ...(instead === null ? [] : compareReopened(before, instead.state)).filter(({ action }) => action === 'relabel'),
  ]
  const applied = applyReopened(before, reopened, new Map(), { at, author: authorOf(launch) })
  const first = openKept(deps, { ...row, ...kept.populated }, kept.questionnaire)
  const rows = listNewRows(before, filled.state, first)
  const after = addRows(applied, filled.state, rows, at)
  const changed = [...reopened.filter(({ action }) => action !== 'ask').map(({ itemKey }) => itemKey), ...after.added]
  const differences = reopened.filter(({ action }) => action === 'ask').map(differenceOf)
  const added = reopened.filter(({ action }) => action === 'fill')
  const work = workOf(row)
  const notices = [
    ...work.notices.filter(({ key }) => !OF_REOPENING.has(key)),
    ...newer.notices,
    ...filledSince(before, [...added.map(({ itemKey }) => itemKey), ...rows]),
  ]
  const isNews =
    changed.length > 0 ||
    newer.questionnaire !== null ||
    !isSameJson([differences, notices, filled.kept.chart], [work.differences, work.notices, kept.chart])
  if (!isNews) return null
  const edit = { at, author: authorOf(launch) }
  const { response, savedAt, savedBy } = row
  // Whoever only looks at a form has not written it.
  const asWritten = changed.length > 0 || newer.questionnaire !== null ? {} : { response }
  return keepChange(deps, {
    launch,
    row,
    edit,
    before,
    after: after.state,
    changed,
    cause: 'populated',
    isNews,
    patch: {
      today,
      savedAt,
      savedBy,
      ...asWritten,
      // What population gives now is what later saves are held against: a taken value is the chart's, not a person's.
      package: {
        ...kept,
        ...filled.kept,
        prefill: kept.prefill,
        retrievedAt: newer.retrievedAt ?? kept.retrievedAt,
        exchangeId: newer.exchangeId ?? kept.exchangeId,
      },
      work: { ...workAfter(row, changed), notices, differences },
    },
    also: async (tx) => {
      for (const one of instead === null ? [filled] : [filled, instead])
        await deps.store.evidence.insert(tx, evidenceRows(row.tenant, row.caseId, one, at))
    },
  })
}

/** The answers to one version of a form, as answers to another. */
const renamed = (row: FormRow, questionnaire: Questionnaire): FormRow => ({
  ...row,
  response: { ...(row.response as QuestionnaireResponse), questionnaire: canonicalOf(questionnaire) },
})

const isSameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** What was empty and is filled now is named, and groups that got a row, so that nothing comes in unseen. */
function filledSince({ items, model }: FormState, keys: readonly string[]): Message[] {
  const names = keys.map((key) => items.get(key)?.text ?? model.definitions.get(linkIdOf(key))?.text ?? key)
  if (names.length === 0) return []
  return [message('form.notice.filled-since', { questions: [...new Set(names)].join(' · ') })]
}

function addRows(state: FormState, from: FormState, rows: readonly string[], at: string) {
  if (rows.length === 0) return { state, added: [] }
  const draft = new FormDraft(state, at)
  const added = appendRows(draft, from, rows)
  settle(draft)
  return { state: draft.finish(), added }
}

/** The patient as the chart has them now; as they were, where the chart cannot be read. */
async function freshContext(
  deps: FormServiceDeps,
  launch: LaunchContext,
  row: FormRow,
  context: CaseContext,
): Promise<CaseContext> {
  const purpose = { caseId: row.caseId, neededBy: 'launch-context' }
  const read = await deps.ehr(launch).read(`Patient/${launch.patientId}`, purpose)
  return read.ok && read.value.resourceType === 'Patient' ? { ...context, patient: read.value } : context
}

function keepWith(deps: FormServiceDeps, { row, payer }: Reopened) {
  const about = { tenant: row.tenant, caseId: row.caseId, partner: payer.id }
  return (kind: string, exchange: Parameters<typeof keepExchange>[2]) =>
    keepExchange(deps, { ...about, kind }, exchange)
}

interface Newer {
  /** null where the payer has nothing newer, or did not answer: the kept package is worked with. */
  readonly questionnaire: Questionnaire | null
  readonly logic: PackageLogic | null
  readonly exchangeId: string | null
  readonly retrievedAt: string | null
  readonly notices: readonly Message[]
}

/**
 * Asks by `changedsince` with our own retrieval instant. An adaptive form is never replaced under its answers, and one that
 * the payer asked for stands under the number that it was asked for by.
 */
async function fetchNewer(deps: FormServiceDeps, opened: Reopened, kept: FormPackage, today: string): Promise<Newer> {
  const { launch, row, context, payer } = opened
  const keep = keepWith(deps, opened)
  const nothing: Newer = { questionnaire: null, logic: null, exchangeId: null, retrievedAt: null, notices: [] }
  if (workOf(row).adaptive !== null || isAskedForm(row.formId)) return nothing
  const canonical = canonicalOf(kept.questionnaire)
  const fetched = await fetchForms({
    client: deps.payerDtr,
    payer,
    context,
    questionnaires: [canonical],
    changedSince: kept.retrievedAt,
    keep,
  })
  if (!fetched.ok) return { ...nothing, notices: [message('form.notice.not-checked', { payer: payer.name })] }
  const { forms, retrievedAt, exchangeId } = fetched.value
  const same = forms.find(({ questionnaire }) => questionnaire.url === kept.questionnaire.url)
  if (same === undefined) return { ...nothing, retrievedAt }
  const asking = { client: deps.payerDtr, payer, keep }
  const begun = await beginForm(asking, same, today, (questionnaire) =>
    headOf(launch, context, questionnaire, deps.now()),
  )
  if (!begun.ok) return { ...nothing, notices: [begun.error.failure] }
  const isNewer = canonicalOf(same.questionnaire) !== canonical
  const notices = isNewer ? [message('form.notice.newer-form', { payer: payer.name })] : []
  // A payer that knows no `changedsince` gives the same form every time.
  if (!isNewer && isSameJson(begun.value.questionnaire, kept.questionnaire)) return { ...nothing, retrievedAt }
  return { questionnaire: begun.value.questionnaire, logic: same, exchangeId, retrievedAt, notices }
}

function openKept(deps: FormServiceDeps, row: FormRow, questionnaire: Questionnaire): FormState {
  return openForm({
    questionnaire,
    response: row.response as QuestionnaireResponse,
    meta: row.meta as FormMeta,
    today: row.today,
    evaluator: deps.evaluator,
    chart: chartElsewhere((row.package as FormPackage).chart),
  })
}

const differenceOf = ({ itemKey, old, new: found, origin }: ReopenedAnswer): Difference => ({
  itemKey,
  old: [...old],
  new: [...found],
  origin,
})

/** What the payer filled in stays: population replaces it by itself where the chart says something (spec-73). */
const isMachines = ({ origin }: ItemView): boolean =>
  origin !== null && isAutomatic(origin.source) && origin.kind !== 'payer'

/** Rows that the chart gave are compared with those that it gives now: a row that holds an answer would not be filled. */
function isInPopulatedRow({ items, model }: FormState, item: ItemView): boolean {
  for (let parent = item.parent; parent !== null; parent = items.get(parent)?.parent ?? null) {
    const definition = model.definitions.get(items.get(parent)?.linkId ?? '')
    if (definition !== undefined && isFedGroup(definition)) return true
  }
  return false
}

/** A manual answer at an item that population would fill, or the form compute. */
const isManualInstead =
  ({ model }: FormState) =>
  ({ linkId, origin }: ItemView): boolean => {
    const definition = model.definitions.get(linkId)
    const { initial = null, calculated = null } = definition?.expressions ?? {}
    const isFillable = initial !== null || calculated !== null
    return isFillable && origin?.source === 'manual'
  }

/** The form without some of its answers: population fills those anew, and leaves what stands. */
function without(state: FormState, at: string, isTaken: (item: ItemView) => boolean): KeptForm {
  const draft = new FormDraft(state, at)
  for (const item of state.items.values())
    if (isTaken(item)) draft.patch(item.key, { answers: [], origin: null, lookup: null })
  settle(draft)
  const stripped = draft.finish()
  const edit = { at, author: { reference: null, name: '' } }
  return { response: toResponse(stripped, edit), meta: { ...toMeta(stripped), lookups: {} } }
}

/** Takes or leaves the differences that a person decided on. */
export async function decideDifferences(
  deps: FormServiceDeps,
  launch: LaunchContext,
  row: FormRow,
  decisions: Readonly<Record<string, 'keep' | 'take'>>,
): Promise<Result<Kept, Failure>> {
  if (row.status !== 'in-progress') return err({ reason: 'not-allowed-now' })
  const at = deps.now()
  const before = openKept(deps, row, (row.package as FormPackage).questionnaire)
  const edit = { at, author: authorOf(launch) }
  const decided = workOf(row)
    .differences.filter(({ itemKey }) => decisions[itemKey] !== undefined)
    // What has been answered anew since is not what was shown.
    .filter(({ itemKey, old }) => areSameAnswers(before.items.get(itemKey)?.answers ?? [], old as Answer[]))
    .map((one): ReopenedAnswer => ({ ...one, old: one.old as Answer[], new: one.new as Answer[], action: 'ask' }))
  const after = applyReopened(before, decided, new Map(Object.entries(decisions)), edit)
  const changed = decided.map(({ itemKey }) => itemKey).filter((key) => before.items.get(key) !== after.items.get(key))
  const work = workAfter(row, changed)
  return keepChange(deps, {
    launch,
    row,
    edit,
    before,
    after,
    changed,
    cause: 'taken',
    isNews: true,
    patch: {
      work: { ...work, differences: work.differences.filter(({ itemKey }) => decisions[itemKey] === undefined) },
    },
  })
}
