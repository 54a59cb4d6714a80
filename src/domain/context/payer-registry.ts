/** The payer registry: keys are identifiers of the payor's Organization; names never decide (crd.md §1.3 step 4). */
import type { Coverage, Identifier, Organization, Reference } from 'fhir/r4'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { readPlan } from './coverage.ts'

/** What the registry needs to know of a configured payer. */
export interface RegisteredPayer<L extends string = string> {
  readonly id: string
  readonly name: string
  readonly identifiers: readonly { readonly system: string; readonly value: string }[]
  readonly plans: readonly { readonly value: string; readonly name: string; readonly lineOfBusiness: L }[]
}

export interface PayorIdentity {
  readonly organization: Organization | null
  readonly identifiers: readonly Identifier[]
  /** As the chart prints it; null where it does not. */
  readonly name: string | null
}

function organizationOf(
  payor: Reference,
  coverage: Coverage,
  organizations: readonly Organization[],
): Organization | null {
  const literal = payor.reference
  if (literal === undefined) return null
  if (literal.startsWith('#')) {
    const contained = coverage.contained?.find((resource) => `#${resource.id ?? ''}` === literal)
    return contained?.resourceType === 'Organization' ? (contained as Organization) : null
  }
  return organizations.find((organization) => isSameReference(referenceTo(organization), literal)) ?? null
}

/**
 * Who pays, as far as the chart says: the payor's Organization (contained or among those read), its identifiers together
 * with a logical reference's, and a name. Payors that are the patient or a relative have no Organization and no identifier.
 */
export function readPayor(coverage: Coverage, organizations: readonly Organization[]): PayorIdentity {
  for (const payor of coverage.payor ?? []) {
    const organization = organizationOf(payor, coverage, organizations)
    const identifiers = [...(organization?.identifier ?? []), ...(payor.identifier ? [payor.identifier] : [])]
    if (organization !== null || identifiers.length > 0)
      return { organization, identifiers, name: organization?.name ?? payor.display ?? null }
  }
  return { organization: null, identifiers: [], name: coverage.payor?.[0]?.display ?? null }
}

/** The literal Organization references of Coverage.payor that must be read before the payer can be known. */
export function listPayorReferences(coverage: Coverage): string[] {
  return (coverage.payor ?? []).flatMap(({ reference }) =>
    reference !== undefined && /(^|\/)Organization\//.test(reference) ? [reference] : [],
  )
}

/** The registered payer with one of these identifiers (system and value equal), or null: then nobody is called. */
export function findPayer<P extends RegisteredPayer>(identity: PayorIdentity, payers: readonly P[]): P | null {
  return (
    payers.find((payer) =>
      payer.identifiers.some((known) =>
        identity.identifiers.some(({ system, value }) => system === known.system && value === known.value),
      ),
    ) ?? null
  )
}

/** Line of business of a coverage under a payer; null for an unlisted plan: then no clock is claimed (requirement 2). */
export function readLineOfBusiness<L extends string>(coverage: Coverage, payer: RegisteredPayer<L>): L | null {
  const plan = readPlan(coverage)
  return payer.plans.find(({ value }) => value === plan?.value)?.lineOfBusiness ?? null
}

/** The plan's name to show: the registry's for a listed plan, else the card's own. */
export function readPlanName(coverage: Coverage, payer: RegisteredPayer | null): string | null {
  const plan = readPlan(coverage)
  if (plan === null) return null
  return payer?.plans.find(({ value }) => value === plan.value)?.name ?? plan.name ?? plan.value
}
