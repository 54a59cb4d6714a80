/**
 * What happens to a case when its request moves: sent, answered, unknown. Called by the intermediary inside the
 * transaction that also holds the exchange and the job, so that all of it is kept or nothing.
 */
import type { CaseState } from '#domain/contract/case.ts'
import type { LineStatus } from '#domain/contract/line-status.ts'
import { isSameJson } from '#domain/crd/json.ts'
import type { PasResponse } from '#domain/pas/pas-response.ts'
import { message } from '#domain/result.ts'
import { applyAnswer, isStale, type AnswerChange } from '#domain/tracking/apply-answer.ts'
import { isDecided } from '#domain/tracking/case-state.ts'
import { otherAnswer } from '#domain/tracking/inquiry.ts'
import { rejectionView } from '#domain/tracking/rejection.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { CaseUpdates } from '../intermediary/case-updates.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import { resetClocks, startClocks, stopClocks } from './case-clocks.ts'
import type { CaseEventKind, CaseEventPayload } from './case-event.ts'
import { readDetails, type CaseDetails, type PendingChange } from './case-record.ts'
import type { LineDecision } from './case-view.ts'
import { changeCase, payerOf, type ChangeCaseDeps } from './change-case.ts'
import type { FormsPort } from './ports.ts'
import { answeredBefore, restoreBefore } from './undo-change.ts'

export interface CaseUpdatesDeps extends ChangeCaseDeps {
  readonly tenants: ReadonlyMap<string, TenantConfig>
  /** A rejected request is corrected in its form: it takes edits again. */
  readonly reopenForm: FormsPort['reopen']
}

