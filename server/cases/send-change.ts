/**
 * Sends a change of a request, or its cancellation: an update of the Claim (pas.md §5), in one transaction with the case and
 * its lines, like the first. How the case stood before is kept: where the payer refuses the change, it stands so again.
 */
import type { CaseChange, ChangePreview, ChangeView, SendChangeRequest } from '#domain/contract/change.ts'
import { isSameJson } from '#domain/crd/json.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import { validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { describeDocument, listDocuments } from '#domain/tracking/documents.ts'
import { bundleProblems } from '#domain/tracking/review.ts'
import { faultPath } from '#domain/profile/issue.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { ClockRow } from '../store/repositories/clocks.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseContext, CaseDetails } from './case-record.ts'
import { changeCase } from './change-case.ts'
import { enqueueChangeRecord, renderChangeRecord } from './change-record.ts'
import { addableOrders, changeableLines } from './change-lines.ts'
import { clockRows, lineRows } from './open-case.ts'
import { mayChange, prepareChange, readChangeBase, type ChangeDeps, type PreparedChange } from './prepare-change.ts'
import { findCase } from './read-case.ts'
import { chartDocuments } from './review.ts'
import type { SubmitDeps } from './submit.ts'

export interface SendChangeDeps extends Omit<SubmitDeps, 'coverage'>, Pick<ChangeDeps, 'coverage'> {}

/** What could be changed. Fails with `not-allowed-now` where the case's state does not allow any change. */
export async function viewChange(
  deps: SendChangeDeps,
  launch: LaunchContext,
  caseId: string,
): Promise<Result<ChangeView, Failure>> {
  const read = await readChangeBase(deps, launch, caseId)
  if (!read.ok) return read
  const { rows, now } = read.value
  const sent = (read.value.prior.bundle.entry ?? []).flatMap(({ fullUrl }) => fullUrl ?? [])
  const documents = listDocuments(await chartDocuments(deps, launch, caseId))
  return ok({
    caseId,
    version: rows.row.version,
    lines: changeableLines(rows.lines, now),
    orders: addableOrders(rows.lines, now),
    documents: documents
      .filter((document) => !sent.some((address) => isSameReference(address, referenceTo(document))))
      .map(describeDocument),
    mayCancel: mayChange(rows.row, 'cancel'),
  })
}

/** What the payer would be told, and what stands against it. */
export async function previewChange(
  deps: SendChangeDeps,
  launch: LaunchContext,
  caseId: string,
  change: CaseChange,
): Promise<Result<ChangePreview, Failure>> {
  const prepared = await prepareChange(deps, launch, caseId, change)
  if (!prepared.ok) return prepared
  const { base, built, differences } = prepared.value
  const problems = bundleProblems(validatePasRequestBundle(deps.profiles, built.bundle))
  return ok({ version: base.rows.row.version, differences, problems })
}

/** Sends it. The same `submissionId` again gives the same outcome and sends nothing. */
export async function sendChange(
  deps: SendChangeDeps,
  launch: LaunchContext,
  caseId: string,
  request: SendChangeRequest,
): Promise<Result<null, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  if (launch.user.role === 'auditor') return err({ reason: 'may-not-change' })
  const tenant = launch.tenant.id
  const before = await deps.store.read((tx) =>
    deps.store.submissions.findBySubmissionId(tx, tenant, caseId, request.submissionId),
  )
  if (before !== undefined) return ok(null)
  const prepared = await prepareChange(deps, launch, caseId, request.change)
  if (!prepared.ok) return prepared
  const { built, differences, at } = prepared.value
  if (!isSameJson(differences, request.differences)) return err({ reason: 'case-changed' })
  const [fault] = validatePasRequestBundle(deps.profiles, built.bundle)
  if (fault !== undefined) return err({ reason: 'request-invalid', path: faultPath(fault) })
  const payer = deps.payers.get(found.value.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  const record = await renderChangeRecord(launch, {
    context: found.value.context as CaseContext,
    payer,
    differences,
    traceNumber: prepared.value.traceNumber,
    priorTraceNumber: (found.value.details as CaseDetails).traceNumber,
    at,
  })
  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const row = await deps.store.cases.lock(tx, tenant, caseId)
    if (row === undefined) return err({ reason: 'case-not-found' })
    if (row.version !== request.version) return err({ reason: 'case-changed' })
    if (!mayChange(row, request.change.cancelAll ? 'cancel' : 'change')) return err({ reason: 'not-allowed-now' })
    const { submissionId } = request
    const submission = { tenant, caseId, submissionId, payerId: row.payerId, bundle: built.bundle, at }
    if (!(await deps.intermediary.acceptSubmission(tx, submission))) return ok(null)
    await apply(deps, tx, row, prepared.value, launch, request.change)
    await enqueueChangeRecord(deps, tx, { launch, caseId, record, at })
    return ok(null)
  })
}

