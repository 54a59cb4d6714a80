/**
 * Another system's `$inquire` (pas.md §4): from the store where it holds what is asked for with the payer's own answer, from
 * the payer where it does not. Who asks for everything of a member gets both: the payer may know what did not pass through
 * here. What the payer says of a request that we know, too, comes first.
 */
import type { Bundle, ClaimResponse, FhirResource } from 'fhir/r4'
import { buildInquiryAnswer, joinInquiryAnswers, toInquiryResponse } from '#domain/pas/inquiry-answer.ts'
import { answersRequest, listInquiryBundles } from '#domain/pas/inquiry-bundle.ts'
import {
  isOpenTo,
  listNeededWords,
  matchesExample,
  readInquiryExample,
  type InquiryExample,
  type StoredClaim,
} from '#domain/pas/inquiry-match.ts'
import { readNotification } from '#domain/pas/notification.ts'
import { readPasRequest, type PasRequest } from '#domain/pas/pas-request.ts'
import type { PasResponse, PasVersion } from '#domain/pas/pas-response.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { relayRefusal } from '#domain/pas/refusal.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { PayerConfig } from '../config.ts'
import { encodeJson, parseJsonBody } from '../clients/http-exchange.ts'
import type { ExchangeRow } from '../store/repositories/exchanges.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'
import { APP } from './accept-submission.ts'
import type { IntermediaryDeps } from './deps.ts'
import { isSettled } from './submission-row.ts'
import { recodeRequest, recodeResponseBundle, versionOfPayer } from './versions.ts'

export interface Inquiry {
  readonly tenant: string
  readonly payer: PayerConfig
  readonly bundle: Bundle<FhirResource>
  readonly request: PasRequest
  readonly body: Uint8Array
  /** Of `body`, and of the answer. */
  readonly version: PasVersion
}

export interface InquiryAnswer {
  readonly status: number
  readonly body: Uint8Array
}

interface Known {
  readonly row: SubmissionRow
  readonly bundle: Bundle<FhirResource>
  /** That `bundle` is written in. */
  readonly version: PasVersion
}

/** The response Bundles that stored bytes hold, whichever way they came. */
function listAnswers(exchange: ExchangeRow, version: PasVersion): readonly Bundle<FhirResource>[] {
  const json: unknown = parseJsonBody(exchange.body)
  if (exchange.kind !== 'pas-notification') return listInquiryBundles(json)
  const notification = readNotification(json, version)
  return notification.ok ? notification.value.events.flatMap(({ response }) => response ?? []) : []
}

/** The present answer of the payer to a request; undefined where there is none that can be read. */
export function findAnswer(
  row: SubmissionRow,
  request: PasRequest,
  exchange: ExchangeRow | undefined,
  version: PasVersion,
): { bundle: Bundle<FhirResource>; response: PasResponse } | undefined {
  const all = exchange === undefined ? [] : listAnswers(exchange, version)
  for (const bundle of all) {
    const read = readPasResponse(bundle, { version, requestedSequences: request.sequences })
    const isTheOne = read.ok && (all.length === 1 || answersRequest(read.value, row.claimIdentifier, row.traceNumbers))
    if (isTheOne) return { bundle, response: read.value }
  }
  return undefined
}

/** An update stands for the Claim that it replaces, also when it is found by a number of that one (spec-48). */
function listChains(rows: readonly SubmissionRow[]): readonly (readonly [SubmissionRow, ...SubmissionRow[]])[] {
  const byIdentifier = new Map(rows.map((row) => [row.claimIdentifier, row]))
  const replaced = new Set(rows.flatMap(({ priorClaim }) => priorClaim ?? []))
  return rows
    .filter(({ claimIdentifier }) => !replaced.has(claimIdentifier))
    .map((newest) => {
      const earlier: SubmissionRow[] = []
      let prior = newest.priorClaim === null ? undefined : byIdentifier.get(newest.priorClaim)
      while (prior !== undefined && prior !== newest && !earlier.includes(prior)) {
        earlier.push(prior)
        prior = prior.priorClaim === null ? undefined : byIdentifier.get(prior.priorClaim)
      }
      return [newest, ...earlier] as const
    })
}

/** A request of the chain, read as far as it may be asked for. */
interface Link {
  readonly row: SubmissionRow
  readonly asked: ExchangeRow
  readonly said: ExchangeRow
}

