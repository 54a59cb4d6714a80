/**
 * The record of one request by logical model PASMetricData (pas.md §9): codes and times of its exchanges and items; no name,
 * no member. Collected, never exchanged. What is not known is left out. Pure.
 */
import type {
  Bundle,
  Claim,
  ClaimItem,
  CodeableConcept,
  DomainResource,
  FhirResource,
  Identifier,
  Reference,
} from 'fhir/r4'
import { listCoverageInformation, readCoverageInformation } from '../crd/coverage-information.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { listOf } from '../fhir/list.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import type { PasLine, PasResponse } from './pas-response.ts'

export interface PasMetricInput {
  readonly source: 'provider-src' | 'intermediary-src'
  readonly bundle: Bundle<FhirResource>
  readonly claim: Claim
  /** Null where the payer refused it, or its answer cannot be read. */
  readonly response: PasResponse | null
  readonly sentAt: string
  readonly answeredAt: string
  readonly httpStatus: number | null
  /** How this answer came. */
  readonly cameBy: 'response' | 'notification' | 'inquiry'
  /** The record of the answers before this one: its exchanges stay. */
  readonly earlier: Pick<PasMetricRecord, 'exchange' | 'requestedDoc'> | null
  /** Documents that were sent since the request. */
  readonly documents: readonly { readonly sentAt: string; readonly answeredAt: string; readonly httpStatus: number }[]
  readonly lineOfBusiness: string | null
}

export interface PasMetricRecord {
  readonly source: PasMetricInput['source']
  readonly providerId?: Identifier
  readonly groupId?: Identifier
  readonly payerId?: Identifier
  readonly exchange: readonly MetricExchange[]
  readonly issue: readonly object[]
  readonly aaaCodes: readonly object[]
  readonly itemDetail: readonly object[]
  readonly requestedDoc?: readonly RequestedDoc[]
  readonly businessLine?: CodeableConcept
}

interface MetricExchange {
  readonly type: 'initial' | 'update' | 'cancel' | 'subsequent' | 'query' | 'initialDocToPayer'
  readonly with: 'payer-src'
  readonly method: 'restful'
  readonly requestTime: string
  readonly responseTime?: string
  readonly httpResponse?: number
}

interface RequestedDoc {
  readonly docRequest: readonly object[]
  readonly timeRequested: string
  readonly timeSubmitted?: string
  readonly submissionMethod?: 'CDex'
}

const CANCEL = '3'
const isCancelled = (of: Parameters<typeof readExtension>[0]): boolean =>
  listOf(readExtension(of, EXT.certificationType)?.valueCodeableConcept?.coding).some(({ code }) => code === CANCEL)

/** Which step of the model it is (pas.md §5). */
function typeOf(claim: Claim): 'initial' | 'update' | 'cancel' {
  const items = listOf(claim.item)
  if (isCancelled(claim) || (items.length > 0 && items.every(isCancelled))) return 'cancel'
  return claim.related === undefined ? 'initial' : 'update'
}

const RESULT: Partial<Record<PasLine['status'], string>> = {
  approved: 'approved',
  'partially-approved': 'modified',
  modified: 'modified',
  denied: 'denied',
  pended: 'pended',
  cancelled: 'cancelled',
}

function npiOf(bundle: Bundle<FhirResource>, reference: Reference | undefined): Identifier | undefined {
  const party = resolveInBundle(bundle, reference)
  if (party?.resourceType !== 'Organization' && party?.resourceType !== 'Practitioner') return undefined
  const npi = listOf(party.identifier).find(({ system }) => system === SYSTEM.npi)
  return npi?.value === undefined ? undefined : { system: SYSTEM.npi, value: npi.value }
}

/** The NPI of a person, or of the person in a role. */
function personOf(bundle: Bundle<FhirResource>, reference: Reference | undefined): Identifier | undefined {
  const party = resolveInBundle(bundle, reference)
  if (party?.resourceType === 'PractitionerRole') return npiOf(bundle, party.practitioner)
  return party?.resourceType === 'Practitioner' ? npiOf(bundle, reference) : undefined
}

/** Who asked: a person in a group; where the group itself asks, the first person of its care team. */
function readProvider(bundle: Bundle<FhirResource>, claim: Claim): Pick<PasMetricRecord, 'providerId' | 'groupId'> {
  const party = resolveInBundle(bundle, claim.provider)
  const isRole = party?.resourceType === 'PractitionerRole'
  const groupId = npiOf(bundle, isRole ? party.organization : claim.provider)
  const asked = [claim.provider, ...listOf(claim.careTeam).map(({ provider }) => provider)]
  const [providerId] = asked.flatMap((reference) => personOf(bundle, reference) ?? [])
  return { ...(providerId === undefined ? {} : { providerId }), ...(groupId === undefined ? {} : { groupId }) }
}

function readPayer(bundle: Bundle<FhirResource>, claim: Claim): Identifier | undefined {
  const insurer = resolveInBundle(bundle, claim.insurer)
  const [identifier] = insurer?.resourceType === 'Organization' ? listOf(insurer.identifier) : []
  return identifier
}

