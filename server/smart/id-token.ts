import type { JWTVerifyGetKey } from 'jose'
import { compactVerify, createRemoteJWKSet, customFetch, errors } from 'jose'
import type { Failure, Result } from '#domain/result.ts'
import { err } from '#domain/result.ts'
import type { IdTokenFailure, SignedInUser } from '#domain/smart/id-token.ts'
import { checkIdTokenClaims } from '#domain/smart/id-token.ts'
import { epochSeconds } from '#domain/time.ts'
import type { TenantConfig } from '../config.ts'
import type { SmartDeps } from './smart-deps.ts'

/** What EHRs sign with; none of them symmetric, and never `none`. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']
const TIMEOUT_MS = 5_000

export type VerifyFailure = IdTokenFailure | Failure<'id-token-signature' | 'ehr-unavailable'>

export type VerifyIdToken = (input: {
  readonly idToken: string
  readonly jwksUri: string
  readonly tenant: TenantConfig
  readonly nonce: string
}) => Promise<Result<SignedInUser, VerifyFailure>>

/**
 * Verifies an id_token: its signature by the JWKS of the tenant's discovery document (kept, read again once for a key id that
 * is new), then its claims.
 */
export function createIdTokenVerifier({ fetch, now }: Pick<SmartDeps, 'fetch' | 'now'>): VerifyIdToken {
  const keySets = new Map<string, JWTVerifyGetKey>()
  const keysAt = (jwksUri: string): JWTVerifyGetKey => {
    const known = keySets.get(jwksUri)
    if (known !== undefined) return known
    const fetchKeys: typeof fetch = (url, init) => fetch(url, { ...init, redirect: 'error' })
    const keys = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: TIMEOUT_MS, [customFetch]: fetchKeys })
    keySets.set(jwksUri, keys)
    return keys
  }

  return async ({ idToken, jwksUri, tenant, nonce }) => {
    let claims: unknown
    try {
      const { payload } = await compactVerify(idToken, keysAt(jwksUri), { algorithms: ALGORITHMS })
      claims = JSON.parse(new TextDecoder().decode(payload))
    } catch (error) {
      return err({ reason: isUnreachable(error) ? 'ehr-unavailable' : 'id-token-signature' })
    }
    if (typeof claims !== 'object' || claims === null) return err({ reason: 'id-token-signature' })
    return checkIdTokenClaims(claims as Readonly<Record<string, unknown>>, {
      issuers: tenant.issuers,
      clientId: tenant.clientId,
      nonce,
      fhirBase: tenant.fhirBase,
      nowSeconds: epochSeconds(now()),
    })
  }
}

/** The keys could not be read: nothing is known about the token. */
function isUnreachable(error: unknown): boolean {
  return error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError || error instanceof SyntaxError)
}
