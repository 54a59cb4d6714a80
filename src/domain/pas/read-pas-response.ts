/**
 * Reads a payer's answer: a PAS response Bundle, an inquiry's Parameters, a notification, or a bare ClaimResponse.
 * Pure. Whatever is not shaped as a ClaimResponse is a failure with its path, never an empty answer.
 */
import type {
  Bundle,
  ClaimResponse,
  ClaimResponseAddItem,
  ClaimResponseError,
  ClaimResponseItem,
  Extension,
  FhirResource,
  Identifier,
  Period,
  Quantity,
} from 'fhir/r4'
import { isSameJson } from '../crd/json.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { listOf } from '../fhir/list.ts'
import { normalizeReference, referenceTo, resolveInBundle } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import { readAnswerDetails } from './answer-details.ts'
import { valueTyped } from './claim-parties.ts'
import { findMisshapen } from './claim-response-shape.ts'
import { readInformationRequests } from './information-request.ts'
import type {
  PasAdditionalLine,
  PasCode,
  PasError,
  PasIdentifier,
  PasLine,
  PasPeriod,
  PasQuantity,
  PasResponse,
  PasResponseError,
  PasVersion,
  ReviewAction,
} from './pas-response.ts'
import { readCode, readCodes, readDecision, rollUp } from './review-action.ts'

export interface ReadOptions {
  readonly version: PasVersion
  /** Item sequences of the Claim that this answers: those that the answer leaves out become `unknown`, and flagged. */
  readonly requestedSequences?: readonly number[]
}

type Found = { claimResponse: ClaimResponse; fullUrl: unknown; bundle: Bundle<FhirResource> | null }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** ClaimResponses wherever an answer may carry them: entries, Parameters parts of any name, Bundles within Bundles. */
function findClaimResponses(body: unknown, within: Bundle<FhirResource> | null, fullUrl?: unknown): Found[] {
  if (!isObject(body)) return []
  const inside = (of: unknown, bundle: Bundle<FhirResource> | null): Found[] =>
    (Array.isArray(of) ? (of as unknown[]) : []).flatMap((child) =>
      isObject(child) ? findClaimResponses(child['resource'], bundle, child['fullUrl']) : [],
    )
  switch (body['resourceType']) {
    case 'ClaimResponse':
      return [{ claimResponse: body as unknown as ClaimResponse, fullUrl, bundle: within }]
    case 'Bundle':
      return inside(body['entry'], body as unknown as Bundle<FhirResource>)
    case 'Parameters':
      return inside(body['parameter'], within)
    default:
      return []
  }
}

/** How the payer names it: by its address, else by its id, else by the name that the Bundle gives it. */
function nameOf({ claimResponse, fullUrl }: Found): string | null {
  if (typeof fullUrl === 'string' && !fullUrl.startsWith('urn:')) return normalizeReference(fullUrl)
  return referenceTo(claimResponse) ?? (typeof fullUrl === 'string' ? fullUrl : null)
}

/** By the Patient that came along, else by the identifier of the reference. */
function readMemberIds({ claimResponse: { patient }, bundle }: Found): string[] {
  const found = bundle === null ? undefined : resolveInBundle(bundle, patient)
  const own = found?.resourceType === 'Patient' ? found.identifier : undefined
  const identifiers = [...listOf(own), ...(patient?.identifier === undefined ? [] : [patient.identifier])]
  const member = valueTyped(identifiers, 'MB')
  return member === undefined ? identifiers.flatMap(({ value }) => value ?? []) : [member]
}

const toPeriod = (period: Period | undefined): PasPeriod | null =>
  period === undefined ? null : { start: period.start ?? null, end: period.end ?? null }

const toServiced = (date: string | undefined, period: Period | undefined): PasPeriod | null =>
  date === undefined ? toPeriod(period) : { start: date, end: date }

const toQuantity = (quantity: Quantity | undefined): PasQuantity | null =>
  quantity?.value === undefined ? null : { value: String(quantity.value), unit: quantity.unit ?? quantity.code ?? null }

const toIdentifier = (identifier: Identifier | undefined): PasIdentifier[] =>
  identifier?.value === undefined ? [] : [{ system: identifier.system ?? null, value: identifier.value }]

