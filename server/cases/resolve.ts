/** What a person does about a case in *unknown* or waiting: ask the payer once, send again, or record what it said. */
import type { Inquiry } from '#domain/contract/case.ts'
import type { LineStatus } from '#domain/contract/line-status.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { mayDo } from '#domain/tracking/case-actions.ts'
import { askAbout } from '#domain/tracking/inquiry.ts'
import { isDecided, stateAfterAnswer } from '#domain/tracking/case-state.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { Tx } from '../store/tx.ts'
import { changeCase, type ChangeCaseDeps } from './change-case.ts'
import { lineView } from './case-view.ts'
import type { IntermediaryPort } from './ports.ts'
import { findCase } from './read-case.ts'

export interface ResolveDeps extends ChangeCaseDeps {
  readonly intermediary: IntermediaryPort
  readonly now: () => string
}

export type Resolution =
  | { readonly action: 'inquire'; readonly by?: Inquiry['how'] | undefined }
  | { readonly action: 'resend' }
  | {
      readonly action: 'record-decision'
      readonly lines: readonly {
        readonly sequence: number
        readonly status: 'approved' | 'denied' | 'pended'
        readonly authorizationNumber: string | null
      }[]
      readonly note: string
    }

/** Does one of them, if the case's state allows it now. */
export async function resolveCase(
  deps: ResolveDeps,
  launch: LaunchContext,
  caseId: string,
  resolution: Resolution,
): Promise<Result<null, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  const tenant = launch.tenant.id
  const at = deps.now()
  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const row = await deps.store.cases.lock(tx, tenant, caseId)
    if (row === undefined) return err({ reason: 'case-not-found' })
    const payer = deps.payers.get(row.payerId)
    const allowed = mayDo(resolution.action, {
      state: row.state as Parameters<typeof mayDo>[1]['state'],
      payerDeduplicates: payer?.pas?.deduplicates ?? false,
      attachable: false,
      sent: false,
    })
    if (!allowed) return err({ reason: 'not-allowed-now' })
    if (resolution.action === 'record-decision') return record(deps, tx, row, launch, resolution, at)
    if (resolution.action === 'inquire') return inquire(deps, tx, row, launch, resolution.by ?? 'outcome', at)
    await deps.intermediary.resend(tx, { tenant, caseId, at })
    await changeCase(
      deps,
      tx,
      row,
      {
        event: {
          kind: 'resending',
          actor: launch.user.name,
          payload: { params: { payer: payer?.name ?? '' } },
        },
      },
      at,
    )
    return ok(null)
  })
}

/** Asks the payer because a person wants to know; what it says arrives later, and is shown under the question. */
async function inquire(
  deps: ResolveDeps,
  tx: Tx,
  row: CaseRow,
  launch: LaunchContext,
  how: Inquiry['how'],
  at: string,
): Promise<Result<null, Failure>> {
  const { tenant, id: caseId } = row
  const lines = (await deps.store.lines.listByCase(tx, tenant, caseId)).map(lineView)
  const ask = how === 'outcome' ? undefined : askAbout(how, lines)
  if (ask?.ok === false) return ask
  await deps.intermediary.inquire(tx, { tenant, caseId, at, ...(ask === undefined ? {} : { ask: ask.value }) })
  const inquiry: Inquiry = { at, by: launch.user.name, how, state: 'asking', others: [] }
  const payload = { params: { payer: deps.payers.get(row.payerId)?.name ?? '' } }
  const event = { kind: 'inquired' as const, actor: launch.user.name, payload }
  await changeCase(deps, tx, row, { details: { inquiry }, event }, at)
  return ok(null)
}

/** A person's statement of what the payer said: marked as theirs, until the payer's own message replaces it. */
async function record(
  deps: ResolveDeps,
  tx: Tx,
  row: CaseRow,
  launch: LaunchContext,
  decision: Extract<Resolution, { action: 'record-decision' }>,
  at: string,
): Promise<Result<null, Failure>> {
  const { tenant, id: caseId } = row
  const lines = await deps.store.lines.listByCase(tx, tenant, caseId)
  if (decision.lines.some(({ sequence }) => !lines.some((line) => line.sequence === sequence)))
    return err({ reason: 'line-not-found', path: 'lines' })
  const stated = new Map(decision.lines.map((line) => [line.sequence, line]))
  for (const { sequence, status, authorizationNumber } of decision.lines) {
    const line = lines.find((one) => one.sequence === sequence)
    await deps.store.lines.update(
      tx,
      { tenant, caseId, sequence },
      {
        status,
        // Who writes no number says nothing of the one that is known.
        authorizationNumber: authorizationNumber ?? line?.authorizationNumber ?? null,
        allowed: status === 'approved' ? (line?.asked ?? null) : status === 'denied' ? '0' : null,
      },
    )
  }
  const statuses = lines.map((line) => stated.get(line.sequence)?.status ?? (line.status as LineStatus))
  const state = stateAfterAnswer({ lines: statuses, rejected: false })
  const decided = isDecided(state)
  const clocks = await deps.store.clocks.listByCase(tx, tenant, caseId)
  if (decided)
    await deps.store.clocks.save(
      tx,
      clocks.map((clock) => ({ ...clock, stoppedAt: clock.stoppedAt ?? at })),
    )
  await changeCase(
    deps,
    tx,
    row,
    {
      state,
      details: {
        decisionSource: 'person',
        decidedAt: decided ? at : null,
        unknown: null,
        note: decision.note,
        ...(decided ? { change: null } : {}),
      },
      event: { kind: 'recorded', actor: launch.user.name, payload: { params: { note: decision.note } } },
    },
    at,
  )
  return ok(null)
}
