/**
 * The input of `$questionnaire-package` in DTR 2.2 (profile dtr-qpackage-input-parameters): the full coverage, the orders,
 * and the assertion id that CRD gave as context. Invariant dtr-1: at least one of order, questionnaire, context.
 */
import type { Coverage, FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import { PROFILE } from '../fhir/canonical.ts'

export interface PackageRequest {
  readonly coverage: Coverage
  readonly orders: readonly FhirResource[]
  /** coverage-assertion-id of the coverage-information that asked for documentation. */
  readonly assertionId: string | null
  /** Canonicals that limit what comes back; empty asks for all that is needed. */
  readonly questionnaires: readonly string[]
}

/** Builds the Parameters. */
export function buildPackageRequest(request: PackageRequest): Parameters {
  const parameter: ParametersParameter[] = [
    { name: 'coverage', resource: request.coverage },
    ...request.orders.map((resource) => ({ name: 'order', resource })),
    ...request.questionnaires.map((valueCanonical) => ({ name: 'questionnaire', valueCanonical })),
    ...(request.assertionId === null ? [] : [{ name: 'context', valueString: request.assertionId }]),
  ]
  return { resourceType: 'Parameters', meta: { profile: [PROFILE.dtrPackageInput] }, parameter }
}
