/**
 * The EHR's SMART discovery document. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/conformance.html#using-well-known
 */
import type { Failure, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import { normalizeIssuer } from './launch-request.ts'

export interface SmartConfiguration {
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly acceptsPost: boolean
  /** Signing algorithm of our client assertion: ES384 where the EHR lists it or lists none, else RS384. */
  readonly assertionAlgorithm: 'ES384' | 'RS384'
}

export type SmartConfigurationFailure = Failure<'discovery-invalid' | 'discovery-elsewhere'>

/**
 * Reads a discovery document. Relative addresses resolve against the FHIR base. An endpoint outside the tenant's registered
 * origins is refused (`discovery-elsewhere`): a changed document must not send codes and assertions to strangers. PKCE by
 * S256 is required where the document says what it supports.
 */
export function readSmartConfiguration(
  document: unknown,
  tenant: { readonly fhirBase: string; readonly authorizationOrigins: readonly string[] },
): Result<SmartConfiguration, SmartConfigurationFailure> {
  if (typeof document !== 'object' || document === null) return err({ reason: 'discovery-invalid' })
  const fields = document as Readonly<Record<string, unknown>>
  const origins = tenant.authorizationOrigins.map((origin) => new URL(origin).origin)
  const endpoints: string[] = []
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
    const url = resolveAddress(fields[name], tenant.fhirBase)
    if (url === undefined) return err({ reason: 'discovery-invalid', path: name })
    if (!origins.includes(url.origin)) return err({ reason: 'discovery-elsewhere', path: name })
    endpoints.push(url.href)
  }
  const challenges = listOf(fields['code_challenge_methods_supported'])
  if (challenges !== undefined && !challenges.includes('S256'))
    return err({ reason: 'discovery-invalid', path: 'code_challenge_methods_supported' })
  const algorithms = listOf(fields['token_endpoint_auth_signing_alg_values_supported'])
  const [authorizationEndpoint = '', tokenEndpoint = '', jwksUri = ''] = endpoints
  return ok({
    authorizationEndpoint,
    tokenEndpoint,
    jwksUri,
    acceptsPost: listOf(fields['capabilities'])?.includes('authorize-post') ?? false,
    assertionAlgorithm: algorithms === undefined || algorithms.includes('ES384') ? 'ES384' : 'RS384',
  })
}

function resolveAddress(value: unknown, fhirBase: string): URL | undefined {
  if (typeof value !== 'string') return undefined
  try {
    return new URL(value, `${normalizeIssuer(fhirBase)}/`)
  } catch {
    return undefined
  }
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}