/** The payer's statement on the order, by which the item was found to need authorization (CRD). */
function readAssertionId(bundle: Bundle<FhirResource>, item: ClaimItem): string | undefined {
  const order = resolveInBundle(bundle, readExtension(item, EXT.requestedService)?.valueReference)
  const [statement] = order === undefined ? [] : listCoverageInformation(order as DomainResource)
  return statement === undefined ? undefined : (readCoverageInformation(statement).assertionId ?? undefined)
}

const codesOf = (of: CodeableConcept | undefined): object | undefined =>
  of?.coding === undefined ? undefined : { coding: of.coding.map(({ system, code }) => ({ system, code })) }

function toItemDetail(item: ClaimItem, input: PasMetricInput, responses: number): object {
  const line = input.response?.lines.find(({ sequence }) => sequence === item.sequence)
  const result = line && RESULT[line.status]
  const [reason] = line?.reasons ?? []
  const isFinal = result !== undefined && result !== 'pended'
  const code = codesOf(item.productOrService)
  const location = codesOf(item.locationCodeableConcept)
  const assertionId = readAssertionId(input.bundle, item)
  return {
    trn: item.sequence,
    ...(code === undefined ? {} : { item: code }),
    ...(assertionId === undefined ? {} : { assertionId }),
    initialSubmissionTime: input.sentAt,
    ...(isFinal ? { finalResponseTime: input.answeredAt, responsesRequired: responses } : {}),
    ...(location === undefined ? {} : { locationType: location }),
    ...(result === undefined ? {} : { result }),
    ...(line?.status === 'denied' && reason !== undefined
      ? {
          denialReason: {
            coding: [{ ...(reason.system === null ? {} : { system: reason.system }), code: reason.code }],
          },
        }
      : {}),
  }
}

/** What was asked and answered so far, this answer included, in the order of the asking. */
function listExchanges(input: PasMetricInput): MetricExchange[] {
  const { earlier, documents, cameBy, sentAt, answeredAt, httpStatus } = input
  const call = { with: 'payer-src', method: 'restful' } as const
  const status = httpStatus === null ? {} : { httpResponse: httpStatus }
  const asked = { type: typeOf(input.claim), ...call, requestTime: sentAt }
  const first = cameBy === 'response' ? { ...asked, responseTime: answeredAt, ...status } : asked
  const later: MetricExchange | undefined =
    cameBy === 'response'
      ? undefined
      : { type: cameBy === 'inquiry' ? 'query' : 'subsequent', ...call, requestTime: answeredAt, httpResponse: 200 }
  const sent = documents.map((document): MetricExchange => ({
    type: 'initialDocToPayer',
    ...call,
    requestTime: document.sentAt,
    responseTime: document.answeredAt,
    httpResponse: document.httpStatus,
  }))
  const before = earlier?.exchange.filter(({ type }) => type !== 'initialDocToPayer') ?? [first]
  return [...before, ...sent, ...(later === undefined ? [] : [later])].toSorted((one, other) =>
    one.requestTime < other.requestTime ? -1 : 1,
  )
}

/** What the payer asked for, now and before, and when it was sent. */
function listRequestedDocs({ earlier, response, answeredAt, documents }: PasMetricInput): RequestedDoc[] {
  const asked = (response?.requests ?? []).map(({ codes }): RequestedDoc => ({
    docRequest: codes.map(({ system, code }) => ({ coding: [{ ...(system === null ? {} : { system }), code }] })),
    timeRequested: answeredAt,
  }))
  const all = asked.length > 0 ? asked : (earlier?.requestedDoc ?? [])
  return all.map((doc) => {
    const sent = documents.find(({ sentAt }) => sentAt >= doc.timeRequested)
    return sent === undefined ? doc : { ...doc, timeSubmitted: sent.sentAt, submissionMethod: 'CDex' }
  })
}

/** Builds the record. */
export function buildPasMetricRecord(input: PasMetricInput): PasMetricRecord {
  const { bundle, claim, response, lineOfBusiness } = input
  const errors = response?.errors ?? []
  const payerId = readPayer(bundle, claim)
  const exchange = listExchanges(input)
  const responses = exchange.filter(({ type }) => type !== 'initialDocToPayer').length
  const requestedDoc = listRequestedDocs(input)
  return {
    source: input.source,
    ...readProvider(bundle, claim),
    ...(payerId === undefined ? {} : { payerId }),
    exchange,
    issue: response === null ? [{ code: 'processing' }] : [],
    // X12 element such as 2010A-NM103: the loop stands before the hyphen.
    aaaCodes: errors.flatMap(({ code, element }) => {
      const loopID = element?.split('-')[0]
      return loopID === undefined || loopID === '' ? [] : [{ loopID, aaaCode: code }]
    }),
    itemDetail: listOf(claim.item).map((item) => toItemDetail(item, input, responses)),
    ...(requestedDoc.length === 0 ? {} : { requestedDoc }),
    ...(lineOfBusiness === null ? {} : { businessLine: { text: lineOfBusiness } }),
  }
}
