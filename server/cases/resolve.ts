/** What a person does about a case in *unknown* or waiting: ask the payer once, send again, or record what it said. */
import type { LineStatus } from '#domain/contract/case.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { mayDo } from '#domain/tracking/case-actions.ts'
import { isDecided, stateAfterAnswer } from '#domain/tracking/case-state.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseDetails } from './case-record.ts'
import { changeCase, type CaseUpdatesDeps } from './case-updates.ts'
import type { IntermediaryPort } from './ports.ts'
import { findCase } from './read-case.ts'

export interface ResolveDeps extends CaseUpdatesDeps {
  readonly intermediary: IntermediaryPort
  readonly now: () => string
}

export type Resolution =
  | { readonly action: 'inquire' }
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
    const details = row.details as CaseDetails
    const payer = deps.payers.get(row.payerId)
    const allowed = mayDo(resolution.action, {
      state: row.state as Parameters<typeof mayDo>[1]['state'],
      payerDeduplicates: payer?.pas?.deduplicates ?? false,
      hasOpenRequests: details.requests.some((request) => !request.answered),
    })
    if (!allowed) return err({ reason: 'not-allowed-now' })
    if (resolution.action === 'record-decision') return record(deps, tx, row, launch, resolution, at)
    if (resolution.action === 'inquire') await deps.intermediary.inquire(tx, { tenant, caseId, at })
    else await deps.intermediary.resend(tx, { tenant, caseId, at })
    await changeCase(
      deps,
      tx,
      row,
      {
        event: {
          kind: resolution.action === 'inquire' ? 'inquired' : 'resending',
          actor: launch.user.name,
          payload: { params: { payer: payer?.name ?? '' } },
        },
      },
      at,
    )
    return ok(null)
  })
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
    const asked = lines.find((line) => line.sequence === sequence)?.asked ?? null
    await deps.store.lines.update(
      tx,
      { tenant, caseId, sequence },
      { status, authorizationNumber, allowed: status === 'approved' ? asked : status === 'denied' ? '0' : null },
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
      details: { decisionSource: 'person', decidedAt: decided ? at : null, unknown: null, note: decision.note },
      event: { kind: 'recorded', actor: launch.user.name, payload: { params: { note: decision.note } } },
    },
    at,
  )
  return ok(null)
}
