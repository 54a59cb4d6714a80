/**
 * Fetches an answer that a payer only named (PAS 2.0.1, id-only: pas.md §13, after notification). The name is that of the
 * ClaimResponse: the request that got an answer of that name is asked about. A name that nobody knows can only belong to a
 * request that has no answer yet, so each of those is asked about, once.
 */
import { addDuration } from '#domain/time.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { IntermediaryDeps } from './deps.ts'
import { inquireOnce } from './inquire-worker.ts'

/** How long a request that is still being sent may keep its name to itself. */
const AGAIN_SECONDS = 1

export interface NamedAnswer {
  readonly payerId: string
  /** As `PasResponse.reference` writes it. */
  readonly focus: string
}

async function findRows(
  deps: Pick<IntermediaryDeps, 'store'>,
  tenant: string,
  { payerId, focus }: NamedAnswer,
): Promise<readonly SubmissionRow[]> {
  const { store } = deps
  return store.read(async (tx) => {
    const named = await store.submissions.listByAnswerReference(tx, { tenant, payerId }, focus)
    return named.length > 0 ? named : store.submissions.listUnanswered(tx, { tenant, payerId })
  })
}

/**
 * Asks, takes what answers, and ends the job. Waits while a request is on its way: its own answer may bring the name. Throws
 * where the payer does not answer: the outbox tries again.
 */
export async function fetchNamedAnswer(deps: IntermediaryDeps, job: LeasedJob, named: NamedAnswer): Promise<void> {
  const { store } = deps
  const rows = await findRows(deps, job.tenant, named)
  if (rows.some(({ state }) => state === 'sending')) {
    const again = addDuration(deps.now(), { seconds: AGAIN_SECONDS })
    await store.transaction((tx) => store.jobs.postpone(tx, job, again))
    return
  }
  let taken = false
  for (const row of rows) {
    const said = await inquireOnce(deps, row)
    if (said === 'not-reached') throw new Error('the payer did not say what it named')
    taken ||= said === 'taken'
  }
  await store.transaction((tx) => store.jobs.complete(tx, job, deps.now()))
  if (!taken) deps.onUnmatched({ payerId: named.payerId, reason: 'none', ref: null })
}