export function createCaseUpdates(deps: CaseUpdatesDeps): CaseUpdates {
  const { store } = deps
  const locked = (tx: Tx, at: { tenant: string; caseId: string }): Promise<CaseRow | undefined> =>
    store.cases.lock(tx, at.tenant, at.caseId)

  return {
    async attached(tx, { tenant, caseId, requestId, status, reason, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined) return
      const { requests } = row.details as CaseDetails
      const known = requests.find(({ id }) => id === requestId)
      if (known?.answer?.status !== 'sending') return
      const answer = { ...known.answer, status, reason }
      const told = { ...known, answer, answered: known.answered || status === 'received' }
      const payload = { params: { payer: payerOf(deps, row.payerId).name } }
      await changeCase(
        deps,
        tx,
        row,
        {
          details: { requests: requests.map((one) => (one === known ? told : one)) },
          event: { kind: `attachment-${status}`, actor: payload.params.payer, payload },
        },
        at,
      )
    },

    async addressFor(tx, { tenant, caseId, requestId }) {
      const row = await store.cases.find(tx, tenant, caseId)
      const requests = row === undefined ? [] : readDetails(row.details).requests
      return requests.find(({ id }) => id === requestId)?.payerUrl ?? null
    },

    async inquired(tx, { tenant, caseId, by, reached, own, others, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined) return
      const asked = (row.details as CaseDetails).inquiry
      const said = others.map(otherAnswer)
      const state = !reached ? 'not-reached' : own ? 'found' : said.length > 0 ? 'others' : 'nothing'
      const inquiry = { at: asked?.at ?? at, by: asked?.by ?? '', how: by, state, others: said } as const
      const payer = payerOf(deps, row.payerId)
      const event = {
        kind: `inquiry-${state}` as const,
        actor: reached ? payer.name : null,
        payload: { params: { payer: payer.name } },
      }
      await changeCase(deps, tx, row, { details: { inquiry }, event }, at)
    },

    async sent(tx, { tenant, caseId, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined || row.state !== 'sending') return
      const sentAt = leftAt(row.details as CaseDetails) ?? at
      await noteSent(deps, tx, row, payerOf(deps, row.payerId), sentAt)
      await changeCase(deps, tx, row, { state: 'sent', details: { sentAt } }, at)
    },

    async answered(tx, { tenant, caseId, submissionRowId, response, decisionSource, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined) return
      const details = row.details as CaseDetails
      if (await isOfEarlierVersion(store, tx, row, submissionRowId))
        return takeEarlierAnswer(deps, tx, row, response, at)
      const byPayer = details.decisionSource === 'payer'
      const known = { createdAt: details.answerCreatedAt, decided: byPayer && isDecided(row.state as CaseState) }
      if (isStale(response, known) || (byPayer && isRepetition(response, details))) return
      const lines = await store.lines.listByCase(tx, tenant, caseId)
      const change = applyAnswer(lines.map(knownOf), details.requests, response)
      if (change.event === 'rejected' && details.change)
        return dropChange(deps, tx, row, details.change, change.errors, at)
      await writeLines(store, tx, lines, change)
      const payer = payerOf(deps, row.payerId)
      const sentAt = details.sentAt ?? leftAt(details) ?? at
      if (details.sentAt === null) await noteSent(deps, tx, row, payer, sentAt)
      await stopClocks(store, tx, row, { lines, change, at })
      if (change.event === 'rejected') await deps.reopenForm(tx, tenant, caseId, at)
      await changeCase(
        deps,
        tx,
        row,
        {
          state: change.state,
          details: {
            sentAt,
            decidedAt: change.decided ? at : null,
            decisionSource,
            requests: change.requests,
            errors: change.errors,
            answer: change.answer,
            unknown: change.state === 'unknown' ? { since: at, step: 'person', nextAt: null } : null,
            answerCreatedAt: response.createdAt ?? details.answerCreatedAt,
            ...(change.decided ? { change: null } : {}),
          },
          event: {
            kind: change.event,
            actor: payer.name,
            payload: {
              params: { payer: payer.name, count: change.requests.filter((request) => !request.answered).length },
            },
          },
        },
        at,
      )
    },

    async refused(tx, { tenant, caseId, submissionRowId, reason, errors, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined || (await isOfEarlierVersion(store, tx, row, submissionRowId))) return
      const payer = payerOf(deps, row.payerId)
      const notSent = {
        code: reason,
        text: message('case.error.notSent', { payer: payer.name }),
        followUp: null,
        element: null,
        path: null,
        note: null,
      }
      const { change } = row.details as CaseDetails
      if (change)
        return dropChange(deps, tx, row, change, reason === 'refused' ? errors.map(rejectionView) : [notSent], at)
      await resetClocks(store, tx, row)
      await deps.reopenForm(tx, tenant, caseId, at)
      await changeCase(
        deps,
        tx,
        row,
        {
          state: reason === 'refused' ? 'rejected' : 'ready',
          details: {
            sentAt: null,
            unknown: null,
            decidedAt: null,
            decisionSource: reason === 'refused' ? 'payer' : null,
            errors: reason === 'refused' ? errors.map(rejectionView) : [notSent],
          },
          event: {
            kind: reason === 'refused' ? 'rejected' : 'not-sent',
            actor: reason === 'refused' ? payer.name : null,
            payload: { params: { payer: payer.name } },
          },
        },
        at,
      )
    },

    async unknown(tx, { tenant, caseId, since, step, nextAt, at }) {
      const row = await locked(tx, { tenant, caseId })
      if (row === undefined || !['sending', 'sent', 'unknown'].includes(row.state)) return
      const details = row.details as CaseDetails
      const payer = payerOf(deps, row.payerId)
      const sentAt = details.sentAt ?? leftAt(details) ?? at
      if (details.sentAt === null) await noteSent(deps, tx, row, payer, sentAt)
      const kind: CaseEventKind = step === 'resending' ? 'resending' : step === 'inquiring' ? 'inquired' : 'unknown'
      const repeated = details.unknown?.step === step
      await changeCase(
        deps,
        tx,
        row,
        {
          state: 'unknown',
          details: { sentAt, unknown: { since, step, nextAt } },
          ...(repeated ? {} : { event: { kind, actor: null, payload: { params: { payer: payer.name } } } }),
        },
        at,
      )
    },
  }
}

