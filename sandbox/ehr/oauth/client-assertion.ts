/**
 * Checks a client's `private_key_jwt` (SMART App Launch 2.2, Client authentication: asymmetric): signature against the
 * registered JWKS URL, never a `jku` that the token names itself.
 */
import { customFetch, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import { err, ok, type Result } from '#domain/result.ts'
import type { GrantRegistry } from './grants.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const MAX_LIFE_SECONDS = 300
const MAX_JTI_LENGTH = 151

export interface RegisteredClient {
  readonly clientId: string
  readonly jwksUrl: string
  readonly redirectUris: readonly string[]
  readonly scopes: readonly string[]
}

export interface AssertionOptions {
  readonly client: RegisteredClient
  /** The exact URL of the token endpoint. */
  readonly audience: string
  readonly grants: GrantRegistry
  readonly nowMs: () => number
  readonly fetch: typeof fetch
}

/** Builds the check; its failure is the `error_description` of an `invalid_client`. */
export function createAssertionCheck(
  options: AssertionOptions,
): (form: URLSearchParams) => Promise<Result<string, string>> {
  const { client, nowMs } = options
  const keys = createRemoteJWKSet(new URL(client.jwksUrl), {
    cooldownDuration: 0,
    [customFetch]: (url, init) => options.fetch(url, init),
  })
  return async (form) => {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return err('client_assertion_type is missing or wrong')
    const assertion = form.get('client_assertion')
    if (assertion === null) return err('client_assertion is missing')
    const claims = readClaims(assertion)
    if (claims === undefined) return err('client_assertion is not a JWT')
    if (claims.aud !== options.audience) return err('aud is not exactly the token endpoint')
    try {
      const { payload } = await jwtVerify(assertion, keys, {
        algorithms: ['ES384', 'RS384'],
        typ: 'JWT',
        issuer: client.clientId,
        subject: client.clientId,
        audience: options.audience,
        requiredClaims: ['exp', 'iat', 'jti'],
        currentDate: new Date(nowMs()),
        clockTolerance: 5,
      })
      return checkLife(payload, options)
    } catch (error) {
      return err(error instanceof Error ? error.message : 'the assertion could not be verified')
    }
  }
}

function checkLife(payload: JWTPayload, { client, grants, nowMs }: AssertionOptions): Result<string, string> {
  const { exp, iat, jti } = payload
  if (exp === undefined || iat === undefined || jti === undefined) return err('exp, iat and jti are required')
  if (exp - iat > MAX_LIFE_SECONDS) return err('the assertion may live five minutes at most')
  if (iat * 1000 > nowMs() + 5_000) return err('iat lies in the future')
  if (jti === '' || jti.length > MAX_JTI_LENGTH) return err('jti is empty or too long')
  return grants.isFreshJti(client.clientId, jti, exp * 1000) ? ok(client.clientId) : err('jti was used before')
}

/** Payload of a JWT that names a key; undefined for anything else. */
function readClaims(assertion: string): JWTPayload | undefined {
  try {
    return decodeProtectedHeader(assertion).kid === undefined ? undefined : decodeJwt(assertion)
  } catch {
    return undefined
  }
}
