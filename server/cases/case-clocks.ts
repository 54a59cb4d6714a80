/** The legal clocks of a case: when they run, and when they stop (decision 0008). */
import type { AnswerChange } from '#domain/tracking/apply-answer.ts'
import { dueAt } from '#domain/tracking/clock-rules.ts'
import type { TenantConfig } from '../config.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'

/** The clocks run from the time of sending. */
export async function startClocks(
  { store, tenants }: { readonly store: Store; readonly tenants: ReadonlyMap<string, TenantConfig> },
  tx: Tx,
  row: CaseRow,
  at: string,
): Promise<void> {
  const timeZone = tenants.get(row.tenant)?.timeZone ?? 'UTC'
  const clocks = await store.clocks.listByCase(tx, row.tenant, row.id)
  await store.clocks.save(
    tx,
    clocks
      .filter((clock) => clock.startedAt === null)
      .map((clock) => ({
        ...clock,
        startedAt: at,
        dueAt: dueAt({ value: clock.limitValue, unit: clock.limitUnit }, at, timeZone),
      })),
  )
}

/** Nothing is with the payer: no clock runs. */
export async function resetClocks(store: Store, tx: Tx, row: CaseRow): Promise<void> {
  const clocks = await store.clocks.listByCase(tx, row.tenant, row.id)
  await store.clocks.save(
    tx,
    clocks.map((clock) => ({ ...clock, startedAt: null, dueAt: null, stoppedAt: null })),
  )
}

/** A clock stops when each line it binds has its decision; a rejected request has no clock running. */
export async function stopClocks(
  store: Store,
  tx: Tx,
  row: CaseRow,
  { lines, change, at }: { readonly lines: readonly LineRow[]; readonly change: AnswerChange; readonly at: string },
): Promise<void> {
  // What the answer does not speak of stands as it did.
  const statusOf = ({ sequence, status }: LineRow): string =>
    change.lines.find((line) => line.sequence === sequence)?.status ?? status
  const open = new Set(
    lines
      .filter((line) => ['pended', 'unknown', 'none', 'action-needed'].includes(statusOf(line)))
      .map((line) => line.sequence),
  )
  const clocks = await store.clocks.listByCase(tx, row.tenant, row.id)
  await store.clocks.save(
    tx,
    clocks.map((clock) => {
      const waits = change.event !== 'rejected' && clock.lineSequences.some((sequence) => open.has(sequence))
      return { ...clock, stoppedAt: waits ? null : (clock.stoppedAt ?? at) }
    }),
  )
}