/** What all say alike; null where they differ, or none says it. */
function agreed<T>(values: readonly T[]): T | null {
  const [first] = values
  return first !== undefined && values.every((one) => isSameJson(one, first)) ? first : null
}

/** Together; null where they cannot be added: of different units, or of none. */
function sumOf(quantities: readonly (PasQuantity | null)[]): PasQuantity | null {
  const [first] = quantities
  if (quantities.length < 2 || first === null || first === undefined) return first ?? null
  if (quantities.some((one) => one === null || one.unit !== first.unit)) return null
  const sum = quantities.reduce((so, one) => so + Number(one?.value), 0)
  return { value: String(Number(sum.toFixed(SUM_DIGITS))), unit: first.unit }
}
/** Beyond these a sum of decimals is an error of the arithmetic. */
const SUM_DIGITS = 8

/**
 * The granted values sit elsewhere in each version: 2.0.1 itemAuthorizedDetail, 2.2.1 addItem (pas.md §3.3). Several addItems
 * may grant one line in parts: what they say differently is for the detail view, since no one part is the whole.
 */
function readAllowed(
  item: ClaimResponseItem | undefined,
  added: readonly ClaimResponseAddItem[],
  version: PasVersion,
): { quantity: PasQuantity | null; service: PasCode | null; serviced: PasPeriod | null } {
  if (version === '2.0.1') {
    const detail = readExtension(item, EXT.itemAuthorizedDetail)
    return {
      quantity: toQuantity(readExtension(detail, 'quantity')?.valueQuantity),
      service: readCodes(readExtension(detail, 'productOrServiceCode')?.valueCodeableConcept)[0] ?? null,
      serviced: null,
    }
  }
  const services = added.map(({ productOrService }) => readCodes(productOrService)[0] ?? null)
  const isOneService = new Set(services.map((service) => service?.code)).size < 2
  return {
    quantity: isOneService ? sumOf(added.map(({ quantity }) => toQuantity(quantity))) : null,
    service: isOneService ? (services[0] ?? null) : null,
    serviced: agreed(added.map(({ servicedDate, servicedPeriod }) => toServiced(servicedDate, servicedPeriod))),
  }
}

const allows = (decision: ReviewAction | null): boolean =>
  decision !== null && ['approved', 'partially-approved', 'modified', 'not-required'].includes(decision.status)

/** What both kinds of line carry; where a line and its authorized version both say it, the line's own comes first. */
function readFacts(
  sources: readonly { extension?: Extension[] | undefined }[],
  decision: ReviewAction | null,
  claimResponse: ClaimResponse,
): Omit<PasAdditionalLine, 'sequence' | 'allowed' | 'service' | 'serviced'> {
  const first = (url: string): Extension | undefined =>
    sources.map((source) => readExtension(source, url)).find((extension) => extension !== undefined)
  const [own, ...granted] = sources
  // Parts of a line that are granted for different times: the line's own period, or none.
  const periods = (readExtension(own, EXT.itemPreAuthPeriod) ? [own] : [own, ...granted]).flatMap(
    (source) => readExtension(source, EXT.itemPreAuthPeriod)?.valuePeriod ?? [],
  )
  const issued = first(EXT.itemPreAuthIssueDate)
  return {
    status: decision?.status ?? 'unknown',
    reviewActionCode: decision?.code ?? null,
    authorizationNumber: decision?.authorizationNumber ?? null,
    previousAuthorizationNumber: first(EXT.authorizationNumber)?.valueString ?? null,
    // Of the line, else of the whole request: later drafts of 2.2, and the contexts of 2.0.1, have it at the root (pas.md §0).
    trackingNumber:
      (first(EXT.administrationReferenceNumber) ?? readExtension(claimResponse, EXT.administrationReferenceNumber))
        ?.valueString ?? null,
    traceNumbers: sources.flatMap((source) =>
      readExtensions(source, EXT.itemTraceNumber).flatMap((trace) => toIdentifier(trace.valueIdentifier)),
    ),
    reasons: decision?.reasons ?? [],
    validity: periods.length > 0 ? agreed(periods.map(toPeriod)) : toPeriod(claimResponse.preAuthPeriod),
    issuedOn: issued?.valueDate ?? issued?.valueDateTime ?? null,
  }
}

