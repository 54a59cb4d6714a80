/**
 * Who may call: SMART Backend Services (private_key_jwt against the registered JWKS) for FHIR, the CDS Hooks JWT for
 * hooks. Keys come from the registered address only, never from a `jku`.
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { addDuration, millisecondsBetween } from '../../src/domain/time.ts'
import type { RegisteredClient } from './options.ts'

export const SUPPORTED_SCOPES = [
  'system/Claim.cruds',
  'system/Subscription.cruds',
  'system/Questionnaire.rs',
  'system/ValueSet.rs',
  'system/Library.rs',
] as const
const TOKEN_LIFE_SECONDS = 300
const MAX_ASSERTION_LIFE_MS = 5 * 60_000
const CLOCK_TOLERANCE_MS = 60_000
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

export interface OAuthError {
  readonly status: number
  readonly error: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type'
  readonly error_description: string
}

export interface Grant {
  readonly clientId: string
  readonly scopes: readonly string[]
}

export interface Access {
  readonly issueToken: (form: URLSearchParams) => Promise<Result<TokenAnswer, OAuthError>>
  readonly readGrant: (authorization: string | undefined) => Grant | undefined
  /** Verifies the JWT of a hook call for exactly this URL; the reason is for the log of the one who integrates. */
  readonly verifyHook: (authorization: string | undefined, url: string) => Promise<Result<JWTPayload, string>>
}

interface AccessDependencies {
  readonly client: RegisteredClient
  readonly tokenUrl: string
  readonly now: () => string
  readonly newId: () => string
}

/** Builds the gate. Tokens live in memory: after a restart every client has to ask anew. */
export function createAccess({ client, tokenUrl, now, newId }: AccessDependencies): Access {
  const keys = createRemoteJWKSet(new URL(client.jwksUrl), { cooldownDuration: 1000 })
  const tokens = new Map<string, Grant & { readonly expiresAt: string }>()
  const seen = new Map<string, number>()

  const verify = async (jwt: string, audience: string): Promise<Result<JWTPayload, string>> => {
    try {
      const { payload, protectedHeader } = await jwtVerify(jwt, keys, {
        algorithms: ['ES384', 'RS384'],
        typ: 'JWT',
        audience,
        requiredClaims: ['iss', 'exp', 'jti'],
        clockTolerance: CLOCK_TOLERANCE_MS / 1000,
        currentDate: new Date(now()),
      })
      if (protectedHeader.kid === undefined) return err('The JWT header has no kid.')
      return checkLife(payload, Date.parse(now())) ?? checkUnseen(payload, seen, Date.parse(now())) ?? ok(payload)
    } catch (error) {
      if (error instanceof errors.JOSEError) return err(`The JWT was refused: ${error.code}.`)
      return err('The registered JWKS cannot be read.')
    }
  }

  return {
    async issueToken(form) {
      const fault = checkTokenForm(form)
      if (fault !== undefined) return err(fault)
      const verified = await verify(form.get('client_assertion') ?? '', tokenUrl)
      if (!verified.ok) return err(oauthError(401, 'invalid_client', verified.error))
      if (verified.value.iss !== client.clientId || verified.value.sub !== client.clientId)
        return err(oauthError(401, 'invalid_client', 'iss and sub must both be the registered client_id.'))
      const scopes = grantScopes(form.get('scope') ?? '')
      if (scopes.length === 0) return err(oauthError(400, 'invalid_scope', 'None of these scopes is offered here.'))
      const token = `${newId()}.${newId()}`
      tokens.set(token, {
        clientId: client.clientId,
        scopes,
        expiresAt: addDuration(now(), { seconds: TOKEN_LIFE_SECONDS }),
      })
      return ok({
        access_token: token,
        token_type: 'Bearer',
        expires_in: TOKEN_LIFE_SECONDS,
        scope: scopes.join(' '),
      })
    },
    readGrant(authorization) {
      const grant = tokens.get(readBearer(authorization) ?? '')
      return grant !== undefined && millisecondsBetween(now(), grant.expiresAt) > 0 ? grant : undefined
    },
    async verifyHook(authorization, url) {
      const bearer = readBearer(authorization)
      if (bearer === undefined) return err('There is no bearer token.')
      const verified = await verify(bearer, url)
      if (!verified.ok) return verified
      return verified.value.iss === client.baseUrl ? verified : err('This issuer is not registered.')
    },
  }
}

function checkTokenForm(form: URLSearchParams): OAuthError | undefined {
  if (form.get('grant_type') !== 'client_credentials')
    return oauthError(400, 'unsupported_grant_type', 'grant_type must be client_credentials.')
  if (form.get('client_assertion_type') !== ASSERTION_TYPE || !form.get('client_assertion'))
    return oauthError(400, 'invalid_request', 'A JWT client assertion is needed.')
  if (!form.get('scope')) return oauthError(400, 'invalid_scope', 'scope is needed.')
  return undefined
}

function oauthError(status: number, error: OAuthError['error'], description: string): OAuthError {
  return { status, error, error_description: description }
}

function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer (\S+)$/i.exec(authorization ?? '')?.[1]
}

/** At most five minutes ahead (SMART Backend Services; CRD §4.1), and not issued in the future. */
function checkLife(payload: JWTPayload, nowMs: number): Result<never, string> | undefined {
  if ((payload.exp ?? 0) * 1000 - nowMs > MAX_ASSERTION_LIFE_MS + CLOCK_TOLERANCE_MS)
    return err('exp is more than five minutes ahead.')
  if (payload.iat !== undefined && payload.iat * 1000 - nowMs > CLOCK_TOLERANCE_MS) return err('iat is in the future.')
  return undefined
}

/** A jti is good once; it is forgotten when its JWT could not be used any more. */
function checkUnseen(payload: JWTPayload, seen: Map<string, number>, nowMs: number): Result<never, string> | undefined {
  for (const [key, expiry] of seen) if (expiry < nowMs) seen.delete(key)
  const key = `${payload.iss} ${payload.jti}`
  if (seen.has(key)) return err('This jti was used before.')
  seen.set(key, (payload.exp ?? 0) * 1000 + CLOCK_TOLERANCE_MS)
  return undefined
}

/** What of the asked scopes is offered; SMART v1 spellings count as their v2 equivalents. */
function grantScopes(asked: string): string[] {
  return asked.split(' ').filter((scope) => SUPPORTED_SCOPES.some((offered) => coversScope(offered, scope)))
}

/** Whether having `held` is enough for `needed` (both `system/Type.permissions`). */
export function coversScope(held: string, needed: string): boolean {
  const [a, b] = [readScope(held), readScope(needed)]
  if (a === undefined || b === undefined) return false
  return (a.type === '*' || a.type === b.type) && [...b.permissions].every((letter) => a.permissions.includes(letter))
}

function readScope(scope: string): { readonly type: string; readonly permissions: string } | undefined {
  const match = /^system\/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)$/.exec(scope)
  const [, type, permissions] = match ?? []
  if (type === undefined || permissions === undefined || permissions === '') return undefined
  const v1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }
  return { type, permissions: v1[permissions] ?? permissions }
}