/** The case as it will stand if the payer takes the change; its lines have no decision until it does. */
async function apply(
  deps: SendChangeDeps,
  tx: Tx,
  row: CaseRow,
  prepared: PreparedChange,
  launch: LaunchContext,
  change: CaseChange,
): Promise<void> {
  const { at, differences } = prepared
  const { tenant, id: caseId } = row
  const lines = await deps.store.lines.listByCase(tx, tenant, caseId)
  const clocks = await deps.store.clocks.listByCase(tx, tenant, caseId)
  const details = row.details as CaseDetails
  const context = contextAfter(row.context as CaseContext, prepared)
  await writeLines(deps, tx, row, lines, prepared)
  const now = await deps.store.lines.listByCase(tx, tenant, caseId)
  await deps.store.clocks.save(tx, clocksAfter(row, context, details, now, clocks, differences))
  await deps.store.cases.update(tx, { tenant, id: caseId }, { context }, at)
  const kind = differences.cancelsAll ? 'cancel' : 'change'
  const before = { state: row.state, context: row.context as CaseContext, details, lines, clocks }
  await changeCase(
    deps,
    tx,
    { ...row, context },
    {
      state: 'sending',
      details: {
        documents: [...(details.documents ?? []), ...change.documents],
        traceNumber: prepared.traceNumber,
        sentAt: null,
        decidedAt: null,
        decisionSource: null,
        errors: [],
        changeErrors: [],
        unknown: null,
        answerCreatedAt: null,
        change: { kind, at, by: launch.user.name, before },
      },
      event: {
        kind: kind === 'cancel' ? 'cancelling' : 'changed',
        actor: launch.user.name,
        payload: { params: { count: differences.lines.length + differences.documents.length } },
      },
    },
    at,
  )
}

/** The orders as they were sent: what the next change starts from. */
function contextAfter(context: CaseContext, { base, lines }: PreparedChange): CaseContext {
  const sent = (base.group?.orders ?? []).filter((order) =>
    lines.some(({ orderRef }) => isSameReference(orderRef, referenceTo(order))),
  )
  const isSent = (order: CaseContext['orders'][number]): boolean =>
    sent.some((one) => isSameReference(referenceTo(one), referenceTo(order)))
  return { ...context, orders: [...context.orders.filter((order) => !isSent(order)), ...sent] }
}

const UNDECIDED = { status: 'none', allowed: null, decision: null } as const

async function writeLines(
  deps: SendChangeDeps,
  tx: Tx,
  row: CaseRow,
  before: readonly LineRow[],
  { differences, lines }: PreparedChange,
): Promise<void> {
  const fresh = lineRows(row.tenant, row.id, lines)
  const isThere = ({ sequence }: LineRow): boolean => before.some((line) => line.sequence === sequence)
  await deps.store.lines.insert(
    tx,
    fresh.filter((line) => !isThere(line)),
  )
  for (const { sequence, after } of differences.lines) {
    const where = { tenant: row.tenant, caseId: row.id, sequence }
    const line = fresh.find((one) => one.sequence === sequence)
    const detail =
      line === undefined ? {} : { detail: line.detail, title: line.title, system: line.system, code: line.code }
    const wanted =
      after === null
        ? {}
        : {
            asked: after.asked?.value ?? null,
            unit: after.asked?.unit ?? null,
            startsOn: after.start,
            endsOn: after.end,
          }
    await deps.store.lines.update(tx, where, { ...UNDECIDED, ...detail, ...wanted })
  }
}

/** A clock that binds a line which is asked for anew begins anew; the others go on as they are. */
function clocksAfter(
  row: CaseRow,
  context: CaseContext,
  { urgency }: CaseDetails,
  lines: readonly LineRow[],
  known: readonly ClockRow[],
  { lines: differing }: PreparedChange['differences'],
): ClockRow[] {
  const live = lines.filter((line) => line.status !== 'cancelled')
  const asked = new Set(differing.filter(({ change }) => change !== 'cancelled').map(({ sequence }) => sequence))
  return clockRows(row.tenant, row.id, context, live, urgency.level).map((clock) => {
    const before = known.find(({ id }) => id === clock.id)
    return before === undefined || clock.lineSequences.some((sequence) => asked.has(sequence))
      ? clock
      : { ...before, lineSequences: clock.lineSequences }
  })
}
