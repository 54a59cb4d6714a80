/**
 * The claims of an id_token whose signature has been verified already (server/smart). Pure: `nowSeconds` comes in.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
import type { Failure, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import { normalizeIssuer } from './launch-request.ts'

export interface SignedInUser {
  readonly issuer: string
  readonly subject: string
  /** `Practitioner/123`, relative to the tenant's FHIR base. */
  readonly fhirUser: string
  /** What the id_token calls the person, where it says so (`profile` scope). */
  readonly name: string | null
}

export type IdTokenFailure = Failure<
  | 'id-token-issuer'
  | 'id-token-audience'
  | 'id-token-expired'
  | 'id-token-nonce'
  | 'id-token-subject'
  | 'fhir-user-invalid'
>

const CLOCK_SKEW_SECONDS = 60

/**
 * Judges the claims: an issuer that the tenant lists (Epic's is not the FHIR base), our client id as audience (and as `azp`
 * where there are several), not expired and not from the future, our nonce, and a fhirUser on the tenant's own base.
 */
export function checkIdTokenClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: {
    readonly issuers: readonly string[]
    readonly clientId: string
    readonly nonce: string
    readonly fhirBase: string
    readonly nowSeconds: number
  },
): Result<SignedInUser, IdTokenFailure> {
  const { iss, aud, azp, exp, nbf, iat, nonce, sub, name } = claims
  if (typeof iss !== 'string' || !expected.issuers.includes(iss)) return err({ reason: 'id-token-issuer' })
  const audiences = Array.isArray(aud) ? (aud as readonly unknown[]) : [aud]
  if (!audiences.includes(expected.clientId)) return err({ reason: 'id-token-audience' })
  if (azp !== undefined ? azp !== expected.clientId : audiences.length > 1) return err({ reason: 'id-token-audience' })
  if (typeof exp !== 'number' || exp + CLOCK_SKEW_SECONDS <= expected.nowSeconds)
    return err({ reason: 'id-token-expired' })
  for (const start of [nbf, iat]) {
    if (start !== undefined && (typeof start !== 'number' || start - CLOCK_SKEW_SECONDS > expected.nowSeconds))
      return err({ reason: 'id-token-expired' })
  }
  if (nonce !== expected.nonce) return err({ reason: 'id-token-nonce' })
  if (typeof sub !== 'string' || sub === '') return err({ reason: 'id-token-subject' })
  const fhirUser = readFhirUser(claims['fhirUser'], expected.fhirBase)
  if (fhirUser === undefined) return err({ reason: 'fhir-user-invalid' })
  return ok({ issuer: iss, subject: sub, fhirUser, name: typeof name === 'string' && name !== '' ? name : null })
}

/** Absolute on the tenant's base, or relative; of a type that SMART allows. */
function readFhirUser(value: unknown, fhirBase: string): string | undefined {
  if (typeof value !== 'string') return undefined
  const base = `${normalizeIssuer(fhirBase)}/`
  const relative = value.startsWith(base) ? value.slice(base.length) : value
  return /^(Practitioner|PractitionerRole|Patient|RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/.test(relative)
    ? relative
    : undefined
}

/**
 * The role of a user: the first rule that names the reference itself or its resource type. Undefined where none does: a
 * role is configured, never inferred.
 */
export function findRole<R>(
  fhirUser: string,
  rules: readonly { readonly fhirUser: string; readonly role: R }[],
): R | undefined {
  const type = fhirUser.slice(0, fhirUser.indexOf('/'))
  return rules.find((rule) => rule.fhirUser === fhirUser || rule.fhirUser === type)?.role
}
