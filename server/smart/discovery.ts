import type { Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { normalizeIssuer } from '#domain/smart/launch-request.ts'
import type { SmartConfiguration, SmartConfigurationFailure } from '#domain/smart/smart-configuration.ts'
import { readSmartConfiguration } from '#domain/smart/smart-configuration.ts'
import { millisecondsBetween } from '#domain/time.ts'
import type { TenantConfig } from '../config.ts'
import type { FetchFailure } from './fetch-json.ts'
import { fetchJson } from './fetch-json.ts'
import type { SmartDeps } from './smart-deps.ts'

const KEEP_MS = 3_600_000

export type DiscoveryFailure = FetchFailure | SmartConfigurationFailure

export type Discovery = (tenant: TenantConfig) => Promise<Result<SmartConfiguration, DiscoveryFailure>>

/**
 * Reads the SMART configuration of a registered tenant; kept an hour. Failures are not kept. Where the EHR cannot be reached
 * after the hour, what was known goes on to be used.
 */
export function createDiscovery({ fetch, now }: Pick<SmartDeps, 'fetch' | 'now'>): Discovery {
  const known = new Map<string, { readonly configuration: SmartConfiguration; readonly readAt: string }>()
  return async (tenant) => {
    const kept = known.get(tenant.id)
    if (kept !== undefined && millisecondsBetween(kept.readAt, now()) < KEEP_MS) return ok(kept.configuration)
    const url = `${normalizeIssuer(tenant.fhirBase)}/.well-known/smart-configuration`
    const fetched = await fetchJson(fetch, url)
    if (!fetched.ok) return kept === undefined ? fetched : ok(kept.configuration)
    if (fetched.value.status !== 200)
      return err({ reason: 'ehr-unavailable', params: { status: fetched.value.status } })
    const read = readSmartConfiguration(fetched.value.body, tenant)
    if (read.ok) known.set(tenant.id, { configuration: read.value, readAt: now() })
    return read
  }
}
