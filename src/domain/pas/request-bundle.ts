/**
 * Builds the PAS 2.2.1 request Bundle of a new request: Claim first, then everything that it points to, each instance once
 * (pas.md §2). Pure: identifiers, instants and UUIDs are passed in, so the same input gives the same bytes.
 */
import type { Bundle, FhirResource, Organization, Practitioner, PractitionerRole, QuestionnaireResponse } from 'fhir/r4'
import { PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { hasNpiCheckDigit } from '../fhir/npi.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import { buildClaim, type ClaimDocument, type ClaimParties } from './claim.ts'
import { closeOver, fullUrlOf, type PoolEntry } from './closure.ts'
import { readMemberId, toBeneficiary, toCoverage } from './member-resources.ts'
import { toPasDocument, toPasOrder } from './order-resources.ts'
import { omit } from './profile-parts.ts'
import { toInsurer, toOrganization, toPractitioner, toPractitionerRole, toRequestor } from './provider-resources.ts'
import type { PasRequestError, PasRequestInput, UnresolvedReference } from './request-input.ts'

/** They become trace numbers (X12 TRN02). */
export const MAX_IDENTIFIER_LENGTH = 50

export interface BuiltRequest {
  readonly bundle: Bundle<FhirResource>
  /** References whose targets were not given: they stand as logical references. */
  readonly unresolved: readonly UnresolvedReference[]
}

type Pooled<T extends FhirResource> = { readonly reference: string; readonly resource: T }

/** Adds resources under the address by which the Claim will point to them. */
interface Pool {
  readonly entries: PoolEntry[]
  /** A resource of the EHR, or one without an id. */
  add<T extends FhirResource>(resource: T, key: string): Pooled<T>
  /** A resource that we made and no server has: it has no REST address, whatever its id. */
  addOwn<T extends FhirResource>(resource: T, key: string): Pooled<T>
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function createPool(input: PasRequestInput): Pool {
  const entries: PoolEntry[] = []
  const put = <T extends FhirResource>(resource: T, fullUrl: string): Pooled<T> => {
    entries.push({ fullUrl, resource })
    return { reference: referenceTo(resource) ?? fullUrl, resource }
  }
  return {
    entries,
    add: (resource, key) => put(resource, fullUrlOf(resource, input.ehrBase, input.uuidFor, key)),
    addOwn: (resource, key) => {
      const id = resource.id !== undefined && UUID_V4.test(resource.id) ? resource.id : input.uuidFor(key)
      return put(resource, `urn:uuid:${id}`)
    },
  }
}

const findKnown = (input: PasRequestInput, reference: string | undefined): FhirResource | undefined =>
  input.known.find((resource) => isSameReference(referenceTo(resource), reference))

function requesterOf(order: FhirResource | undefined): string | undefined {
  if (order?.resourceType !== 'MedicationRequest' && order?.resourceType !== 'ServiceRequest') return undefined
  return order.requester?.reference
}

/** The role in which a requester ordered: the one pointed to, one of the known roles of that person, or a plain one. */
function findRole(
  input: PasRequestInput,
  reference: string,
): { role: PractitionerRole; practitioner: Practitioner | undefined } | undefined {
  const requester = findKnown(input, reference)
  if (requester?.resourceType === 'PractitionerRole') {
    const practitioner = findKnown(input, requester.practitioner?.reference)
    return practitioner?.resourceType === 'Practitioner' ? { role: requester, practitioner } : undefined
  }
  if (requester?.resourceType !== 'Practitioner') return undefined
  const held = input.known.find(
    (resource): resource is PractitionerRole =>
      resource.resourceType === 'PractitionerRole' && isSameReference(resource.practitioner?.reference, reference),
  )
  return { role: held ?? { resourceType: 'PractitionerRole' }, practitioner: requester }
}

function addCareTeam(
  input: PasRequestInput,
  pool: Pool,
  requestor: Pooled<Organization>,
): Result<ClaimParties['careTeam'], PasRequestError> {
  const members: { reference: string; role: PractitionerRole | null }[] = []
  for (const order of input.orders) {
    const reference = requesterOf(order)
    if (reference === undefined) return err({ reason: 'requester-missing', path: `${order.resourceType}.requester` })
    const found = findRole(input, reference)
    if (found === undefined) return err({ reason: 'requester-missing', ref: reference })
    const links = {
      practitioner: found.practitioner,
      organization: requestor.resource,
      organizationReference: requestor.reference,
    }
    const role = toPractitionerRole(found.role, links)
    const fullUrl = fullUrlOf(role, input.ehrBase, input.uuidFor, `role of ${reference}`)
    const address = referenceTo(role) ?? fullUrl
    if (members.some((member) => member.reference === address)) continue
    pool.add(role, `role of ${reference}`)
    if (found.practitioner !== undefined) pool.add(toPractitioner(found.practitioner), reference)
    members.push({ reference: address, role })
  }
  return ok(members)
}

const npisOf = (organization: Organization): string[] =>
  (organization.identifier ?? []).flatMap(({ system, value }) => (system === SYSTEM.npi && value ? [value] : []))

/**
 * Who asks, once (spec-18): where the EHR has the same organization (same NPI), that instance speaks with the configured
 * name, numbers and address, so that what points to it points to the requestor.
 */
function readRequestor(input: PasRequestInput): Organization {
  const npis = npisOf(input.organization)
  const known = input.known.find(
    (resource): resource is Organization =>
      resource.resourceType === 'Organization' && npisOf(resource).some((npi) => npis.includes(npi)),
  )
  return known === undefined ? input.organization : { ...known, ...omit(input.organization, 'id', 'meta') }
}

function addMembers(input: PasRequestInput, pool: Pool): Result<Omit<ClaimParties, 'careTeam'>, PasRequestError> {
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
  const requestor = pool.add(toRequestor(readRequestor(input)), 'requestor')
  return ok({
    patient: patient.reference,
    insurer: insurer.reference,
    coverage: pool.add(coverage.value, 'coverage').reference,
    requestor: requestor.reference,
  })
}

function addOrders(input: PasRequestInput, pool: Pool): PasRequestError | undefined {
  for (const line of input.lines) {
    const order = input.orders.find((one) => isSameReference(referenceTo(one), line.orderRef))
    if (order === undefined) return { reason: 'order-missing', ref: line.orderRef }
    const expressed = toPasOrder(order, referenceTo(input.coverage))
    if (!expressed.ok) return expressed.error
    pool.add(expressed.value, line.orderRef)
  }
  return undefined
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

/** What is merely pointed to: providers in the form of their profiles, the rest as it is. */
function addKnown(input: PasRequestInput, pool: Pool, requestor: Organization): void {
  for (const [index, resource] of input.known.entries()) {
    const key = `known ${index}`
    if (hasFalseNpi(resource)) continue
    if (resource.resourceType === 'Practitioner') pool.add(toPractitioner(resource), key)
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
  if (input.lines.length === 0) return { reason: 'no-lines' }
  const open = input.lines.find(({ problems, code }) => problems.length > 0 || code === null)
  return open === undefined
    ? undefined
    : {
        reason: 'line-incomplete',
        params: { line: open.sequence, problem: open.problems[0] ?? 'billing-code-missing' },
      }
}

/**
 * Builds the request Bundle. Fails where the data does not allow a valid request; nothing is made up. Whether the result
 * obeys every rule is `validatePasRequestBundle`'s to say.
 */
export function buildPasRequestBundle(input: PasRequestInput): Result<BuiltRequest, PasRequestError> {
  const fault = findFault(input)
  if (fault !== undefined) return err(fault)
  const pool = createPool(input)
  const members = addMembers(input, pool)
  if (!members.ok) return members
  const requestor = { reference: members.value.requestor, resource: toRequestor(readRequestor(input)) }
  const careTeam = addCareTeam(input, pool, requestor)
  if (!careTeam.ok) return careTeam
  const orderFault = addOrders(input, pool)
  if (orderFault !== undefined) return err(orderFault)
  const documents = addDocuments(input, pool)
  if (!documents.ok) return documents
  addKnown(input, pool, requestor.resource)

  const claim = buildClaim(input, { ...members.value, careTeam: careTeam.value }, documents.value)
  const root: PoolEntry = { fullUrl: `urn:uuid:${input.identifiers.claimId}`, resource: claim }
  const { entries, unresolved } = closeOver(root, pool.entries, input.ehrBase, input.uuidFor)
  const bundle: Bundle<FhirResource> = {
    resourceType: 'Bundle',
    meta: { profile: [PROFILE.pasRequestBundle] },
    identifier: input.identifiers.bundle,
    type: 'collection',
    timestamp: input.createdAt,
    entry: entries.map(({ fullUrl, resource }) => ({ fullUrl, resource })),
  }
  return ok({ bundle, unresolved })
}
