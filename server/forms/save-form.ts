/** Saves what a person did in a form: judged, merged with what others saved meanwhile, each changed answer written down. */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta, ItemConflict } from '#domain/contract/form.ts'
import type { Edit, FormState } from '#domain/dtr/form/form-state.ts'
import { judgeSave } from '#domain/dtr/response/judge-save.ts'
import { listForeignParts } from '#domain/dtr/form/delegation.ts'
import { listTheirChanges, mergeSaves } from '#domain/dtr/response/merge-saves.ts'
import { listAwaiting } from '#domain/dtr/population/late-population.ts'
import { chartElsewhere } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { isFrozen } from '#domain/tracking/case-state.ts'
import type { LaunchContext } from '../context.ts'
import type { FormChangeRow } from '../store/repositories/form-changes.ts'
import type { FormKey, FormPatch, FormRow } from '../store/repositories/forms.ts'
import type { Tx } from '../store/tx.ts'
import { figuresOf } from './form-figures.ts'
import { isAskedForm, NEW_WORK, type FormPackage, type FormWork } from './form-record.ts'
import type { FormServiceDeps, SaveForm } from './form-service.ts'
import { authorOf } from './populate-form.ts'

export interface Kept {
  readonly version: number
  readonly savedAt: string
}

export interface SavedNow extends Kept {
  /** null where nobody saved in between. */
  readonly conflicts: readonly ItemConflict[] | null
  /** What the answers brought in and only the chart can fill. */
  readonly awaited: readonly string[]
}

type KeepDeps = Pick<FormServiceDeps, 'store' | 'announce'>

/** Judges and keeps a save. */
export async function saveForm(
  deps: Pick<FormServiceDeps, 'store' | 'announce' | 'now' | 'evaluator'>,
  launch: LaunchContext,
  row: FormRow,
  request: SaveForm,
): Promise<Result<SavedNow, Failure>> {
  if (row.status === 'populating') return err({ reason: 'form-populating' })
  if (row.status !== 'in-progress') return err({ reason: 'not-allowed-now' })
  const isLate = row.version !== request.version
  if (isLate && (request.merge !== true || request.version > row.version)) return err({ reason: 'form-changed' })
  if ((request.response as { resourceType?: unknown } | null)?.resourceType !== 'QuestionnaireResponse')
    return err({ reason: 'invalid-request', path: 'response' })
  const at = deps.now()
  const edit: Edit = { at, author: authorOf(launch) }
  const kept = row.package as FormPackage
  const held = await deps.store.read((tx) => deps.store.formTeam.listDelegations(tx, row.tenant, row.caseId))
  const judged = judgeSave({
    questionnaire: kept.questionnaire,
    populated: kept.populated,
    stored: { response: row.response as QuestionnaireResponse, meta: row.meta as FormMeta },
    submitted: { response: request.response as QuestionnaireResponse, meta: request.meta },
    edit,
    today: row.today,
    evaluator: deps.evaluator,
    chart: chartElsewhere(kept.chart),
    foreignParts: listForeignParts(launch.user.role, held),
  })
  if (judged.refusal !== null) return err({ reason: judged.refusal })
  const { before } = judged
  const merged = isLate
    ? mergeSaves(
        judged.state,
        before,
        listTheirChanges(await deps.store.read((tx) => deps.store.formChanges.listSince(tx, row, request.version))),
        at,
      )
    : { state: judged.state, conflicts: null }
  const changed = judged.changed.filter((key) => !isSame(before, merged.state, key))
  const change = { launch, row, edit, before, after: merged.state, changed, cause: 'saved' as const }
  const saved = await keepChange(deps, change)
  if (!saved.ok) return saved
  return ok({ ...saved.value, conflicts: merged.conflicts, awaited: listAwaiting(before, merged.state) })
}

/** Whether merging gave an item back what it was. */
function isSame(before: FormState, after: FormState, key: string): boolean {
  const [old, next] = [before.items.get(key), after.items.get(key)]
  return old?.origin === next?.origin && JSON.stringify(old?.answers) === JSON.stringify(next?.answers)
}

