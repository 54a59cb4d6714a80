/** A case as the app shows it, from its rows. Pure: the same rows and moment give the same view. */
import type { CaseView, InformationRequest, LineView } from '#domain/contract/case.ts'
import type { ClockView } from '#domain/contract/common.ts'
import { message } from '#domain/result.ts'
import { allowedActions, mayAttach, mayFillForm } from '#domain/tracking/case-actions.ts'
import { caseTitle, nextStep, type Standing } from '#domain/tracking/case-title.ts'
import type { PayerConfig } from '../config.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { ClockRow } from '../store/repositories/clocks.ts'
import type { DocumentRow } from '../store/repositories/documents.ts'
import type { EventRow } from '../store/repositories/events.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import { routeOf } from '../config.ts'
import { toTimeline } from './case-event.ts'
import { readDetails, type CaseContext, type CaseDetails } from './case-record.ts'

export interface CaseRows {
  readonly row: CaseRow
  readonly lines: readonly LineRow[]
  readonly clocks: readonly ClockRow[]
  readonly events: readonly EventRow[]
  readonly documents: readonly Omit<DocumentRow, 'content'>[]
  /** Null where the form is not read yet. */
  readonly openAnswers: number | null
}

/** The part of a line's decision that has no column of its own. */
export interface LineDecision {
  readonly reviewActionCode: string | null
  readonly trackingNumber: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
  readonly issuedOn: string | null
  readonly reasons: LineView['reasons']
  readonly notes: LineView['notes']
}

const UNDECIDED: LineDecision = {
  reviewActionCode: null,
  trackingNumber: null,
  validFrom: null,
  validTo: null,
  issuedOn: null,
  reasons: [],
  notes: [],
}

/** One line as shown. */
export function lineView(line: LineRow): LineView {
  const decision = (line.decision ?? UNDECIDED) as LineDecision
  const amount = (value: string | null): LineView['asked'] => (value === null ? null : { value, unit: line.unit ?? '' })
  return {
    sequence: line.sequence,
    kind: line.kind,
    title: line.title,
    code: line.code,
    system: line.system,
    detail: line.detail,
    asked: amount(line.asked),
    allowed: amount(line.allowed),
    start: line.startsOn,
    end: line.endsOn,
    status: line.status as LineView['status'],
    authorizationNumber: line.authorizationNumber,
    ...decision,
  }
}

/** One clock as shown. */
export function clockView(clock: ClockRow): ClockView {
  return {
    id: clock.id,
    scope: clock.scope,
    lineSequences: [...clock.lineSequences],
    rule: clock.rule,
    citation: clock.citation,
    limit: { value: clock.limitValue, unit: clock.limitUnit },
    startedAt: clock.startedAt,
    dueAt: clock.dueAt,
    stoppedAt: clock.stoppedAt,
  }
}

/** What titles and next steps are made from. */
export function standingOf(rows: Pick<CaseRows, 'row' | 'lines' | 'openAnswers'>, payer: PayerConfig): Standing {
  const details = rows.row.details as CaseDetails
  const stored = rows.row.state as Standing['state']
  return {
    // A draft whose form asks for nothing more is ready to be signed.
    state: stored === 'draft' && rows.openAnswers === 0 ? 'ready' : stored,
    payerName: payer.name,
    payerPhone: payer.phone,
    lines: rows.lines.map((line) => line.status as LineView['status']),
    openRequests: details.requests.filter((request) => !request.answered).length,
    openAnswers: rows.openAnswers,
    unknownStep: details.unknown?.step ?? null,
  }
}

function elsewhere(payer: PayerConfig, { payerUrl }: InformationRequest): string | null {
  const route = routeOf(payer, payerUrl)
  return route.kind === 'elsewhere' ? route.address : null
}

/** GET …/cases/:caseId */
export function caseView(rows: CaseRows, payer: PayerConfig): CaseView {
  const { row } = rows
  const context = row.context as CaseContext
  const details = readDetails(row.details)
  const standing = standingOf(rows, payer)
  const { message: next, owner } = nextStep(standing)
  const lines = rows.lines.map(lineView)
  return {
    caseId: row.id,
    groupId: row.groupId,
    version: row.version,
    state: standing.state,
    title: caseTitle(standing),
    subtitle: subtitle(details, payer),
    service: context.service,
    payer: { id: payer.id, name: payer.name, phone: payer.phone },
    lines,
    clocks: rows.clocks.map(clockView),
    authorizationNumbers: [...new Set(lines.flatMap((line) => line.authorizationNumber ?? []))],
    decisionSource: details.decisionSource,
    sentAt: details.sentAt,
    decidedAt: details.decidedAt,
    traceNumber: details.traceNumber,
    requests: details.requests.map((request) => ({ ...request, elsewhere: elsewhere(payer, request) })),
    errors: details.errors,
    changeErrors: details.changeErrors,
    answer: details.answer,
    pendingChange: pendingChange(details),
    inquiry: details.inquiry,
    unknown: details.unknown,
    nextStep: next,
    owner,
    actions: allowedActions({
      state: standing.state,
      payerDeduplicates: payer.pas?.deduplicates ?? false,
      attachable: details.requests.some(
        (request) => routeOf(payer, request.payerUrl).kind === 'send' && (mayAttach(request) || mayFillForm(request)),
      ),
      sent: details.traceNumber !== null,
    }),
    timeline: toTimeline(rows.events),
    documents: rows.documents.map((document) => ({
      documentId: document.id,
      title: document.title,
      createdAt: document.createdAt,
      writtenToChart: document.writtenToChart,
      writeFailure: document.writeFailure,
    })),
  }
}

function pendingChange({ change }: CaseDetails): CaseView['pendingChange'] {
  return change ? { kind: change.kind, at: change.at, by: change.by } : null
}

function subtitle(details: CaseDetails, payer: PayerConfig): CaseView['subtitle'] {
  if (details.decidedAt !== null && details.decisionSource === 'person')
    return message('case.subtitle.recorded', { payer: payer.name, at: details.decidedAt })
  if (details.decidedAt !== null) return message('case.subtitle.decided', { payer: payer.name, at: details.decidedAt })
  if (details.sentAt !== null) return message('case.subtitle.sent', { payer: payer.name, at: details.sentAt })
  return null
}
