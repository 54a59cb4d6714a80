/**
 * What stands where a change is refused: the case as it was before it was sent (pas.md §5, Rejection). An answer to the version
 * before that came meanwhile counts for how it stands.
 */
import type { CaseState } from '#domain/contract/case.ts'
import type { LineStatus } from '#domain/contract/line-status.ts'
import type { PasResponse } from '#domain/pas/pas-response.ts'
import { isDecided } from '#domain/tracking/case-state.ts'
import { applyAnswer, isStale, type LineChange } from '#domain/tracking/apply-answer.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseDetails, PendingChange } from './case-record.ts'

/** Gives lines, clocks and orders back; the caller writes state and details. */
export async function restoreBefore(store: Store, tx: Tx, row: CaseRow, { before }: PendingChange): Promise<void> {
  const { tenant, id: caseId } = row
  for (const { sequence } of await store.lines.listByCase(tx, tenant, caseId)) {
    const line = before.lines.find((one) => one.sequence === sequence)
    if (line === undefined) await store.lines.remove(tx, { tenant, caseId, sequence })
    else {
      const { tenant: _tenant, caseId: _caseId, sequence: _sequence, ...values } = line
      await store.lines.update(tx, { tenant, caseId, sequence }, values)
    }
  }
  await store.clocks.save(tx, before.clocks)
}

/** A line with what an answer says of it. */
function decidedLine(line: LineRow, changes: readonly LineChange[]): LineRow {
  const change = changes.find(({ sequence }) => sequence === line.sequence)
  if (change === undefined) return line
  const { sequence: _sequence, status, authorizationNumber, allowed, ...decision } = change
  return { ...line, status, authorizationNumber, allowed: allowed?.value ?? null, decision }
}

/** The version before with an answer that came while the change was under way. */
export function answeredBefore(change: PendingChange, response: PasResponse, at: string): PendingChange {
  const { before } = change
  const { answerCreatedAt: createdAt, decisionSource } = before.details
  const decided = decisionSource === 'payer' && isDecided(before.state as CaseState)
  if (isStale(response, { createdAt, decided })) return change
  const known = before.lines.map(({ sequence, asked: value, unit, authorizationNumber, status }) => ({
    sequence,
    status: status as LineStatus,
    asked: value === null ? null : { value, unit: unit ?? '' },
    authorizationNumber,
  }))
  const answer = applyAnswer(known, before.details.requests, response)
  // A rejection of the version before says nothing of what it has decided.
  if (answer.event === 'rejected') return change
  const details: CaseDetails = {
    ...before.details,
    decidedAt: answer.decided ? at : null,
    decisionSource: 'payer',
    requests: answer.requests,
    answer: answer.answer,
    answerCreatedAt: response.createdAt ?? before.details.answerCreatedAt,
  }
  const lines = before.lines.map((line) => decidedLine(line, answer.lines))
  const clocks = before.clocks.map((clock) => (answer.decided ? { ...clock, stoppedAt: clock.stoppedAt ?? at } : clock))
  return { ...change, before: { ...before, state: answer.state, details, lines, clocks } }
}
