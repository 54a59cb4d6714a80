/**
 * Builds the PAS 2.2.1 request Bundle of a new request: Claim first, then everything that it points to, each instance once
 * (pas.md §2). Pure: identifiers, instants and UUIDs are passed in, so the same input gives the same bytes.
 */
import type {
  Address,
  Bundle,
  Claim,
  Coverage,
  FhirResource,
  Identifier,
  Organization,
  Patient,
  QuestionnaireResponse,
  RelatedPerson,
} from 'fhir/r4'
import { PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { hasNpiCheckDigit } from '../fhir/npi.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import { buildClaim, type ClaimDocument, type ClaimParties } from './claim.ts'
import { closeOver, type PoolEntry } from './closure.ts'
import { readMemberId, toBeneficiary, toCoverage, toSubscriber } from './member-resources.ts'
import { toPasDocument, toPasOrder } from './order-resources.ts'
import { findAdmission, toPlannedEncounter } from './planned-encounter.ts'
import { omit } from './profile-parts.ts'
import { toInsurer, toOrganization, toPractitioner, toPractitionerRole, toRequestor } from './provider-resources.ts'
import type { PasRequestError, PasRequestInput, UnresolvedReference } from './request-input.ts'
import { createPool, findKnown, type Pool } from './request-pool.ts'
import { addCareTeam, addPerformers } from './request-team.ts'

/** They become trace numbers (X12 TRN02). */
export const MAX_IDENTIFIER_LENGTH = 50

export interface BuiltRequest {
  readonly bundle: Bundle<FhirResource>
  /** References whose targets were not given: they stand as logical references. */
  readonly unresolved: readonly UnresolvedReference[]
}

const npisOf = (organization: Organization): string[] =>
  (organization.identifier ?? []).flatMap(({ system, value }) => (system === SYSTEM.npi && value ? [value] : []))

/** What the chart has of the organization's other numbers (PAS slices TIN and PI), where the configuration has none. */
function otherNumbers(known: Organization, configured: Organization): Identifier[] {
  const has = (isIt: (one: Identifier) => boolean): boolean => configured.identifier?.some(isIt) === true
  return [isTaxNumber, isPayerNumber].flatMap((isIt) =>
    has(isIt) ? [] : (known.identifier?.filter(isIt) ?? []).slice(0, 1),
  )
}

const isTaxNumber = ({ system }: Identifier): boolean => system === SYSTEM.employerId
const isPayerNumber = ({ type }: Identifier): boolean =>
  type?.coding?.some(({ system, code }) => system === SYSTEM.carinIdentifierType && code === 'payerid') === true

/** The configured addresses, in the country that the chart's own address of the same place names. */
const withCountry = (addresses: readonly Address[] | undefined, known: readonly Address[] | undefined) =>
  addresses?.map((address) => {
    const same = known?.find(({ state, postalCode }) => state === address.state && postalCode === address.postalCode)
    return address.country === undefined && same?.country !== undefined
      ? { ...address, country: same.country }
      : address
  })

/**
 * Who asks, once (spec-18): where the EHR has the same organization (same NPI), that instance speaks with the configured
 * name, numbers and address, so that what points to it points to the requestor; what the configuration leaves open stays as
 * the chart has it.
 */
function readRequestor(input: PasRequestInput): Organization {
  const npis = npisOf(input.organization)
  const known = input.known.find(
    (resource): resource is Organization =>
      resource.resourceType === 'Organization' && npisOf(resource).some((npi) => npis.includes(npi)),
  )
  if (known === undefined) return input.organization
  const address = withCountry(input.organization.address, known.address)
  return {
    ...known,
    ...omit(input.organization, 'id', 'meta'),
    identifier: [...(input.organization.identifier ?? []), ...otherNumbers(known, input.organization)],
    ...(address === undefined ? {} : { address }),
  }
}

type Members = Pick<ClaimParties, 'patient' | 'coverage' | 'insurer' | 'requestor'>

function addMembers(input: PasRequestInput, pool: Pool): Result<Members, PasRequestError> {
  const memberId = readMemberId(input.coverage, input.memberIdSystem)
  if (memberId === undefined) return err({ reason: 'member-id-missing', path: 'Coverage.identifier' })
  const patient = pool.add(toBeneficiary(input.patient, memberId), 'patient')
  const insurer = pool.add(toInsurer(input.insurer), 'insurer')
  const coverage = toCoverage(input.coverage, {
    memberId,
    patient: input.patient,
    insurerReference: insurer.reference,
  })
  if (!coverage.ok) return coverage
  const subscriber = findRelatedSubscriber(input)
  const held =
    subscriber === undefined
      ? coverage.value
      : withSubscriber(coverage.value, pool.addOwn(toSubscriber(subscriber), 'subscriber').reference)
  const requestor = pool.add(toRequestor(readRequestor(input)), 'requestor')
  return ok({
    patient: patient.reference,
    insurer: insurer.reference,
    coverage: pool.add(held, 'coverage').reference,
    requestor: requestor.reference,
  })
}

/** A subscriber that is no Patient in the chart is made one: nothing points to it but the coverage. */
function findRelatedSubscriber(input: PasRequestInput): RelatedPerson | undefined {
  const found = findKnown(input, input.coverage.subscriber?.reference)
  return found?.resourceType === 'RelatedPerson' ? found : undefined
}

const withSubscriber = (coverage: Coverage, reference: string): Coverage => ({
  ...coverage,
  subscriber: { ...coverage.subscriber, reference },
})

function addOrders(input: PasRequestInput, pool: Pool): PasRequestError | undefined {
  for (const line of input.lines) {
    const order = input.orders.find((one) => isSameReference(referenceTo(one), line.orderRef))
    if (order === undefined) return { reason: 'order-missing', ref: line.orderRef }
    const billed = { system: line.system ?? '', code: line.code ?? '' }
    const expressed = toPasOrder(order, referenceTo(input.coverage), billed)
    if (!expressed.ok) return expressed.error
    pool.add(expressed.value, line.orderRef)
  }
  return undefined
}

/** The admission that the orders are part of, as planned. */
function addAdmission(input: PasRequestInput, pool: Pool): ClaimParties['encounter'] {
  const admission = findAdmission(input.orders, input.known)
  if (admission === null) return null
  return pool.add(toPlannedEncounter(admission, input.facts.nursingHome.residentialStatus), 'admission')
}

function addDocuments(input: PasRequestInput, pool: Pool): Result<ClaimDocument[], PasRequestError> {
  const documents: ClaimDocument[] = input.questionnaireResponses.map((response: QuestionnaireResponse, index) =>
    pool.addOwn(response, `questionnaire response ${index}`),
  )
  for (const [index, document] of input.documents.entries()) {
    const expressed = toPasDocument(document)
    if (!expressed.ok) return expressed
    documents.push(pool.add(expressed.value, `document ${index}`))
  }
  return ok(documents)
}

/**
 * Charts hold people of long ago under numbers that are none. A payer sends the whole request back for one, and asks nothing
 * of somebody merely pointed to: such a one stays a logical reference.
 */
function hasFalseNpi(resource: FhirResource): boolean {
  if (resource.resourceType !== 'Practitioner' && resource.resourceType !== 'Organization') return false
  return (resource.identifier ?? []).some(
    ({ system, value }) => system === SYSTEM.npi && !hasNpiCheckDigit(value ?? ''),
  )
}

/** Whom the coverage is of, where that is not the patient. */
const isSubscriber = (input: PasRequestInput, resource: FhirResource): resource is Patient =>
  resource.resourceType === 'Patient' && isSameReference(referenceTo(resource), input.coverage.subscriber?.reference)

/** What is merely pointed to: providers in the form of their profiles, the rest as it is. */
function addKnown(input: PasRequestInput, pool: Pool, requestor: Organization): void {
  for (const [index, resource] of input.known.entries()) {
    const key = `known ${index}`
    if (hasFalseNpi(resource)) continue
    if (isSubscriber(input, resource)) pool.add(toSubscriber(resource), key)
    else if (resource.resourceType === 'Practitioner') pool.add(toPractitioner(resource), key)
    else if (resource.resourceType === 'Organization') pool.add(toOrganization(resource), key)
    else if (resource.resourceType === 'PractitionerRole') {
      const practitioner = findKnown(input, resource.practitioner?.reference)
      const links = {
        practitioner: practitioner?.resourceType === 'Practitioner' ? practitioner : undefined,
        organization: requestor,
        organizationReference: referenceTo(requestor) ?? '',
      }
      pool.add(resource.organization === undefined ? resource : toPractitionerRole(resource, links), key)
    } else pool.add(resource, key)
  }
}

function findFault(input: PasRequestInput): PasRequestError | undefined {
  const { bundle, claim } = input.identifiers
  if (bundle.value.length > MAX_IDENTIFIER_LENGTH) return { reason: 'identifier-too-long', path: 'Bundle.identifier' }
  if (claim.value.length > MAX_IDENTIFIER_LENGTH - 4) return { reason: 'identifier-too-long', path: 'Claim.identifier' }
  const open = input.lines.find(({ problems, code }) => problems.length > 0 || code === null)
  return open === undefined
    ? undefined
    : {
        reason: 'line-incomplete',
        params: { line: open.sequence, problem: open.problems[0] ?? 'billing-code-missing' },
      }
}

/** A Claim and what it may point to, before they are closed. */
export interface RequestParts {
  readonly claim: Claim
  /** What was made for it, in the form of its profiles. */
  readonly made: readonly PoolEntry[]
  /** What may merely be pointed to. */
  readonly known: readonly PoolEntry[]
}

/**
 * Builds the Claim and everything around it; also the lines, documents and words that an update adds to a request
 * (`update-bundle.ts`), which may be none.
 */
export function buildRequestParts(input: PasRequestInput): Result<RequestParts, PasRequestError> {
  const fault = findFault(input)
  if (fault !== undefined) return err(fault)
  const pool = createPool(input)
  const members = addMembers(input, pool)
  if (!members.ok) return members
  const requestor = { reference: members.value.requestor, resource: toRequestor(readRequestor(input)) }
  const careTeam = addCareTeam(input, pool, requestor)
  if (!careTeam.ok) return careTeam
  const performers = addPerformers(input, pool, requestor)
  const orderFault = addOrders(input, pool)
  if (orderFault !== undefined) return err(orderFault)
  const encounter = addAdmission(input, pool)
  const documents = addDocuments(input, pool)
  if (!documents.ok) return documents
  const around = createPool(input)
  addKnown(input, around, requestor.resource)
  const claim = buildClaim(
    input,
    { ...members.value, careTeam: careTeam.value, performers, encounter },
    documents.value,
  )
  return ok({ claim, made: pool.entries, known: around.entries })
}

/** The Bundle around a Claim and its closure. */
export function bundleOf(
  claim: Claim,
  pool: readonly PoolEntry[],
  {
    identifiers,
    createdAt,
    ehrBase,
    uuidFor,
  }: Pick<PasRequestInput, 'identifiers' | 'createdAt' | 'ehrBase' | 'uuidFor'>,
): BuiltRequest {
  const root: PoolEntry = { fullUrl: `urn:uuid:${identifiers.claimId}`, resource: claim }
  const { entries, unresolved } = closeOver(root, pool, ehrBase, uuidFor)
  const bundle: Bundle<FhirResource> = {
    resourceType: 'Bundle',
    meta: { profile: [PROFILE.pasRequestBundle] },
    identifier: identifiers.bundle,
    type: 'collection',
    timestamp: createdAt,
    entry: entries.map(({ fullUrl, resource }) => ({ fullUrl, resource })),
  }
  return { bundle, unresolved }
}

/**
 * Builds the request Bundle. Fails where the data does not allow a valid request; nothing is made up. Whether the result
 * obeys every rule is `validatePasRequestBundle`'s to say.
 */
export function buildPasRequestBundle(input: PasRequestInput): Result<BuiltRequest, PasRequestError> {
  if (input.lines.length === 0) return err({ reason: 'no-lines' })
  const parts = buildRequestParts(input)
  if (!parts.ok) return parts
  const { claim, made, known } = parts.value
  return ok(bundleOf(claim, [...made, ...known], input))
}
