/**
 * The record of one request by logical model PASMetricData (pas.md §9): codes and times of its exchanges and items; no name,
 * no member. Collected, never exchanged. What is not known is left out. Pure.
 */
import type { Bundle, Claim, CodeableConcept, FhirResource, Identifier, Reference } from 'fhir/r4'
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
  /** When the answer came by notification: the first one came before it. */
  readonly notifiedAt: string | null
}

export interface PasMetricRecord {
  readonly source: PasMetricInput['source']
  readonly providerId?: Identifier
  readonly groupId?: Identifier
  readonly payerId?: Identifier
  readonly exchange: readonly object[]
  readonly issue: readonly object[]
  readonly aaaCodes: readonly object[]
  readonly itemDetail: readonly object[]
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

/** Who asked: a group by itself, or a person in it. */
function readProvider(bundle: Bundle<FhirResource>, claim: Claim): Pick<PasMetricRecord, 'providerId' | 'groupId'> {
  const party = resolveInBundle(bundle, claim.provider)
  const isRole = party?.resourceType === 'PractitionerRole'
  const groupId = npiOf(bundle, isRole ? party.organization : claim.provider)
  const providerId = isRole ? npiOf(bundle, party.practitioner) : undefined
  return { ...(providerId === undefined ? {} : { providerId }), ...(groupId === undefined ? {} : { groupId }) }
}

function readPayer(bundle: Bundle<FhirResource>, claim: Claim): Identifier | undefined {
  const insurer = resolveInBundle(bundle, claim.insurer)
  const [identifier] = insurer?.resourceType === 'Organization' ? listOf(insurer.identifier) : []
  return identifier
}

function toItemDetail(
  {
    sequence,
    productOrService,
    locationCodeableConcept,
  }: { sequence: number; productOrService?: CodeableConcept; locationCodeableConcept?: CodeableConcept },
  line: PasLine | undefined,
  { sentAt, answeredAt }: PasMetricInput,
): object {
  const result = line && RESULT[line.status]
  const [reason] = line?.reasons ?? []
  const isFinal = result !== undefined && result !== 'pended'
  const codesOf = (of: CodeableConcept | undefined): object | undefined =>
    of?.coding === undefined ? undefined : { coding: of.coding.map(({ system, code }) => ({ system, code })) }
  const item = codesOf(productOrService)
  const location = codesOf(locationCodeableConcept)
  return {
    trn: sequence,
    ...(item === undefined ? {} : { item }),
    initialSubmissionTime: sentAt,
    ...(isFinal ? { finalResponseTime: answeredAt } : {}),
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

/** Builds the record. */
export function buildPasMetricRecord(input: PasMetricInput): PasMetricRecord {
  const { bundle, claim, response } = input
  const errors = response?.errors ?? []
  const payerId = readPayer(bundle, claim)
  const status = input.httpStatus === null ? {} : { httpResponse: input.httpStatus }
  const first = { type: typeOf(claim), with: 'payer-src', method: 'restful', requestTime: input.sentAt }
  return {
    source: input.source,
    ...readProvider(bundle, claim),
    ...(payerId === undefined ? {} : { payerId }),
    exchange:
      input.notifiedAt === null
        ? [{ ...first, responseTime: input.answeredAt, ...status }]
        : [
            first,
            {
              type: 'subsequent',
              with: 'payer-src',
              method: 'restful',
              requestTime: input.notifiedAt,
              httpResponse: 200,
            },
          ],
    issue: response === null ? [{ code: 'processing' }] : [],
    // X12 element such as 2010A-NM103: the loop stands before the hyphen.
    aaaCodes: errors.flatMap(({ code, element }) => {
      const loopID = element?.split('-')[0]
      return loopID === undefined || loopID === '' ? [] : [{ loopID, aaaCode: code }]
    }),
    itemDetail: listOf(claim.item).map((item) =>
      toItemDetail(
        item as { sequence: number },
        response?.lines.find(({ sequence }) => sequence === item.sequence),
        input,
      ),
    ),
  }
}
