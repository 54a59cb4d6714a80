/**
 * What the server's rooms hand each other: who is asking, and the EHR as seen through their launch. Types only.
 */
import type { FhirResource } from 'fhir/r4'
import type { Failure, Result } from '#domain/result.ts'
import type { TenantConfig } from './config.ts'

export type Role = 'clinician' | 'pa-staff' | 'administrator' | 'auditor'

/** The signed-in person: (tenant, iss, sub) is the key; `fhirUser` is relative to the tenant's FHIR base. */
export interface User {
  readonly id: string
  readonly fhirUser: string
  readonly name: string
  readonly role: Role
  readonly npi: string | null
}

/** One SMART launch: one patient, one user, one tenant; never changes its patient. */
export interface LaunchContext {
  readonly tenant: TenantConfig
  readonly launchId: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly user: User
  /** Our own `pa1.<id>` from the hook's card, or null for a launch from the order screen. */
  readonly appContext: string | null
  /** Literal references of fhirContext, both SMART shapes accepted. */
  readonly fhirContext: readonly string[]
  readonly needPatientBanner: boolean
  readonly grantedScopes: readonly string[]
}

/** Why a read of the chart happens: goes to the access log with every request. */
export interface ReadPurpose {
  readonly caseId: string | null
  /** Link id of the item that needed it, or a short tag such as `coverage` or `evidence`. */
  readonly neededBy: string
}

export type EhrFailure = Failure<
  | 'not-found'
  | 'forbidden'
  | 'unauthorized'
  | 'conflict'
  | 'ehr-unavailable'
  | 'ehr-timeout'
  | 'ehr-nonsense'
  | 'scope-missing'
> & { readonly status: number | null }

/** The tenant's FHIR server through one launch's token. Follows all pages; says when a result is not complete. */
export interface EhrClient {
  read(reference: string, purpose: ReadPurpose): Promise<Result<FhirResource, EhrFailure>>
  search(
    resourceType: string,
    query: string,
    purpose: ReadPurpose,
    /** No more than so many matches, where the EHR put them in order as the query asks; null or left out for all. */
    first?: number | null,
  ): Promise<Result<{ resources: FhirResource[]; complete: boolean }, EhrFailure>>
  create(
    resource: FhirResource,
    purpose: ReadPurpose,
  ): Promise<Result<{ reference: string; versionId: string | null }, EhrFailure>>
  update(resource: FhirResource, purpose: ReadPurpose): Promise<Result<{ versionId: string | null }, EhrFailure>>
}
