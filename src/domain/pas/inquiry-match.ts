/**
 * Whether a stored request answers an inquiry by example (pas.md §4). Member and provider must both match (spec-53); numbers,
 * item traces, codes, dates, diagnoses and decisions narrow it down. The inquiry's own identifier is no key, unless it is
 * that of a stored Claim. Pure.
 */
import type { Bundle, Claim, ClaimItem, Extension, FhirResource, Period } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { listOf } from '../fhir/list.ts'
import { readMember, readProviderNpis } from './claim-parties.ts'
import type { PasLine, PasPeriod, PasResponse } from './pas-response.ts'

export interface InquiryExample {
  readonly claim: Claim
  readonly memberIds: readonly string[]
  readonly npis: readonly string[]
  /** Authorization and tracking numbers; one of them is enough. */
  readonly numbers: readonly string[]
  readonly traces: readonly string[]
  readonly claimIdentifiers: readonly string[]
  /** Nothing but whose, and who asks: everything of the member is asked for. */
  readonly isBroad: boolean
}

export interface StoredClaim {
  readonly claim: Claim
  readonly claimIdentifier: string
  readonly traces: readonly string[]
  readonly providerNpis: readonly string[]
  readonly response: PasResponse
  /** `ClaimResponse.preAuthRef`, which some payers use for a number. */
  readonly preAuthRef: string | null
}

const NUMBERS = [EXT.authorizationNumber, EXT.administrationReferenceNumber]
const numbersOf = (of: { extension?: Extension[] | undefined }): string[] =>
  NUMBERS.flatMap((url) => readExtensions(of, url).flatMap(({ valueString }) => valueString ?? []))
const tracesOf = (item: ClaimItem): string[] =>
  readExtensions(item, EXT.itemTraceNumber).flatMap(({ valueIdentifier }) => valueIdentifier?.value ?? [])

const codesOf = (item: ClaimItem): string[] =>
  listOf(item.productOrService?.coding)
    .filter(({ system, code }) => system !== SYSTEM.dataAbsentReason && code !== 'not-applicable')
    .map(({ system, code }) => `${system ?? ''}|${code ?? ''}`)

const diagnosesOf = (claim: Claim): string[] =>
  listOf(claim.diagnosis).flatMap((one) =>
    listOf(one.diagnosisCodeableConcept?.coding).map(({ system, code }) => `${system ?? ''}|${code ?? ''}`),
  )

type Span = readonly [from: string, to: string]
const FIRST = ''
const LAST = '9999'
const spanOfPeriod = (period: Period | PasPeriod): Span => [period.start ?? FIRST, period.end ?? LAST]
const spanOfItem = ({ servicedDate, servicedPeriod }: ClaimItem): Span =>
  servicedDate !== undefined ? [servicedDate, servicedDate] : spanOfPeriod(servicedPeriod ?? {})
/** FHIR dates of any precision compare as text up to the shorter of both. */
const reaches = (from: string, to: string): boolean => from <= to || from.startsWith(to) || to.startsWith(from)
const overlaps = ([fromA, toA]: Span, [fromB, toB]: Span): boolean => reaches(fromA, toB) && reaches(fromB, toA)

/** A date or Period that the example asks for; undefined where it does not. */
function askedSpan(item: ClaimItem, url: string): Span | undefined {
  const asked = readExtension(item, url)
  if (asked?.valuePeriod !== undefined) return spanOfPeriod(asked.valuePeriod)
  return asked?.valueDate === undefined ? undefined : [asked.valueDate, asked.valueDate]
}

/** Reads what an inquiry asks for. The Bundle must have passed `validatePasInquiryBundle`. */
export function readInquiryExample(bundle: Bundle<FhirResource>, claim: Claim): InquiryExample {
  const { memberId, subscriberId } = readMember(bundle, claim)
  const items = listOf(claim.item)
  const numbers = [claim, ...items].flatMap(numbersOf)
  const traces = items.flatMap(tracesOf)
  const asksItems = items.some(
    (item) => codesOf(item).length > 0 || item.servicedDate !== undefined || item.servicedPeriod !== undefined,
  )
  const isBroad = numbers.length + traces.length === 0 && !asksItems && listOf(claim.diagnosis).length === 0
  return {
    claim,
    memberIds: [memberId, subscriberId].filter((id) => id !== null),
    npis: readProviderNpis(bundle, claim),
    numbers,
    traces,
    claimIdentifiers: listOf(claim.identifier).flatMap(({ value }) => value ?? []),
    isBroad: isBroad && claim.billablePeriod === undefined,
  }
}

