/** Who ordered and who performs, as members of the Claim's care team (pas.md §2.2, §2.9). Pure. */
import type { FhirResource, Organization, Practitioner, PractitionerRole } from 'fhir/r4'
import { isOrder, readRequesterReference } from '../context/order.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import type { ClaimParties, TeamMember } from './claim.ts'
import { fullUrlOf } from './closure.ts'
import { toOrganization, toPractitioner, toPractitionerRole } from './provider-resources.ts'
import type { PasRequestError, PasRequestInput } from './request-input.ts'
import { findKnown, type Pool, type Pooled } from './request-pool.ts'

const requesterOf = (order: FhirResource): string | undefined =>
  isOrder(order) ? readRequesterReference(order)?.reference : undefined

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

/** Takes a person's role, and the person, into the pool; gives the role under its address. Undefined: nobody is known. */
function addRole(
  input: PasRequestInput,
  pool: Pool,
  requestor: Pooled<Organization>,
  reference: string,
): TeamMember | undefined {
  const found = findRole(input, reference)
  if (found === undefined) return undefined
  const links = {
    practitioner: found.practitioner,
    organization: requestor.resource,
    organizationReference: requestor.reference,
  }
  const key = `role of ${reference}`
  const role = toPractitionerRole(found.role, links)
  const address = referenceTo(role) ?? fullUrlOf(role, input.ehrBase, input.uuidFor, key)
  if (!pool.has(address)) {
    pool.add(role, key)
    if (found.practitioner !== undefined) pool.add(toPractitioner(found.practitioner), reference)
  }
  return { reference: address, role }
}

/** Who ordered, each once. Fails with `requester-missing` where an order does not say, or nobody is known by that name. */
export function addCareTeam(
  input: PasRequestInput,
  pool: Pool,
  requestor: Pooled<Organization>,
): Result<readonly TeamMember[], PasRequestError> {
  const members: TeamMember[] = []
  for (const order of input.orders) {
    const reference = requesterOf(order)
    if (reference === undefined) return err({ reason: 'requester-missing', path: `${order.resourceType}.requester` })
    const member = addRole(input, pool, requestor, reference)
    if (member === undefined) return err({ reason: 'requester-missing', ref: reference })
    if (!members.some((one) => one.reference === member.reference)) members.push(member)
  }
  return ok(members)
}

/** Who performs the lines that name somebody known, each once: an organization, or a person in their role. */
export function addPerformers(
  input: PasRequestInput,
  pool: Pool,
  requestor: Pooled<Organization>,
): ClaimParties['performers'] {
  const named = new Set(input.lines.flatMap(({ particulars }) => particulars.performer ?? []))
  return [...named].flatMap((performer) => {
    const known = findKnown(input, performer)
    const organization = known?.resourceType === 'Organization' ? pool.add(toOrganization(known), performer) : undefined
    const member =
      organization === undefined
        ? addRole(input, pool, requestor, performer)
        : { reference: organization.reference, role: null }
    return member === undefined ? [] : [{ ...member, performer }]
  })
}