interface Reading {
  readonly claimResponse: ClaimResponse
  readonly version: PasVersion
  readonly requestDecision: ReviewAction | null
}

const coded = (action: ReviewAction | null): ReviewAction | null =>
  action === null || action.code === null ? null : action

/** Parts of a line that are decided differently: it waits with the one that waits, else a part of it is approved. */
function together(decisions: readonly (ReviewAction | null)[]): ReviewAction | null {
  const given = decisions.filter((one) => one !== null)
  const [first] = given
  if (first === undefined || given.every(({ status }) => status === first.status)) return first ?? null
  return given.find(({ status }) => status === 'pended') ?? { ...first, status: 'partially-approved' }
}

/**
 * The decision that holds for a line: its own; for a line answered by its authorized version alone, that one's; else the
 * request's, unless other lines are answered and this one is left out (pas.md §3.5).
 */
function decideLine(
  item: ClaimResponseItem | undefined,
  added: readonly ClaimResponseAddItem[],
  { claimResponse, requestDecision }: Reading,
): ReviewAction | null {
  const own = readDecision(item?.adjudication)
  const ofAdded = together(added.map(({ adjudication }) => readDecision(adjudication)))
  const leftOut = item === undefined && (claimResponse.item ?? []).length > 0
  const decision =
    coded(own) ?? (item === undefined ? coded(ofAdded) : null) ?? (leftOut ? null : coded(requestDecision))
  if (decision === null) return own
  const number = own?.authorizationNumber ?? decision.authorizationNumber ?? ofAdded?.authorizationNumber ?? null
  return { ...decision, authorizationNumber: number }
}

function readLine(sequence: number, reading: Reading): PasLine {
  const { claimResponse, version } = reading
  const item = claimResponse.item?.find(({ itemSequence }) => itemSequence === sequence)
  const added = (claimResponse.addItem ?? []).filter(({ itemSequence }) => itemSequence?.includes(sequence))
  const decision = decideLine(item, added, reading)
  const allowed = readAllowed(item, added, version)
  const sources = [...(item === undefined ? [] : [item]), ...added]
  return {
    sequence,
    ...readFacts(sources, decision, claimResponse),
    allowed: allows(decision) ? allowed.quantity : null,
    allowedService: allows(decision) ? allowed.service : null,
    allowedServiced: allows(decision) ? allowed.serviced : null,
    notes: (item?.noteNumber ?? []).flatMap(
      (number) => claimResponse.processNote?.find((note) => note.number === number)?.text ?? [],
    ),
    missing: sources.length === 0,
  }
}

function readAdditionalLine(
  sequence: number,
  added: ClaimResponseAddItem,
  claimResponse: ClaimResponse,
): PasAdditionalLine {
  const decision = readDecision(added.adjudication)
  return {
    sequence,
    ...readFacts([added], decision, claimResponse),
    allowed: allows(decision) ? toQuantity(added.quantity) : null,
    service: readCodes(added.productOrService)[0] ?? null,
    serviced: toServiced(added.servicedDate, added.servicedPeriod),
  }
}

/** errorElement is a plain string in 2.0.1, complex in 2.2.1; both are read whatever the version (pas.md §3.6, §13). */
function readError(error: ClaimResponseError, claimResponse: ClaimResponse): PasError {
  const code = readCode(error.code, SYSTEM.x12RejectReason)
  const element = readExtension(error, EXT.errorElement)
  const noteNumber = readExtension(element, 'processNote')?.valuePositiveInt
  return {
    code: code?.code ?? '',
    text: code?.text ?? null,
    followUp:
      readCode(readExtension(error, EXT.errorFollowupAction)?.valueCodeableConcept, SYSTEM.x12FollowupAction)?.code ??
      null,
    element: element?.valueString ?? readExtension(element, 'error')?.valueString ?? null,
    path: readExtension(error, EXT.errorPath)?.valueString ?? null,
    note: claimResponse.processNote?.find(({ number }) => number !== undefined && number === noteNumber)?.text ?? null,
  }
}

