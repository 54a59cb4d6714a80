/**
 * Reopening (dtr.md §1.4): the payer is asked whether its form changed since it was retrieved, and every answer that a machine
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
import { applyReopened, compareReopened, type ReopenedAnswer } from '#domain/dtr/population/reopening.ts'
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
import type { FormPackage } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keepExchange } from './keep-exchange.ts'
import { readKeptPackage } from './kept-package.ts'
import { authorOf, headOf, populateForm, type PackageLogic } from './populate-form.ts'
import { keepChange, workOf, type Kept } from './save-form.ts'

export interface Reopened {
  readonly launch: LaunchContext
  readonly row: FormRow
  readonly context: CaseContext
  readonly payer: PayerConfig
}

/** Computes anew and keeps what differs. */
export async function recomputeForm(deps: FormServiceDeps, opened: Reopened): Promise<Result<Kept, Failure>> {
  const { launch, row, context } = opened
  if (row.status !== 'in-progress') return err({ reason: 'not-allowed-now' })
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
    logic: newer.logic ?? (await readKeptPackage(deps.store, row, kept)),
    asking: { client: deps.payerDtr, payer: opened.payer, keep: keepWith(deps, opened) },
    today,
    onProgress: () => undefined,
  }
  const filled = await populateForm(deps, deps.ehr(launch), { ...request, start: without(before, at, isMachines) })
  // What population would have given in place of a manual answer: asked only where one stands at such an item.
  const instead = [...before.items.values()].some(isManualInstead(before))
    ? await populateForm(deps, deps.ehr(launch), { ...request, start: without(before, at, isManualInstead(before)) })
    : null
  const reopened = [
    ...compareReopened(before, filled.state).filter(({ action }) => action !== 'relabel'),
    ...(instead === null ? [] : compareReopened(before, instead.state)).filter(({ action }) => action === 'relabel'),
  ]
  const edit = { at, author: authorOf(launch) }
  const work = workOf(row)
  return keepChange(deps, {
    launch,
    row,
    edit,
    before,
    after: applyReopened(before, reopened, new Map(), edit),
    changed: reopened.filter(({ action }) => action !== 'ask').map(({ itemKey }) => itemKey),
    cause: 'populated',
    patch: {
      today,
      // What population gives now is what later saves are held against: a taken value is the chart's, not a person's.
      package: {
        ...kept,
        ...filled.kept,
        prefill: kept.prefill,
        retrievedAt: newer.retrievedAt ?? kept.retrievedAt,
        exchangeId: newer.exchangeId ?? kept.exchangeId,
      },
      work: {
        ...work,
        notices: [...work.notices, ...newer.notices],
        differences: reopened.filter(({ action }) => action === 'ask').map(differenceOf),
      },
    },
    also: async (tx) => {
      for (const one of instead === null ? [filled] : [filled, instead])
        await deps.store.evidence.insert(tx, evidenceRows(row.tenant, row.caseId, one, at))
    },
  })
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

/** Asks by `changedsince` with our own retrieval instant; an adaptive form is never replaced under its answers. */
async function fetchNewer(deps: FormServiceDeps, opened: Reopened, kept: FormPackage, today: string): Promise<Newer> {
  const { launch, row, context, payer } = opened
  const keep = keepWith(deps, opened)
  const nothing: Newer = { questionnaire: null, logic: null, exchangeId: null, retrievedAt: null, notices: [] }
  if (workOf(row).adaptive !== null) return nothing
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

/** A manual answer at an item that population would fill. */
const isManualInstead =
  ({ model }: FormState) =>
  ({ linkId, origin }: ItemView): boolean => {
    const definition = model.definitions.get(linkId)
    const isFillable = definition !== undefined && definition.expressions.initial !== null
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
  const work = workOf(row)
  const decided = work.differences
    .filter(({ itemKey }) => decisions[itemKey] !== undefined && before.items.has(itemKey))
    .map((one): ReopenedAnswer => ({ ...one, old: one.old as Answer[], new: one.new as Answer[], action: 'ask' }))
  const after = applyReopened(before, decided, new Map(Object.entries(decisions)), edit)
  return keepChange(deps, {
    launch,
    row,
    edit,
    before,
    after,
    changed: decided.map(({ itemKey }) => itemKey).filter((key) => before.items.get(key) !== after.items.get(key)),
    cause: 'taken',
    patch: {
      work: { ...work, differences: work.differences.filter(({ itemKey }) => decisions[itemKey] === undefined) },
    },
  })
}
