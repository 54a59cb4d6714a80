/**
 * The input of `$questionnaire-package` (profile dtr-qpackage-input-parameters; dtr.md §2): the full coverage, the orders
 * with what they refer to, and the assertion id that CRD gave as context. Invariant dtr-1: at least one of order,
 * questionnaire, context.
 */
import type { Coverage, FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import type { Order } from '../../context/order.ts'
import type { CodecLoss } from '../../crd/sub-extension.ts'
import { PROFILE } from '../../fhir/canonical.ts'
import { isSameReference, listReferences, referenceTo } from '../../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../../result.ts'
import { downcastOrder } from './downcast-order.ts'
import { distinctLosses, type DtrVersion, type Recoded } from './dtr-version.ts'

export interface PackageRequest {
  /** One a call: 2.2 takes exactly one, the older versions at least one. */
  readonly coverage: Coverage
  readonly orders: readonly FhirResource[]
  /** Patient, requesters, performers, locations, devices, medications of the orders. */
  readonly referenced: readonly FhirResource[]
  /** coverage-assertion-id of the coverage-information that asked for documentation, or the TRN of a request (2.2). */
  readonly assertionId: string | null
  /** Canonicals that limit what comes back; empty asks for all that is needed. */
  readonly questionnaires: readonly string[]
  /** When the package was retrieved that is kept: a payer with nothing newer answers without one. */
  readonly changedSince: string | null
}

export type PackageRequestFailure = Failure<'nothing-asked-for'>

/** What 2.2 narrates as `referenced`, though its OperationDefinition no longer lists it; the older ones take these too. */
const REFERENCED_2_2: ReadonlySet<string> = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Device',
  'Medication',
])
const REFERENCED_OLDER: ReadonlySet<string> = new Set([...REFERENCED_2_2, 'Patient', 'Location'])

/** Builds the Parameters of 2.2. */
export function buildPackageRequest(request: PackageRequest): Parameters {
  const parameter: ParametersParameter[] = [
    { name: 'coverage', resource: request.coverage },
    ...request.orders.map((resource) => ({ name: 'order', resource })),
    ...request.referenced.map((resource) => ({ name: 'referenced', resource })),
    ...request.questionnaires.map((valueCanonical) => ({ name: 'questionnaire', valueCanonical })),
    ...(request.assertionId === null ? [] : [{ name: 'context', valueString: request.assertionId }]),
    ...(request.changedSince === null ? [] : [{ name: 'changedsince', valueInstant: request.changedSince }]),
  ]
  return { resourceType: 'Parameters', meta: { profile: [PROFILE.dtrPackageInput] }, parameter }
}

/**
 * The same for a version. All three have the same names; 2.2 says less of what may be `referenced`. Fails where nothing is
 * asked for (dtr-1).
 */
export function downcastPackageRequest(
  parameters: Parameters,
  version: DtrVersion,
): Result<Recoded<Parameters>, PackageRequestFailure> {
  const all = parameters.parameter ?? []
  if (!all.some(({ name }) => name === 'order' || name === 'questionnaire' || name === 'context'))
    return err({ reason: 'nothing-asked-for' })
  const taken = version === '2.2' ? REFERENCED_2_2 : REFERENCED_OLDER
  const parameter = all.filter(
    ({ name, resource }) => name !== 'referenced' || (resource !== undefined && taken.has(resource.resourceType)),
  )
  const losses: CodecLoss[] = parameter.length === all.length ? [] : [{ element: 'referenced', change: 'removed' }]
  if (version === '2.2') return ok({ resource: { ...parameters, parameter }, losses })
  const older = parameter.map((one) => {
    if (one.name !== 'order' || one.resource === undefined) return one
    const written = downcastOrder(one.resource as Order, version)
    losses.push(...written.losses)
    return { ...one, resource: written.resource }
  })
  return ok({ resource: { ...parameters, parameter: older }, losses: distinctLosses(losses) })
}

/** What the orders refer to, and what that refers to: nothing else of the chart goes to the payer. */
export function listReferenced(orders: readonly FhirResource[], known: readonly FhirResource[]): FhirResource[] {
  const found = new Set<FhirResource>()
  const visit = (resource: FhirResource): void => {
    for (const { reference } of listReferences(resource, '')) {
      const target = known.find((one) => isSameReference(referenceTo(one), reference))
      if (target === undefined || found.has(target) || orders.includes(target)) continue
      if (!REFERENCED_OLDER.has(target.resourceType)) continue
      found.add(target)
      visit(target)
    }
  }
  orders.forEach(visit)
  return [...found]
}