/** Every number under which a payer or a provider may know it, former ones too (spec-48). */
function knownNumbers({ claim, response, preAuthRef }: StoredClaim): Set<string> {
  const lines = [...response.lines, ...response.additionalLines]
  const said = lines.flatMap((line) => [
    line.authorizationNumber,
    line.previousAuthorizationNumber,
    line.trackingNumber,
  ])
  const asked = [claim, ...listOf(claim.item)].flatMap(numbersOf)
  const all = [...said, ...asked, preAuthRef, response.decision?.authorizationNumber ?? null]
  return new Set(all.filter((number) => number !== null))
}

function lineMatches(asked: ClaimItem, item: ClaimItem, line: PasLine | undefined): boolean {
  const codes = codesOf(asked)
  const known = codesOf(item)
  if (codes.length > 0 && !codes.some((code) => known.includes(code))) return false
  if (!overlaps(spanOfItem(asked), spanOfItem(item))) return false
  const action = readExtension(asked, EXT.reviewActionCode)?.valueCodeableConcept?.coding?.[0]?.code
  if (action !== undefined && action !== line?.reviewActionCode) return false
  const dates: readonly (readonly [string, string | null | undefined])[] = [
    [EXT.itemCertificationIssueDate, line?.issuedOn],
    [EXT.itemCertificationEffectiveDate, line?.validity?.start],
    [EXT.itemCertificationExpirationDate, line?.validity?.end],
  ]
  return dates.every(([url, date]) => {
    const span = askedSpan(asked, url)
    return span === undefined || (typeof date === 'string' && overlaps(span, [date, date]))
  })
}

/** Whether member-matched `stored` is open to who asks: ordering or rendering NPI (spec-53). */
export const isOpenTo = (example: InquiryExample, providerNpis: readonly string[]): boolean =>
  providerNpis.some((npi) => example.npis.includes(npi))

/**
 * What must stand in the stored text of a match: one word of each list, as a JSON string. A quick look before the JSON is
 * read; a text that spells a word with escapes is not found by it.
 */
export function listNeededWords(example: InquiryExample): readonly (readonly string[])[] {
  const codes = listOf(example.claim.item).map((item) => codesOf(item).map((one) => one.slice(one.indexOf('|') + 1)))
  const diagnoses = diagnosesOf(example.claim).map((one) => one.slice(one.indexOf('|') + 1))
  return [example.numbers, example.traces, diagnoses, ...codes].filter((words) => words.length > 0)
}

/** Whether a request of the member that is open to who asks is one of those asked for. */
export function matchesExample(example: InquiryExample, stored: StoredClaim): boolean {
  if (example.claimIdentifiers.includes(stored.claimIdentifier)) return true
  if (example.numbers.length > 0) {
    const known = knownNumbers(stored)
    if (!example.numbers.some((number) => known.has(number))) return false
  }
  if (example.traces.length > 0 && !example.traces.some((trace) => stored.traces.includes(trace))) return false
  const known = diagnosesOf(stored.claim)
  const diagnoses = diagnosesOf(example.claim)
  if (diagnoses.length > 0 && !diagnoses.some((one) => known.includes(one))) return false
  const items = listOf(stored.claim.item)
  const { billablePeriod } = example.claim
  if (billablePeriod !== undefined && !items.some((item) => overlaps(spanOfPeriod(billablePeriod), spanOfItem(item))))
    return false
  return listOf(example.claim.item).every((asked) =>
    items.some((item) =>
      lineMatches(
        asked,
        item,
        stored.response.lines.find(({ sequence }) => sequence === item.sequence),
      ),
    ),
  )
}