/** Whether the stored bytes hold a word of each list. */
function holdsWords({ asked, said }: Link, needed: readonly (readonly string[])[]): boolean {
  const texts = [asked, said].map(({ body }) => Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  return needed.every((words) => words.some((word) => texts.some((text) => text.includes(JSON.stringify(word)))))
}

function readLink(
  { row, asked, said }: Link,
  version: PasVersion,
): { stored: StoredClaim; bundle: Bundle<FhirResource> } | undefined {
  const request = readPasRequest(JSON.parse(new TextDecoder().decode(asked.body)) as Bundle<FhirResource>)
  if (request === undefined) return undefined
  const answer = findAnswer(row, request, said, version)
  if (answer === undefined || answer.response.rollUp === 'error') return undefined
  const { claimIdentifier, traceNumbers: traces, providerNpis } = row
  const { bundle, response } = answer
  const preAuthRef = preAuthRefOf(bundle)
  return { bundle, stored: { claim: request.claim, claimIdentifier, traces, providerNpis, response, preAuthRef } }
}

async function findKnown(deps: IntermediaryDeps, inquiry: Inquiry, example: InquiryExample): Promise<Known[]> {
  const { store } = deps
  const { tenant, payer } = inquiry
  const [open, exchanges] = await store.read(async (tx) => {
    const rows = await store.submissions.listByMember(tx, { tenant, payerId: payer.id }, example.memberIds)
    // One that the payer refused, or has not answered, is no authorization: the payer itself must say.
    const answered = rows.filter(({ state, answerExchangeId }) => state === 'answered' && answerExchangeId !== null)
    const visible = answered.filter((row) => isOpenTo(example, row.providerNpis))
    const ids = visible.flatMap((row) => [row.bundleExchangeId, row.answerExchangeId ?? ''])
    return [visible, await store.exchanges.findAll(tx, tenant, ids)] as const
  })
  const needed = listNeededWords(example)
  const version = versionOfPayer(deps, payer.id)
  return listChains(open).flatMap((chain): Known[] => {
    const links = chain.flatMap((row): Link[] => {
      const asked = exchanges.get(row.bundleExchangeId)
      const said = exchanges.get(row.answerExchangeId ?? '')
      return asked === undefined || said === undefined ? [] : [{ row, asked, said }]
    })
    if (!links.some((link) => isNamed(example, link) || holdsWords(link, needed))) return []
    // A refused update changes nothing: the one before it still stands.
    const read = links.flatMap((link) => readLink(link, version) ?? [])
    const [current] = read
    if (current === undefined || !read.some(({ stored }) => matchesExample(example, stored))) return []
    return [{ row: chain[0], version, bundle: toInquiryResponse(current.bundle) }]
  })
}

const isNamed = (example: InquiryExample, { row }: Link): boolean =>
  example.claimIdentifiers.includes(row.claimIdentifier)

function preAuthRefOf(bundle: Bundle<FhirResource>): string | null {
  const response = bundle.entry?.find(({ resource }) => resource?.resourceType === 'ClaimResponse')?.resource
  return (response as ClaimResponse | undefined)?.preAuthRef ?? null
}

/**
 * What we pended ourselves and the payer has not decided (spec-73): our own A4 answers for it until the payer's word is there.
 */
async function findPended(deps: IntermediaryDeps, inquiry: Inquiry, example: InquiryExample): Promise<Known[]> {
  const { store } = deps
  const { tenant, payer } = inquiry
  return store.read(async (tx) => {
    const rows = await store.submissions.listByMember(tx, { tenant, payerId: payer.id }, example.memberIds)
    const found: Known[] = []
    for (const row of rows) {
      if (isSettled(row) || row.source === APP || !isOpenTo(example, row.providerNpis)) continue
      const key = { tenant, clientId: row.source, bundleIdentifier: row.bundleIdentifier }
      const [asked, kept] = [
        await store.exchanges.find(tx, tenant, row.bundleExchangeId),
        await store.idempotency.read(tx, key),
      ]
      const request = asked && readPasRequest(parseJsonBody(asked.body) as Bundle<FhirResource>)
      const bundle = kept && (parseJsonBody(kept.body) as Bundle<FhirResource>)
      const response = readPasResponse(bundle, { version: row.pasVersion })
      if (request === undefined || bundle === undefined || !response.ok) continue
      const { claimIdentifier, traceNumbers: traces, providerNpis, pasVersion: version } = row
      const stored = { claim: request.claim, claimIdentifier, traces, providerNpis, response: response.value }
      if (matchesExample(example, { ...stored, preAuthRef: null }))
        found.push({ row, version, bundle: toInquiryResponse(bundle) })
    }
    return found
  })
}

/** 2.2.1: Parameters, one `return` a Bundle. 2.0.1: one Bundle of them all (pas.md §13). */
function write(
  { now }: Pick<IntermediaryDeps, 'now'>,
  inquiry: Inquiry,
  found: readonly Omit<Known, 'row'>[],
): InquiryAnswer {
  const recoded = found.map(({ bundle, version }) => recodeResponseBundle(bundle, version, inquiry.version))
  const answer = inquiry.version === '2.0.1' ? joinInquiryAnswers(recoded, now()) : buildInquiryAnswer(recoded)
  return { status: 200, body: encodeJson(answer) }
}

/** Answers an inquiry that passed the check. Fails with `payer-silent` where only the payer could answer and does not. */
export async function answerInquiry(
  deps: IntermediaryDeps,
  inquiry: Inquiry,
): Promise<Result<InquiryAnswer, { readonly reason: 'payer-silent' }>> {
  const example = readInquiryExample(inquiry.bundle, inquiry.request.claim)
  const known = await findKnown(deps, inquiry, example)
  const version = versionOfPayer(deps, inquiry.payer.id)
  if (known.length > 0 && !example.isBroad) return ok(write(deps, inquiry, known))

  const body = recodeRequest(inquiry.body, inquiry.version, version)
  const answer = await deps.channelOf(inquiry.payer).inquire(body, deps.settings.payerLegMs)
  const ours = [...known, ...(await findPended(deps, inquiry, example))]
  if (answer.kind === 'refused' && ours.length === 0) {
    const { status, outcome } = relayRefusal(answer)
    return ok({ status, body: outcome === undefined ? answer.body : encodeJson(outcome) })
  }
  if (answer.kind !== 'answered')
    return ours.length > 0 ? ok(write(deps, inquiry, ours)) : err({ reason: 'payer-silent' })
  if (ours.length === 0 && version === inquiry.version) return ok({ status: answer.status, body: answer.body })
  const ofPayer = listInquiryBundles(answer.json)
  const said = ofPayer.flatMap((bundle) => {
    const read = readPasResponse(bundle, { version })
    return read.ok ? [read.value] : []
  })
  const more = ours.filter(
    ({ row }) => !said.some((response) => answersRequest(response, row.claimIdentifier, row.traceNumbers)),
  )
  return ok(write(deps, inquiry, [...ofPayer.map((bundle) => ({ bundle, version })), ...more]))
}
