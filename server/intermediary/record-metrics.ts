/**
 * Writes the PAS metric records of what was answered since the last round (pas.md §9), beside the requests. Another system's
 * request that was answered at once has its record already (send-directly.ts).
 */
import { buildPasMetricRecord, type PasMetricInput, type PasMetricRecord } from '#domain/pas/metric-record.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { Config } from '../config.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import { APP } from './accept-submission.ts'
import { findAnswer } from './answer-inquiry.ts'
import { readStoredRequest } from './stored-request.ts'
import { versionOfPayer } from './versions.ts'

export interface PasMetricsDeps {
  readonly store: Store
  readonly config: Pick<Config, 'payers'>
  readonly now: () => string
}

const AT_ONCE = 50
const ROUNDS = 200

const CAME_BY: Readonly<Record<string, PasMetricInput['cameBy']>> = {
  'pas-notification': 'notification',
  'pas-inquiry-answer': 'inquiry',
}

/** What only the case knows; another system's request has none. */
async function readCase(
  { store }: PasMetricsDeps,
  tx: Tx,
  { tenant, caseId, sentAt }: SubmissionRow,
): Promise<Pick<PasMetricInput, 'documents' | 'lineOfBusiness'>> {
  if (caseId === null) return { documents: [], lineOfBusiness: null }
  const owner = await store.cases.find(tx, tenant, caseId)
  const all = await store.exchanges.listByCase(tx, tenant, caseId)
  const documents = all.flatMap(({ kind, requestId, at, httpStatus }) => {
    const sent = kind === 'pas-attachment-answer' ? all.find(({ id }) => id === requestId) : undefined
    if (sent === undefined || httpStatus === null || sent.at < (sentAt ?? '')) return []
    return [{ sentAt: sent.at, answeredAt: at, httpStatus }]
  })
  return { documents, lineOfBusiness: (owner?.context as CaseContext | undefined)?.lineOfBusiness ?? null }
}

/** Writes the record of the present answer; the exchanges of those before it stay in it. */
export async function measure(deps: PasMetricsDeps, tx: Tx, row: SubmissionRow): Promise<void> {
  const { store } = deps
  const { bundle, request } = await readStoredRequest(deps, tx, row)
  const exchange =
    row.answerExchangeId === null ? undefined : await store.exchanges.find(tx, row.tenant, row.answerExchangeId)
  const answer = findAnswer(row, request, exchange, versionOfPayer(deps, row.payerId))
  const at = deps.now()
  const earlier = await store.pasMetrics.find(tx, row.tenant, row.id)
  const record = buildPasMetricRecord({
    source: row.source === APP ? 'provider-src' : 'intermediary-src',
    bundle,
    claim: request.claim,
    response: answer?.response ?? null,
    sentAt: row.sentAt ?? row.createdAt,
    answeredAt: row.answeredAt ?? at,
    httpStatus: exchange?.httpStatus ?? null,
    cameBy: CAME_BY[exchange?.kind ?? ''] ?? 'response',
    earlier: (earlier?.record as PasMetricRecord | undefined) ?? null,
    ...(await readCase(deps, tx, row)),
  })
  await store.pasMetrics.put(tx, { tenant: row.tenant, submissionId: row.id, at, record })
  await store.submissions.update(tx, row, { metricAt: at })
}

/** One round over a tenant; what is left is done in the next. */
export async function recordPasMetrics(deps: PasMetricsDeps, tenant: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const count = await deps.store.transaction(async (tx) => {
      const rows = await deps.store.submissions.listUnmeasured(tx, tenant, AT_ONCE)
      for (const row of rows) await measure(deps, tx, row)
      return rows.length
    })
    if (count < AT_ONCE) return
  }
}