export interface Change {
  readonly launch: LaunchContext
  readonly row: FormRow
  readonly edit: Edit
  readonly before: FormState
  readonly after: FormState
  readonly changed: readonly string[]
  readonly cause: FormChangeRow['cause']
  /** Open pages are told also where no answer changed. */
  readonly isNews?: boolean
  /** What else of the row changes with it. */
  readonly patch?: FormPatch
  /** Written in the same transaction. */
  readonly also?: (tx: Tx) => Promise<void>
}

/** Keeps a changed form with its history, in one transaction; fails where somebody was quicker, or the case was sent. */
export async function keepChange(deps: KeepDeps, change: Change): Promise<Result<Kept, Failure>> {
  const { store } = deps
  const { launch, row, edit, after, changed } = change
  const { tenant, caseId } = row
  return store.transaction(async (tx): Promise<Result<Kept, Failure>> => {
    const held = await store.cases.lock(tx, tenant, caseId)
    if (held === undefined) return err({ reason: 'case-not-found' })
    // A form that the payer asks for afterwards is filled while the request lies with it.
    if (isFrozen(held.state as Parameters<typeof isFrozen>[0]) && !isAskedForm(row.formId))
      return err({ reason: 'already-sent' })
    const { questionnaire } = row.package as FormPackage
    const patch: FormPatch = {
      response: toResponse(after, edit),
      meta: toMeta(after),
      summary: figuresOf(questionnaire, after),
      savedAt: edit.at,
      savedBy: launch.user.name,
      work: workAfter(row, changed),
      ...change.patch,
    }
    const version = await store.forms.update(tx, { ...keyOf(row), expectedVersion: row.version }, patch)
    if (version === undefined) return err({ reason: 'form-changed' })
    await store.formChanges.insert(tx, historyRows(change, version))
    await change.also?.(tx)
    if (changed.length === 0) {
      if (change.isNews === true) await deps.announce(tx, { tenant, caseId, version: held.version })
      return ok({ version, savedAt: edit.at })
    }
    // A review that was read before this save is out of date: its signer must see the change first.
    const caseVersion = await store.cases.update(tx, { tenant, id: caseId }, {}, edit.at)
    await store.events.append(tx, {
      tenant,
      caseId,
      at: edit.at,
      kind: 'form-saved',
      actor: change.cause === 'populated' ? null : launch.user.name,
      payload: { params: { count: changed.length }, changed },
    })
    if (caseVersion !== undefined) await deps.announce(tx, { tenant, caseId, version: caseVersion })
    return ok({ version, savedAt: edit.at })
  })
}

export const keyOf = ({ tenant, caseId, formId }: FormKey): FormKey => ({ tenant, caseId, formId })

export const workOf = (row: Pick<FormRow, 'work'>): FormWork => (row.work as FormWork | null) ?? NEW_WORK

/** A copy in the EHR is behind from the first change on. Who answers a question anew has decided what the chart asked. */
export function workAfter(row: FormRow, changed: readonly string[]): FormWork {
  const work = workOf(row)
  if (changed.length === 0) return work
  const differences = work.differences.filter(({ itemKey }) => !changed.includes(itemKey))
  return work.ehr.state === 'saved'
    ? { ...work, differences, ehr: { ...work.ehr, state: 'outdated' } }
    : { ...work, differences }
}

function historyRows({ row, edit, before, after, changed, cause }: Change, version: number): FormChangeRow[] {
  return changed.map((itemKey) => {
    const next = after.items.get(itemKey)
    const from = [...(before.items.get(itemKey)?.answers ?? [])]
    const to = [...(next?.answers ?? [])]
    const isConfirmed = JSON.stringify(from) === JSON.stringify(to)
    return {
      ...keyOf(row),
      version,
      itemKey,
      at: edit.at,
      actor: edit.author.name,
      cause: isConfirmed && cause === 'saved' ? 'confirmed' : cause,
      change: { from, to, source: to.length === 0 ? null : (next?.origin?.source ?? null) },
    }
  })
}
