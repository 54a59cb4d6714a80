/**
 * Asks a payer about a request of ours (pas.md §4): once for an outcome that nobody knows, or because a person asks. What
 * names this very request is taken as its answer; whatever else the payer has is told to the case, and so is that it has
 * nothing.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { buildInquiryBundle, findOwnAnswer, listInquiryBundles, trackingNumbersOf } from '#domain/pas/inquiry-bundle.ts'
import type { InquiryAsk } from '#domain/pas/inquiry-ask.ts'
import type { PasResponse } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { encodeJson } from '../clients/http-exchange.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import type { InquiryOutcome } from './case-updates.ts'
import { findPayer, type IntermediaryDeps } from './deps.ts'
import { readLastAnswer } from './find-submission.ts'
import { keepExchange, lockSubmission, recordAnswer, recordUnknown } from './record-outcome.ts'
import { readStoredRequest } from './stored-request.ts'
import { recodeRequest, versionOfPayer } from './versions.ts'

interface Found {
  readonly bundle: Bundle<FhirResource>
  readonly response: PasResponse
}

/** What the payer has that matches; undefined where it could not be asked. */
async function ask(
  deps: IntermediaryDeps,
  seen: SubmissionRow,
  example: InquiryAsk | undefined,
): Promise<
  | {
      own: Found | undefined
      others: Found[]
      answer: { body: Uint8Array; contentType: string | null; status: number }
    }
  | undefined
> {
  const payer = findPayer(deps, seen.payerId)
  if (payer === undefined) return undefined
  const [{ bundle, request }, last] = await deps.store.read(
    async (tx) => [await readStoredRequest(deps, tx, seen), await readLastAnswer(deps, tx, seen)] as const,
  )
  const trackingNumbers = last === undefined ? [] : trackingNumbersOf(last)
  const ids = {
    bundle: { system: `${deps.config.baseUrl}/inquiry`, value: deps.newId() },
    claimId: deps.newUuid(),
    createdAt: deps.now(),
    uuidFor: deps.newUuid,
  }
  const inquiry = buildInquiryBundle(bundle, request, ids, example)
  const version = versionOfPayer(deps, payer.id)
  const bytes = recodeRequest(encodeJson(inquiry), seen.pasVersion, version)
  const answer = await deps.channelOf(payer).inquire(bytes, deps.settings.payerLegMs)
  if (answer.kind !== 'answered') return undefined
  const found = listInquiryBundles(answer.json).flatMap((one): Found[] => {
    const read = readPasResponse(one, { version })
    return read.ok ? [{ bundle: one, response: read.value }] : []
  })
  const own = findOwnAnswer(found, { ...request, trackingNumbers })
  // Lines that it leaves out are unknown then.
  const whole = own && readPasResponse(own.bundle, { version, requestedSequences: request.sequences })
  return {
    own: own && whole?.ok === true ? { ...own, response: whole.value } : undefined,
    others: found.filter((one) => one !== own),
    answer,
  }
}

/** Asks once, and takes what answers this very request. Gives what the payer has; undefined where it could not be asked. */
async function askAndTake(
  deps: IntermediaryDeps,
  seen: SubmissionRow,
  example?: InquiryAsk,
): Promise<{ own: Found | undefined; others: readonly Found[] } | undefined> {
  const asked = await ask(deps, seen, example)
  if (asked === undefined) return undefined
  const { own, others, answer } = asked
  if (own !== undefined) {
    const kind = 'pas-inquiry-answer'
    await deps.store.transaction(async (tx) => {
      const row = await lockSubmission(deps, tx, seen.tenant, seen.id)
      if (row === undefined) return
      const exchangeId = await keepExchange(deps, tx, row, { ...answer, kind, at: deps.now() })
      const body = encodeJson(own.bundle)
      await recordAnswer(deps, tx, row, { ...answer, response: own.response, body, kind, exchangeId })
    })
  }
  return { own, others }
}

/** Asks the payer once. `taken`: an answer named this very request, and was taken. */
export async function inquireOnce(
  deps: IntermediaryDeps,
  seen: SubmissionRow,
): Promise<'taken' | 'nothing' | 'not-reached'> {
  const asked = await askAndTake(deps, seen)
  if (asked === undefined) return 'not-reached'
  return asked.own === undefined ? 'nothing' : 'taken'
}

const outcomeOf = (
  by: InquiryOutcome['by'],
  asked: Awaited<ReturnType<typeof askAndTake>>,
): Omit<InquiryOutcome, 'tenant' | 'caseId' | 'at'> =>
  asked === undefined
    ? { by, reached: false, own: false, others: [] }
    : { by, reached: true, own: asked.own !== undefined, others: asked.others.map(({ response }) => response) }

/** Handler of `pas-inquire`: a person asked (pas.md §4: no limit on questions that a person asks). */
export function createInquireHandler(deps: IntermediaryDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const id = String(job.payload['id'])
    const example = job.payload['ask'] as InquiryAsk | undefined
    const row = await store.read((tx) => store.submissions.find(tx, job.tenant, id))
    const asked = row === undefined ? undefined : await askAndTake(deps, row, example)
    await store.transaction(async (tx) => {
      const at = deps.now()
      await store.jobs.complete(tx, job, at)
      const present = row && (await lockSubmission(deps, tx, row.tenant, row.id))
      if (present === undefined || present.caseId === null) return
      if (present.state === 'unknown' && asked?.own === undefined)
        await recordUnknown(deps, tx, present, 'person', null)
      const { tenant, caseId } = present
      await deps.cases.inquired(tx, { tenant, caseId, at, ...outcomeOf(example?.by ?? 'outcome', asked) })
    })
  }
}
