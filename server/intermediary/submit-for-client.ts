/**
 * Another system's `$submit` (and `$inquire`): checked, bound to its sender, routed to the payer by the insurer's
 * identifier, taken in by the one door. Answers within 15 s: the payer's own words, or our A4 (pas.md §6.3).
 * The same Bundle.identifier with the same body gets the same answer (the payer's once it is there); with another body 409.
 */
import { createHash } from 'node:crypto'
import type { Bundle, FhirResource } from 'fhir/r4'
import { readPasRequest } from '#domain/pas/pas-request.ts'
import { buildPendedResponse } from '#domain/pas/pended-response.ts'
import type { PasIssue } from '#domain/pas/profile-rule.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { PasClientConfig, PayerConfig } from '../config.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import { acceptSubmission } from './accept-submission.ts'
import type { AnswerWaiter } from './answer-waiter.ts'
import type { IntermediaryDeps } from './deps.ts'
import type { PasRefusal } from './outcome.ts'
import { keepExchange } from './record-outcome.ts'

export interface ClientSubmission {
  readonly client: PasClientConfig
  readonly body: Uint8Array
  readonly json: unknown
}

export interface ClientAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Technical staff read it (pas.md §1.1, spec-39…41). */
const NO_ANSWER_YET = 'Pended by the intermediary: the payer has not answered yet. Its answer follows by notification.'

type Checked = { readonly bundle: Bundle<FhirResource>; readonly payer: PayerConfig }

function check(
  deps: IntermediaryDeps,
  { client, json }: ClientSubmission,
  validate: (body: unknown) => PasIssue[],
): Result<Checked, PasRefusal> {
  const [first, ...rest] = validate(json)
  if (first !== undefined) return err({ reason: 'bundle-invalid', issues: [first, ...rest] })
  const bundle = json as Bundle<FhirResource>
  const request = readPasRequest(bundle)
  if (request === undefined) return err({ reason: 'not-bundle' })
  const sender = request.interchangeSenderId
  if (sender !== null && !client.senderIds.includes(sender)) return err({ reason: 'sender-not-bound' })
  const payer = deps.config.payers.find(
    ({ pas, identifiers }) =>
      pas !== null &&
      identifiers.some(({ system, value }) =>
        request.insurerIdentifiers.some((one) => one.system === system && one.value === value),
      ),
  )
  return payer === undefined ? err({ reason: 'payer-unknown' }) : ok({ bundle, payer })
}

/** The row of this very Bundle that the client sent before, for a repetition that comes while the first is under way. */
async function findEarlier(
  deps: IntermediaryDeps,
  client: PasClientConfig,
  bundleIdentifier: string,
): Promise<SubmissionRow | undefined> {
  const rows = await deps.store.read((tx) =>
    deps.store.submissions.listByBundleIdentifier(tx, client.tenant, bundleIdentifier),
  )
  return rows.find(({ source }) => source === client.clientId)
}

/** Our A4, kept as what we answered; the payer's answer replaces it for repetitions when it comes. */
async function pend(deps: IntermediaryDeps, row: SubmissionRow, bundle: Bundle<FhirResource>): Promise<ClientAnswer> {
  const at = deps.now()
  const response = buildPendedResponse(bundle, {
    source: deps.config.baseUrl,
    note: NO_ANSWER_YET,
    createdAt: at,
    bundleIdentifier: { system: `${deps.config.baseUrl}/response`, value: deps.newId() },
    claimResponseId: deps.newUuid(),
  })
  const body = new TextEncoder().encode(JSON.stringify(response))
  await deps.store.transaction(async (tx) => {
    await keepExchange(deps, tx, row, {
      kind: 'pas-pended',
      body,
      contentType: 'application/fhir+json',
      status: 200,
      at,
      direction: 'out',
    })
    const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
    const now = await deps.store.submissions.find(tx, row.tenant, row.id)
    if (now?.state !== 'answered' && now?.state !== 'refused')
      await deps.store.idempotency.finish(tx, key, { httpStatus: 200, body })
  })
  return { status: 200, body }
}

async function answerFrom(
  deps: IntermediaryDeps,
  waiter: AnswerWaiter,
  row: SubmissionRow,
  bundle: Bundle<FhirResource>,
  untilMs: number,
): Promise<ClientAnswer> {
  const settled = await waiter.wait(row.tenant, row.id, untilMs)
  if (settled?.state === 'answered' || settled?.state === 'refused') {
    const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
    const kept = await deps.store.read((tx) => deps.store.idempotency.read(tx, key))
    if (kept !== undefined) return kept
  }
  return pend(deps, settled ?? row, bundle)
}

/** Takes another system's request in and answers it in time. */
export async function submitForClient(
  deps: IntermediaryDeps,
  waiter: AnswerWaiter,
  submission: ClientSubmission,
): Promise<Result<ClientAnswer, PasRefusal>> {
  const untilMs = performance.now() + deps.settings.answerWithinMs
  const { client, body } = submission
  const checked = check(deps, submission, validatePasRequestBundle)
  if (!checked.ok) return checked
  const { bundle, payer } = checked.value
  const bundleIdentifier = bundle.identifier?.value ?? ''
  const key = { tenant: client.tenant, clientId: client.clientId, bundleIdentifier }
  const sha256 = createHash('sha256').update(body).digest('hex')
  const at = deps.now()

  const begun = await deps.store.transaction(async (tx) => {
    const known = await deps.store.idempotency.begin(tx, key, sha256, at)
    if (known.outcome !== 'new') return known
    const accepted = { tenant: client.tenant, caseId: null, submissionId: null, payerId: payer.id, bundle, at }
    await acceptSubmission(deps, tx, { ...accepted, bytes: body, source: client.clientId })
    return known
  })
  if (begun.outcome === 'conflict') return err({ reason: 'identifier-reused' })
  if (begun.outcome === 'replay') return ok({ status: begun.httpStatus, body: begun.answer })
  const row = await findEarlier(deps, client, bundleIdentifier)
  if (row === undefined) return err({ reason: 'internal' })
  return ok(await answerFrom(deps, waiter, row, bundle, untilMs))
}

/** Passes another system's inquiry on; the payer's own answer comes back as it is. Nothing is stored as a request. */
export async function inquireForClient(
  deps: IntermediaryDeps,
  submission: ClientSubmission,
): Promise<Result<ClientAnswer, PasRefusal>> {
  const checked = check(deps, submission, validatePasInquiryBundle)
  if (!checked.ok) return checked
  const answer = await deps.channelOf(checked.value.payer).inquire(submission.body, deps.settings.payerLegMs)
  if (answer.kind === 'not-sent' || answer.kind === 'lost') return err({ reason: 'payer-silent' })
  return ok({ status: answer.status, body: answer.body })
}
