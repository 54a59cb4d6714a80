/**
 * What a change of a sent request would be: read, built, compared and judged, and nothing written. `send-change.ts` sends it.
 */
import type { DocumentReference } from 'fhir/r4'
import type { CaseChange, Differences } from '#domain/contract/change.ts'
import type { Order } from '#domain/context/order.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import { nextSequence } from '#domain/pas/claim-change.ts'
import type { LineNumbers } from '#domain/pas/claim-update.ts'
import type { RequestLine } from '#domain/pas/request-lines.ts'
import { titleOf } from '#domain/pas/submit-attachment.ts'
import { buildUpdateBundle, type BuiltUpdate } from '#domain/pas/update-bundle.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { mayChangeLine, mayDo } from '#domain/tracking/case-actions.ts'
import { describeDifferences } from '#domain/tracking/claim-differences.ts'
import { listDocuments } from '#domain/tracking/documents.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { CaseContext, CaseDetails } from './case-record.ts'
import type { CaseRows } from './case-view.ts'
import { currentLines, presentOrder } from './change-lines.ts'
import type { CoveragePort, FormForReview, OrderGroupForCase } from './ports.ts'
import { readPriorVersion, type PriorVersion } from './prior-version.ts'
import { readCase } from './read-case.ts'
import { mintIdentifiers, requestInput } from './request.ts'
import { chartDocuments, inlineDocuments, type ReviewDeps } from './review.ts'

export interface ChangeDeps extends ReviewDeps {
  readonly coverage: CoveragePort
}

/** A case that may be changed, with everything that a change is made from. */
export interface ChangeBase {
  readonly rows: CaseRows
  readonly payer: PayerConfig
  readonly context: CaseContext
  readonly prior: PriorVersion
  /** Null where the chart cannot be asked now: what is in the case can still be changed. */
  readonly group: OrderGroupForCase | null
  readonly form: FormForReview
  readonly now: readonly RequestLine[]
}

/** What would be sent, and what it means. */
export interface PreparedChange {
  readonly base: ChangeBase
  readonly built: BuiltUpdate
  readonly differences: Differences
  /** Lines that are new, or take over what their order says. */
  readonly lines: readonly RequestLine[]
  readonly traceNumber: string
  readonly at: string
}

/** Whether a case may be changed, or cancelled, in its present state. */
export function mayChange(row: CaseRow, action: 'change' | 'cancel'): boolean {
  return mayDo(action, {
    state: row.state as Parameters<typeof mayDo>[1]['state'],
    payerDeduplicates: false,
    attachable: false,
    sent: (row.details as CaseDetails).traceNumber !== null,
  })
}

