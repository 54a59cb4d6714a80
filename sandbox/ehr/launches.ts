/** Starts Precert from the chart: a launch code for one user, one patient and the orders at hand, and the address to open. */
import type { GrantRegistry } from './oauth/grants.ts'

export interface LaunchInput {
  readonly user: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly orders: readonly string[]
  readonly appContext: string | null
  readonly denyScopes?: readonly string[]
}

/** The EHR launch URL (SMART App Launch 2.2, EHR launch): `launch` is opaque, works once and lives five minutes. */
export function buildLaunchUrl(
  input: LaunchInput,
  options: { readonly grants: GrantRegistry; readonly launchUrl: string; readonly fhirBase: string },
): string {
  const launch = options.grants.launches.issue({
    user: input.user,
    patientId: input.patientId,
    encounterId: input.encounterId,
    fhirContext: input.orders,
    appContext: input.appContext,
    denyScopes: input.denyScopes ?? [],
  })
  const url = new URL(options.launchUrl)
  url.searchParams.set('iss', options.fhirBase)
  url.searchParams.set('launch', launch)
  return url.toString()
}
