/**
 * The JWT of an EHR's CDS Hooks call (crd.md §4.1). The checks, in order: algorithm allow-list, type, registered key (the
 * tenant's JWKS URL alone; a `jku` in the header is never fetched), signature, issuer, exact audience, life, one use.
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { addDuration, millisecondsBetween } from '#domain/time.ts'
import type { TenantConfig } from '../config.ts'
import type { Store } from '../store/store.ts'

const ALGORITHMS = ['ES384', 'RS384', 'RS256', 'ES256']
const CLOCK_TOLERANCE_SECONDS = 60
/** Epic's live up to about 15 minutes; anything longer could not be remembered safely. */
const MAX_LIFE_SECONDS = 20 * 60
const JWKS_TIMEOUT_MS = 3_000
const JWKS_LIFE_MS = 3_600_000

export type HookAuthenticationFailure = Failure<
  | 'token-missing'
  | 'token-invalid'
  | 'token-expired'
  | 'token-replayed'
  | 'audience-wrong'
  | 'issuer-wrong'
  | 'keys-unavailable'
>

export interface HookAuthenticatorDeps {
  readonly store: Pick<Store, 'statement' | 'jtis'>
  readonly fetch: typeof fetch
  readonly now: () => string
}

export interface VerifiedHook {
  /** Marks the token as used; false where it was used before. Nothing leaves us before this says true. */
  claimOnce(): Promise<boolean>
}

/** Builds the verifier; one JWKS cache a tenant. */
export function createHookAuthenticator(deps: HookAuthenticatorDeps) {
  const keySets = new Map<string, JWTVerifyGetKey>()

  const keysOf = (url: string): JWTVerifyGetKey => {
    const known = keySets.get(url)
    if (known !== undefined) return known
    const keys = createRemoteJWKSet(new URL(url), {
      timeoutDuration: JWKS_TIMEOUT_MS,
      cacheMaxAge: JWKS_LIFE_MS,
      [customFetch]: (input, init) => deps.fetch(input, { ...init, redirect: 'error' }),
    })
    keySets.set(url, keys)
    return keys
  }

  const claim = (payload: JWTPayload & { iss: string; jti: string; exp: number }): Promise<boolean> =>
    deps.store.statement((tx) =>
      deps.store.jtis.use(tx, {
        issuer: payload.iss,
        jti: payload.jti,
        expiresAt: new Date((payload.exp + CLOCK_TOLERANCE_SECONDS) * 1000).toISOString(),
      }),
    )

  /** Verifies the Authorization header of a call to exactly `url`. */
  return async (
    tenant: TenantConfig,
    authorization: string | undefined,
    url: string,
  ): Promise<Result<VerifiedHook, HookAuthenticationFailure>> => {
    const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined || tenant.cdsHooks === null) return err({ reason: 'token-missing' })
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keysOf(tenant.cdsHooks.jwksUrl), {
        algorithms: ALGORITHMS,
        typ: 'JWT',
        issuer: tenant.cdsHooks.issuer,
        audience: url,
        requiredClaims: ['iss', 'aud', 'exp', 'iat', 'jti'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(deps.now()),
      })
      if (protectedHeader.kid === undefined || !isWithinLife(payload, deps.now()))
        return err({ reason: 'token-invalid' })
      const { iss, jti, exp } = payload
      if (iss === undefined || jti === undefined || exp === undefined || jti === '')
        return err({ reason: 'token-invalid' })
      return ok({ claimOnce: () => claim({ ...payload, iss, jti, exp }) })
    } catch (error) {
      return err({ reason: reasonOf(error) })
    }
  }
}

export type HookAuthenticator = ReturnType<typeof createHookAuthenticator>

function isWithinLife({ iat, exp }: JWTPayload, now: string): boolean {
  if (iat === undefined || exp === undefined) return false
  const issued = new Date(iat * 1000).toISOString()
  const latest = addDuration(now, { seconds: CLOCK_TOLERANCE_SECONDS })
  return millisecondsBetween(issued, latest) >= 0 && exp - iat <= MAX_LIFE_SECONDS
}

function reasonOf(error: unknown): HookAuthenticationFailure['reason'] {
  if (error instanceof errors.JWTExpired) return 'token-expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'aud' ? 'audience-wrong' : error.claim === 'iss' ? 'issuer-wrong' : 'token-invalid'
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) return 'keys-unavailable'
  return 'token-invalid'
}
