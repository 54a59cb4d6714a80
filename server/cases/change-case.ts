/** How a locked case is changed, or noted on, inside a transaction: with its event, and the word to open pages. */
import type { CaseState } from '#domain/contract/case.ts'
import { caseTitle } from '#domain/tracking/case-title.ts'
import type { PayerConfig } from '../config.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseEventKind, CaseEventPayload } from './case-event.ts'
import type { CaseDetails } from './case-record.ts'
import { standingOf } from './case-view.ts'
import type { LiveCases } from './live.ts'

export interface ChangeCaseDeps {
  readonly store: Store
  readonly live: LiveCases
  readonly payers: ReadonlyMap<string, PayerConfig>
}

interface CaseEvent {
  readonly kind: CaseEventKind
  readonly actor: string | null
  readonly payload?: CaseEventPayload
}

interface Change {
  readonly state?: CaseState
  readonly details?: Partial<CaseDetails>
  readonly event?: CaseEvent
}

/** Changes a locked case: state, details, title, one event, and the word to open pages. */
export async function changeCase(
  deps: ChangeCaseDeps,
  tx: Tx,
  row: CaseRow,
  change: Change,
  at: string,
): Promise<void> {
  const { store } = deps
  const details: CaseDetails = { ...(row.details as CaseDetails), ...change.details }
  const state = change.state ?? row.state
  const payer = payerOf(deps, row.payerId)
  const lines = await store.lines.listByCase(tx, row.tenant, row.id)
  const title = caseTitle(standingOf({ row: { ...row, state, details }, lines, openAnswers: null }, payer))
  if (change.event !== undefined) await appendEvent(store, tx, row, change.event, at)
  const version = await store.cases.update(tx, { tenant: row.tenant, id: row.id }, { state, title, details }, at)
  if (version !== undefined) await deps.live.announce(tx, { tenant: row.tenant, caseId: row.id, version })
}

async function appendEvent(store: Store, tx: Tx, row: CaseRow, event: CaseEvent, at: string): Promise<void> {
  const { kind, actor, payload = {} } = event
  await store.events.append(tx, { tenant: row.tenant, caseId: row.id, at, kind, actor, payload })
}

/**
 * Notes what happened beside a locked case: nothing that a person decided by is other than before, so that it stays the same
 * version, and what they send next is not refused for it.
 */
export async function noteOnCase(
  { store, live }: Pick<ChangeCaseDeps, 'store' | 'live'>,
  tx: Tx,
  row: CaseRow,
  event: CaseEvent,
  at: string,
): Promise<void> {
  await appendEvent(store, tx, row, event, at)
  await live.announce(tx, { tenant: row.tenant, caseId: row.id, version: row.version })
}

/** The payer of a case, which its configuration must still name. */
export function payerOf(deps: Pick<ChangeCaseDeps, 'payers'>, payerId: string): PayerConfig {
  const payer = deps.payers.get(payerId)
  if (payer === undefined) throw new Error(`the case's payer ${payerId} is no longer configured`)
  return payer
}
