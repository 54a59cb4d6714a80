/** The version of a case's Claim that the payer has: what an update starts from. */
import type { Bundle, FhirResource } from 'fhir/r4'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { Store } from '../store/store.ts'
import type { CaseDetails } from './case-record.ts'

export interface PriorVersion {
  readonly bundle: Bundle<FhirResource>
  /** Of the first version: what was made for it keeps its UUIDs through all versions. */
  readonly firstClaimId: string
}

async function readBundle(store: Store, row: SubmissionRow): Promise<Bundle<FhirResource>> {
  const exchange = await store.read((tx) => store.exchanges.find(tx, row.tenant, row.bundleExchangeId))
  if (exchange === undefined) throw new Error('a submission has lost its bytes')
  return JSON.parse(new TextDecoder().decode(exchange.body)) as Bundle<FhirResource>
}

/** Reads it by the trace number that the case goes by. Fails with `not-allowed-now` where nothing of ours is with the payer. */
export async function readPriorVersion(store: Store, row: CaseRow): Promise<Result<PriorVersion, Failure>> {
  const rows = await store.read((tx) => store.submissions.listByCase(tx, row.tenant, row.id))
  const named = (identifier: string | null): SubmissionRow | undefined =>
    rows.find(({ claimIdentifier }) => claimIdentifier === identifier)
  const current = named((row.details as CaseDetails).traceNumber)
  if (current === undefined) return err({ reason: 'not-allowed-now' })
  let first = current
  for (let before = named(first.priorClaim); before !== undefined; before = named(first.priorClaim)) first = before
  const bundle = await readBundle(store, current)
  const origin = first === current ? bundle : await readBundle(store, first)
  return ok({ bundle, firstClaimId: origin.entry?.[0]?.resource?.id ?? '' })
}