/** When the request, or its last change, was given to be sent. */
const leftAt = ({ change, signed }: CaseDetails): string | undefined => change?.at ?? signed?.at

/** Whether a submission is of another version of the request than the one that the case goes by. */
async function isOfEarlierVersion(store: Store, tx: Tx, row: CaseRow, submissionRowId: string): Promise<boolean> {
  const { traceNumber } = row.details as CaseDetails
  const submission = await store.submissions.find(tx, row.tenant, submissionRowId)
  return submission !== undefined && traceNumber !== null && submission.claimIdentifier !== traceNumber
}

/** The very answer that the case goes by, once more: a payer may repeat itself, and more than one way leads here. */
const isRepetition = (response: PasResponse, { answerCreatedAt, answer }: CaseDetails): boolean =>
  answerCreatedAt !== null && response.createdAt === answerCreatedAt && isSameJson(response.details, answer)

/** A late answer to a version before: the change is what counts now, unless the payer refuses it. */
async function takeEarlierAnswer(
  deps: CaseUpdatesDeps,
  tx: Tx,
  row: CaseRow,
  response: PasResponse,
  at: string,
): Promise<void> {
  const { change } = row.details as CaseDetails
  const payer = payerOf(deps, row.payerId)
  const event = { kind: 'earlier-answer' as const, actor: payer.name, payload: { params: { payer: payer.name } } }
  const details = change ? { change: answeredBefore(change, response, at) } : {}
  await changeCase(deps, tx, row, { details, event }, at)
}

/** The payer did not take the change: the case stands as before, and says why. */
async function dropChange(
  deps: CaseUpdatesDeps,
  tx: Tx,
  row: CaseRow,
  change: PendingChange,
  changeErrors: CaseDetails['changeErrors'],
  at: string,
): Promise<void> {
  const { before } = change
  await restoreBefore(deps.store, tx, row, change)
  await deps.store.cases.update(tx, { tenant: row.tenant, id: row.id }, { context: before.context }, at)
  const payer = payerOf(deps, row.payerId)
  await changeCase(
    deps,
    tx,
    { ...row, context: before.context },
    {
      state: before.state as CaseState,
      details: { ...before.details, change: before.details.change ?? null, changeErrors },
      event: { kind: 'change-refused', actor: payer.name, payload: { params: { payer: payer.name } } },
    },
    at,
  )
}

function knownOf(line: LineRow): Parameters<typeof applyAnswer>[0][number] {
  const { sequence, asked, unit, authorizationNumber } = line
  const status = line.status as LineStatus
  return { sequence, asked: asked === null ? null : { value: asked, unit: unit ?? '' }, authorizationNumber, status }
}

async function writeLines(store: Store, tx: Tx, lines: readonly LineRow[], change: AnswerChange): Promise<void> {
  for (const { sequence, status, authorizationNumber, allowed, ...decision } of change.lines) {
    const line = lines.find((each) => each.sequence === sequence)
    if (line === undefined) continue
    await store.lines.update(
      tx,
      { tenant: line.tenant, caseId: line.caseId, sequence },
      { status, authorizationNumber, allowed: allowed?.value ?? null, decision: decision satisfies LineDecision },
    )
  }
}

/** The request left, at the latest when its answer came: the clocks run from then, and the timeline says so. */
async function noteSent(
  deps: CaseUpdatesDeps,
  tx: Tx,
  row: CaseRow,
  payer: PayerConfig,
  sentAt: string,
): Promise<void> {
  await startClocks(deps, tx, row, sentAt)
  const payload: CaseEventPayload = { params: { payer: payer.name } }
  await deps.store.events.append(tx, {
    tenant: row.tenant,
    caseId: row.id,
    at: sentAt,
    kind: 'sent',
    actor: null,
    payload,
  })
}
