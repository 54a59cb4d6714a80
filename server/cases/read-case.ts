/** Reads a case whole, and only for the launch's own tenant and patient: another patient's case is not found. */
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import type { LaunchContext } from '../context.ts'
import type { Store } from '../store/store.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { CaseRows } from './case-view.ts'

export type CaseNotFound = Failure<'case-not-found'>

/** The case's row, if it is of this launch's patient. */
export async function findCase(
  store: Store,
  launch: LaunchContext,
  caseId: string,
): Promise<Result<CaseRow, CaseNotFound>> {
  const row = await store.read((tx) => store.cases.find(tx, launch.tenant.id, caseId))
  return row === undefined || row.patientId !== launch.patientId ? err({ reason: 'case-not-found' }) : ok(row)
}

/** The case with its lines, clocks, events and documents. */
export async function readCase(
  store: Store,
  launch: LaunchContext,
  caseId: string,
  openAnswers: number | null,
): Promise<Result<CaseRows, CaseNotFound>> {
  const found = await findCase(store, launch, caseId)
  if (!found.ok) return found
  const tenant = launch.tenant.id
  return store.read(async (tx) =>
    ok({
      row: found.value,
      lines: await store.lines.listByCase(tx, tenant, caseId),
      clocks: await store.clocks.listByCase(tx, tenant, caseId),
      events: await store.events.listByCase(tx, tenant, caseId),
      documents: await store.documents.listByCase(tx, tenant, caseId),
      openAnswers,
    }),
  )
}
