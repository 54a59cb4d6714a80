/**
 * Another system's `$submit` (and `$inquire`): checked, bound to its sender, routed to the payer by the insurer's
 * identifier, taken in and sent the short way. Answers within 15 s: the payer's own words, or our A4 (pas.md §6.3).
 * The same Bundle.identifier with the same body gets the same answer (the payer's once it is there); with another body 409.
 */
import { createHash } from 'node:crypto'
import type { Bundle, FhirResource } from 'fhir/r4'
import { readPasRequest, type PasRequest } from '#domain/pas/pas-request.ts'
import { buildPendedResponse } from '#domain/pas/pended-response.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { err, ok, type Result } from '#domain/result.ts'
import { encodeJson } from '../clients/http-exchange.ts'
import type { PasClientConfig, PayerConfig } from '../config.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import { answerInquiry } from './answer-inquiry.ts'
import type { AnswerWaiter } from './answer-waiter.ts'
import type { AskedCheck } from './bundle-check.ts'
import type { IntermediaryDeps } from './deps.ts'
import type { PasRefusal } from './outcome.ts'
import { keepExchange, lockSubmission, recordUnknown } from './record-outcome.ts'
import { acceptAsSending, sendDirectly } from './send-directly.ts'
import { isSettled } from './submission-row.ts'
import { recodeResponse } from './versions.ts'

export interface ClientSubmission {
  /** Of the endpoint that was called. */
  readonly version: PasVersion
  readonly client: PasClientConfig
  readonly body: Uint8Array
}

export interface ClientAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Technical staff read it (pas.md §1.1, spec-39…41). */
const NO_ANSWER_YET = 'Pended by the intermediary: the payer has not answered yet. Its answer follows by notification.'

type Checked = { readonly bundle: Bundle<FhirResource>; readonly request: PasRequest; readonly payer: PayerConfig }

async function check(
  deps: IntermediaryDeps,
  { client, body, version }: ClientSubmission,
  message: AskedCheck['message'],
): Promise<Result<Checked, PasRefusal>> {
  const verdict = await deps.checkBundle({ body, message, version })
  if (!verdict.isJson) return err({ reason: 'not-json' })
  const [first, ...rest] = verdict.issues
  if (first !== undefined) return err({ reason: 'bundle-invalid', issues: [first, ...rest] })
  const bundle = JSON.parse(new TextDecoder().decode(body)) as Bundle<FhirResource>
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
  return payer === undefined ? err({ reason: 'payer-unknown' }) : ok({ bundle, request, payer })
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
  const body = recodeResponse(encodeJson(response), '2.2.1', row.pasVersion)
  return deps.store.transaction(async (tx) => {
    // Held, so that an answer of the payer comes either before this one, or after it and then as a notification.
    const held = await lockSubmission(deps, tx, row.tenant, row.id)
    const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
    const kept = await deps.store.idempotency.read(tx, key)
    if (kept !== undefined) return kept
    await keepExchange(deps, tx, row, {
      kind: 'pas-pended',
      body,
      contentType: 'application/fhir+json',
      status: 200,
      at,
      direction: 'out',
    })
    await deps.store.idempotency.finish(tx, key, { httpStatus: 200, body })
    // The short way (send-directly.ts) writes first answers alone; what comes now is a second one.
    if (held?.state === 'sending') await recordUnknown(deps, tx, held, 'waiting', deps.settings.waitSeconds)
    return { status: 200, body }
  })
}

/** The answer to a Bundle that was taken in before and is under way. */
async function awaitEarlier(
  deps: IntermediaryDeps,
  waiter: AnswerWaiter,
  client: PasClientConfig,
  bundle: Bundle<FhirResource>,
  untilMs: number,
): Promise<Result<ClientAnswer, PasRefusal>> {
  const row = await findEarlier(deps, client, bundle.identifier?.value ?? '')
  if (row === undefined) return err({ reason: 'internal' })
  const settled = await waiter.wait(row.tenant, row.id, untilMs)
  return ok((await keptAnswer(deps, settled)) ?? (await pend(deps, settled ?? row, bundle)))
}

async function keptAnswer(deps: IntermediaryDeps, row: SubmissionRow | undefined): Promise<ClientAnswer | undefined> {
  if (row === undefined || !isSettled(row)) return undefined
  const key = { tenant: row.tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
  return deps.store.read((tx) => deps.store.idempotency.read(tx, key))
}

/** Takes another system's request in and answers it in time; what comes later is still taken, in `background`. */
export async function submitForClient(
  deps: IntermediaryDeps,
  waiter: AnswerWaiter,
  background: (work: Promise<unknown>) => void,
  { client, body, version }: ClientSubmission,
): Promise<Result<ClientAnswer, PasRefusal>> {
  const untilMs = performance.now() + deps.settings.answerWithinMs
  const checked = await check(deps, { client, body, version }, 'request')
  if (!checked.ok) return checked
  const { bundle, request, payer } = checked.value
  const { tenant, clientId } = client
  const sha256 = createHash('sha256').update(body).digest('hex')
  const submission = { tenant, clientId, payer, bundle, request, bytes: body, sha256, pasVersion: version }
  const sent = await acceptAsSending(deps, submission)
  if (sent === undefined) {
    const key = { tenant, clientId, bundleIdentifier: request.bundleIdentifier }
    const known = await deps.store.read((tx) => deps.store.idempotency.find(tx, key, sha256))
    if (known.outcome === 'replay') return ok({ status: known.httpStatus, body: known.answer })
    if (known.outcome === 'in-progress') return awaitEarlier(deps, waiter, client, bundle, untilMs)
    return err({ reason: 'identifier-reused' })
  }
  const work = sendDirectly(deps, submission, sent)
  background(work)
  const answer = await Promise.race([work, delay(untilMs - performance.now())])
  if (answer !== undefined) return ok(answer)
  const row = await deps.store.read((tx) => deps.store.submissions.find(tx, tenant, sent.row.id))
  return ok((await keptAnswer(deps, row)) ?? (await pend(deps, row ?? sent.row, bundle)))
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref()
  })
}

/** Answers another system's inquiry. Nothing is stored as a request. */
export async function inquireForClient(
  deps: IntermediaryDeps,
  submission: ClientSubmission,
): Promise<Result<ClientAnswer, PasRefusal>> {
  const checked = await check(deps, submission, 'inquiry')
  if (!checked.ok) return checked
  const { client, body, version } = submission
  return answerInquiry(deps, { ...checked.value, tenant: client.tenant, body, version })
}
