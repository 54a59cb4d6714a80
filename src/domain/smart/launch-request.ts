/**
 * The start of an EHR launch. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
 */
import type { Failure, Result } from '../result.ts'
import { err, ok } from '../result.ts'

export interface LaunchRequest {
  /** FHIR base of the EHR, as registered. */
  readonly iss: string
  /** Opaque; several KB long at some EHRs. */
  readonly launch: string
}

export type LaunchRequestFailure = Failure<'launch-incomplete' | 'issuer-unknown'>

const MAX_LAUNCH_LENGTH = 16_384

/** Brings a FHIR base to the form in which it is compared: no slash at the end. Nothing else is forgiven. */
export function normalizeIssuer(iss: string): string {
  return iss.replace(/\/+$/, '')
}

/**
 * Reads `GET /launch?iss&launch` and finds the tenant whose FHIR base `iss` is. A repeated parameter, a missing one and an
 * unregistered `iss` are refused: nothing may be fetched from an address that a caller names.
 */
export function parseLaunchRequest<T extends { readonly fhirBase: string }>(
  query: Readonly<Record<string, unknown>>,
  tenants: readonly T[],
): Result<LaunchRequest & { readonly tenant: T }, LaunchRequestFailure> {
  const { iss, launch } = query
  if (typeof iss !== 'string' || typeof launch !== 'string' || launch === '' || launch.length > MAX_LAUNCH_LENGTH)
    return err({ reason: 'launch-incomplete' })
  const tenant = tenants.find(({ fhirBase }) => normalizeIssuer(fhirBase) === normalizeIssuer(iss))
  if (tenant === undefined) return err({ reason: 'issuer-unknown' })
  return ok({ iss: normalizeIssuer(iss), launch, tenant })
}