/** Reads the case, the version that the payer has, the form, and the chart's orders. */
export async function readChangeBase(
  deps: ChangeDeps,
  launch: LaunchContext,
  caseId: string,
): Promise<Result<ChangeBase, Failure>> {
  const rows = await readCase(deps.store, launch, caseId, null)
  if (!rows.ok) return rows
  const { row } = rows.value
  if (!mayChange(row, 'cancel')) return err({ reason: 'not-allowed-now' })
  const payer = deps.payers.get(row.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  const prior = await readPriorVersion(deps.store, row)
  if (!prior.ok) return prior
  const form = await deps.forms.read(launch.tenant.id, caseId)
  if (!form.ok) return form
  const found = await deps.coverage.group(launch, row.groupId)
  const group = found.ok && found.value.payerId === row.payerId ? found.value : null
  const context = row.context as CaseContext
  const now = currentLines(context, group, form.value, deps.units)
  return ok({ rows: rows.value, payer, context, prior: prior.value, group, form: form.value, now })
}

/** Names what the change names that is not there, or may not be changed. */
function refuse(lines: readonly LineRow[], change: CaseChange): Failure | undefined {
  const named = [...change.edits.map(({ sequence }) => sequence), ...change.fromOrder, ...change.cancelled]
  for (const sequence of named) {
    const line = lines.find((one) => one.sequence === sequence)
    if (line === undefined) return { reason: 'line-not-found', path: 'change', params: { line: sequence } }
    if (!mayChangeLine(line.status)) return { reason: 'line-not-changeable', params: { line: sequence } }
  }
  const isBackwards = change.edits.some(({ sequence, start, end }) => {
    const line = lines.find((one) => one.sequence === sequence)
    const from = start ?? line?.startsOn ?? null
    const to = end ?? line?.endsOn ?? null
    return from !== null && to !== null && to < from
  })
  return isBackwards ? { reason: 'dates-reversed', path: 'change.edits' } : undefined
}

/** The lines that are built anew: those that take over their order, and those that are added under the next sequences. */
function freshLines(base: ChangeBase, change: CaseChange): Result<RequestLine[], Failure> {
  const claim = base.prior.bundle.entry?.[0]?.resource
  const next = nextSequence(claim?.resourceType === 'Claim' ? claim.item : [])
  const orderOf = (reference: string): RequestLine | undefined =>
    base.now.find(({ orderRef }) => isSameReference(orderRef, reference))
  const wanted = [
    ...base.rows.lines.filter(({ sequence }) => change.fromOrder.includes(sequence)),
    ...change.added.map((orderRef, index) => ({ orderRef, sequence: next + index })),
  ]
  const lines: RequestLine[] = []
  for (const { orderRef, sequence } of wanted) {
    const line = orderOf(orderRef)
    if (line === undefined) return err({ reason: 'order-missing', ref: orderRef })
    lines.push({ ...line, sequence })
  }
  return ok(lines)
}

async function chosenDocuments(
  deps: ChangeDeps,
  launch: LaunchContext,
  caseId: string,
  references: readonly string[],
): Promise<Result<DocumentReference[], Failure>> {
  if (references.length === 0) return ok([])
  const listed = listDocuments(await chartDocuments(deps, launch, caseId))
  const chosen = listed.filter((document) => references.includes(referenceTo(document) ?? ''))
  if (chosen.length !== new Set(references).size) return err({ reason: 'document-not-found', path: 'change.documents' })
  return inlineDocuments(deps, launch, caseId, chosen)
}

/** Prepares a change: what would be sent, and what the payer would be told. Writes nothing. */
export async function prepareChange(
  deps: ChangeDeps,
  launch: LaunchContext,
  caseId: string,
  change: CaseChange,
): Promise<Result<PreparedChange, Failure>> {
  const read = await readChangeBase(deps, launch, caseId)
  if (!read.ok) return read
  const base = read.value
  const fault = refuse(base.rows.lines, change)
  if (fault !== undefined) return err(fault)
  const lines = freshLines(base, change)
  if (!lines.ok) return lines
  const documents = await chosenDocuments(deps, launch, caseId, change.documents)
  if (!documents.ok) return documents
  const at = deps.now()
  const identifiers = mintIdentifiers(deps.baseUrl, launch.tenant, deps.newId)
  const orders = lines.value.flatMap(({ orderRef }) => presentOrder(base.context, base.group, orderRef) ?? [])
  const built = buildUpdateBundle({
    prior: base.prior.bundle,
    change: {
      cancelAll: change.cancelAll,
      edits: change.edits.map(({ sequence, quantity, start, end }) => ({
        sequence,
        ...(quantity === null ? {} : { quantity }),
        ...(start === null ? {} : { start }),
        ...(end === null ? {} : { end }),
      })),
      cancelled: change.cancelled,
      approved: base.rows.lines.filter(({ status }) => status === 'approved').map(({ sequence }) => sequence),
    },
    numbers: base.rows.lines.map(numbersOf),
    additions: additions(base, launch, {
      lines: lines.value,
      orders,
      documents: documents.value,
      change,
      identifiers,
      at,
    }),
  })
  if (!built.ok) return built
  return ok({
    base,
    built: built.value,
    differences: differencesOf(base, built.value, lines.value, documents.value),
    lines: lines.value,
    traceNumber: identifiers.claim.value,
    at,
  })
}

/** The numbers under which the payer knows a line. */
function numbersOf({ sequence, authorizationNumber, decision }: LineRow): LineNumbers {
  const { trackingNumber = null } = (decision ?? {}) as { trackingNumber?: string | null }
  return { sequence, authorization: authorizationNumber, tracking: trackingNumber }
}

interface Additions {
  readonly lines: readonly RequestLine[]
  readonly orders: readonly Order[]
  readonly documents: readonly DocumentReference[]
  readonly change: CaseChange
  readonly identifiers: ReturnType<typeof mintIdentifiers>
  readonly at: string
}

function additions(base: ChangeBase, { tenant }: LaunchContext, parts: Additions): ReturnType<typeof requestInput> {
  const { payer, context, form, group, rows } = base
  const known = [...(group?.known ?? []), ...context.known]
  const details = { ...(rows.row.details as CaseDetails), urgency: { level: 'standard' as const, reason: null } }
  const input = requestInput({
    tenant,
    payer,
    context: { ...context, orders: parts.orders, known },
    details,
    form,
    responses: [],
    documents: parts.documents,
    lines: parts.lines,
    identifiers: parts.identifiers,
    at: parts.at,
    seed: base.prior.firstClaimId,
  })
  const text = parts.change.message?.trim() ?? ''
  return { ...input, message: text === '' ? null : text }
}

function differencesOf(
  base: ChangeBase,
  built: BuiltUpdate,
  lines: readonly RequestLine[],
  documents: readonly DocumentReference[],
): Differences {
  const claimIn = ({ entry }: BuiltUpdate['bundle']) => {
    const claim = entry?.[0]?.resource
    if (claim?.resourceType !== 'Claim') throw new Error('a Bundle that was built has no Claim')
    return claim
  }
  return describeDifferences(claimIn(base.prior.bundle), claimIn(built.bundle), built.diff, {
    lineTitle: (sequence) =>
      lines.find((line) => line.sequence === sequence)?.title ??
      base.rows.lines.find((line) => line.sequence === sequence)?.title ??
      '',
    documentTitle: (reference) => {
      const document = documents.find((one) => isSameReference(referenceTo(one), reference))
      return document === undefined ? null : titleOf(document)
    },
  })
}
