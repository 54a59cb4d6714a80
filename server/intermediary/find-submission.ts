/** The stored request that a payer's answer is about; `domain/tracking/answered-request.ts` decides, this reads what it may be. */
import { trackingNumbersOf } from '#domain/pas/inquiry-bundle.ts'
import { tracesOfClaim } from '#domain/pas/claim-reference.ts'
import type { PasResponse } from '#domain/pas/pas-response.ts'
import { findNamedRequest, findTrackedRequest, type Answered } from '#domain/tracking/answered-request.ts'
import type { OfPayer, SubmissionRow } from '../store/repositories/submissions.ts'
import type { Tx } from '../store/tx.ts'
import { findAnswer } from './answer-inquiry.ts'
import type { IntermediaryDeps } from './deps.ts'
import { readStoredRequest } from './stored-request.ts'
import { versionOfPayer } from './versions.ts'

type Deps = Pick<IntermediaryDeps, 'store' | 'config'>

/** Looks among the requests that this payer got from this tenant. */
export async function findSubmission(
  deps: Deps,
  tx: Tx,
  from: OfPayer,
  response: PasResponse,
): Promise<Answered<SubmissionRow>> {
  const { submissions } = deps.store
  const { identifier, reference } = response.answers
  const traces = [
    ...(reference === null ? [] : tracesOfClaim(reference)),
    ...response.lines.flatMap((line) => line.traceNumbers.map(({ value }) => value)),
  ]
  const identified =
    identifier === null ? [] : await submissions.listByClaimIdentifier(tx, from.tenant, identifier.value)
  const traced = await submissions.listByTraceNumbers(tx, from, [...new Set(traces)])
  const got = (row: SubmissionRow): boolean => row.payerId === from.payerId && row.attempts > 0
  const named = findNamedRequest(response, [...identified, ...traced].filter(got))
  if (named.kind !== 'none' || trackingNumbersOf(response).length === 0) return named

  const ofPatient = (await submissions.listByMember(tx, from, response.memberIds)).filter(got)
  const tracked: { request: SubmissionRow; response: PasResponse }[] = []
  for (const request of ofPatient) {
    const last = await readLastAnswer(deps, tx, request)
    if (last !== undefined) tracked.push({ request, response: last })
  }
  return findTrackedRequest(response, tracked)
}

/** What the payer said of a request last; undefined where it has not answered, or it cannot be read. */
export async function readLastAnswer(deps: Deps, tx: Tx, row: SubmissionRow): Promise<PasResponse | undefined> {
  if (row.answerExchangeId === null) return undefined
  const exchange = await deps.store.exchanges.find(tx, row.tenant, row.answerExchangeId)
  const { request } = await readStoredRequest(deps, tx, row)
  return findAnswer(row, request, exchange, versionOfPayer(deps, row.payerId))?.response
}