const PART = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }

/**
 * 2.0.1 answers to updates may be partial, marked SUBSETTED (pas.md §13, update items); its own examples put the mark among the
 * security labels, FHIR among the tags. 2.2.1 answers all lines: there a line left out is unknown.
 */
const isMarkedPart = ({ meta }: ClaimResponse): boolean =>
  [...(meta?.tag ?? []), ...(meta?.security ?? [])].some(
    ({ system, code }) => system === PART.system && code === PART.code,
  )

function readClaimResponse(found: Found, options: ReadOptions): PasResponse {
  const { claimResponse, bundle } = found
  const requestDecision = readDecision(claimResponse.adjudication)
  const reading: Reading = { claimResponse, version: options.version, requestDecision }
  const answered = claimResponse.item?.map(({ itemSequence }) => itemSequence) ?? []
  const sequences = [...new Set([...answered, ...(options.requestedSequences ?? [])])].sort((a, b) => a - b)
  const lines = sequences.map((sequence) => readLine(sequence, reading))
  const additionalLines = (claimResponse.addItem ?? []).flatMap((added) =>
    (added.itemSequence ?? [])
      .filter((sequence) => !sequences.includes(sequence))
      .map((sequence) => readAdditionalLine(sequence, added, claimResponse)),
  )
  const errors = (claimResponse.error ?? []).map((error) => readError(error, claimResponse))
  const statuses =
    lines.length > 0 ? lines.map(({ status }) => status) : requestDecision ? [requestDecision.status] : []
  const rejected = claimResponse.outcome === 'error' || (errors.length > 0 && answered.length === 0)
  return {
    version: options.version,
    rollUp: rollUp(statuses, rejected),
    partial: options.version === '2.0.1' && isMarkedPart(claimResponse),
    lines,
    additionalLines,
    decision: requestDecision,
    validity: toPeriod(claimResponse.preAuthPeriod),
    requests: readInformationRequests(claimResponse, bundle),
    details: readAnswerDetails(claimResponse, bundle, { version: options.version, sequences }),
    errors,
    notes: (claimResponse.processNote ?? []).map(({ number, text }) => ({ number: number ?? null, text })),
    humanReviewed:
      readExtension(readExtension(claimResponse, EXT.claimResponseReviewer), 'wasHumanReviewedFlag')?.valueBoolean ??
      null,
    createdAt: claimResponse.created ?? null,
    reference: nameOf(found),
    identifiers: (claimResponse.identifier ?? []).flatMap(toIdentifier),
    memberIds: readMemberIds(found),
    answers: {
      reference: claimResponse.request?.reference ?? null,
      identifier: toIdentifier(claimResponse.request?.identifier)[0] ?? null,
    },
  }
}

/**
 * Reads every ClaimResponse of an answer: an inquiry may bring several (pas.md §4). A Parameters without a `return` is
 * an inquiry that found nothing: an empty list.
 * Fails with `not-a-response` (no Bundle, Parameters or ClaimResponse) or `claim-response-malformed` with the path.
 */
export function readPasResponses(body: unknown, options: ReadOptions): Result<PasResponse[], PasResponseError> {
  if (!isObject(body) || !['Bundle', 'Parameters', 'ClaimResponse'].includes(String(body['resourceType'])))
    return err({ reason: 'not-a-response' })
  const found = findClaimResponses(body, null)
  for (const { claimResponse, bundle } of found) {
    const path = findMisshapen(claimResponse, 'ClaimResponse') ?? (bundle && findMisshapen(bundle, 'Bundle'))
    if (path) return err({ reason: 'claim-response-malformed', path })
  }
  return ok(found.map((one) => readClaimResponse(one, options)))
}

/** Reads the one answer to a `$submit`: its first ClaimResponse. Fails also with `no-claim-response`. */
export function readPasResponse(body: unknown, options: ReadOptions): Result<PasResponse, PasResponseError> {
  const all = readPasResponses(body, options)
  if (!all.ok) return all
  const [first] = all.value
  return first === undefined ? err({ reason: 'no-claim-response' }) : ok(first)
}
