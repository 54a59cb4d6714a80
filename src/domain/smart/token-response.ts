/**
 * The EHR's token response: the tokens and the launch context beside them. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-access-token
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token
 */
import type { Failure, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import { splitScopes } from './scopes.ts'

export interface TokenSet {
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly expiresInSeconds: number
}

export interface TokenResponse extends TokenSet {
  readonly idToken: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly appContext: string | null
  readonly fhirContext: readonly string[]
  readonly needPatientBanner: boolean
  readonly grantedScopes: readonly string[]
}

export type TokenResponseFailure = Failure<'token-response-invalid' | 'no-patient' | 'no-id-token'>

/** Where a server does not say how long its token lives (RFC 6749 §5.1 only recommends it). */
const DEFAULT_LIFE_SECONDS = 300

type Fields = Readonly<Record<string, unknown>>

/** Reads the answer to the code. A patient and an id_token are required: without them nobody knows whose chart it is for whom. */
export function parseTokenResponse(
  body: unknown,
  requestedScopes: readonly string[],
): Result<TokenResponse, TokenResponseFailure> {
  const tokens = parseTokenSet(body)
  if (!tokens.ok) return tokens
  const fields = body as Fields
  const patientId = readId(fields['patient'], 'Patient')
  if (patientId === undefined) return err({ reason: 'no-patient' })
  const idToken = fields['id_token']
  if (typeof idToken !== 'string' || idToken === '') return err({ reason: 'no-id-token' })
  const fhirContext = readFhirContext(fields['fhirContext'])
  if (fhirContext === undefined) return invalid('fhirContext')
  const { scope, appContext } = fields
  return ok({
    ...tokens.value,
    idToken,
    patientId,
    encounterId: readId(fields['encounter'], 'Encounter') ?? null,
    appContext: typeof appContext === 'string' && appContext !== '' ? appContext : null,
    fhirContext,
    needPatientBanner: readBanner(fields['need_patient_banner']),
    // Left out where it is what was asked for (RFC 6749 §5.1).
    grantedScopes: typeof scope === 'string' ? splitScopes(scope) : requestedScopes,
  })
}

/**
 * Reads the answer to a refresh token. A refresh never brings launch context into a session; `patientChanged` says that it
 * named another patient than the launch: the session must end then. Without a new refresh token the old one stays good.
 */
export function parseRefreshResponse(
  body: unknown,
  launch: { readonly patientId: string; readonly refreshToken: string | null },
): Result<TokenSet & { readonly patientChanged: boolean }, TokenResponseFailure> {
  const tokens = parseTokenSet(body)
  if (!tokens.ok) return tokens
  const patient = (body as Fields)['patient']
  return ok({
    ...tokens.value,
    refreshToken: tokens.value.refreshToken ?? launch.refreshToken,
    patientChanged: patient !== undefined && readId(patient, 'Patient') !== launch.patientId,
  })
}

function parseTokenSet(body: unknown): Result<TokenSet, TokenResponseFailure> {
  if (typeof body !== 'object' || body === null) return invalid('body')
  const fields = body as Fields
  const { access_token: accessToken, token_type: tokenType, refresh_token: refreshToken } = fields
  if (typeof accessToken !== 'string' || accessToken === '') return invalid('access_token')
  if (typeof tokenType !== 'string' || tokenType.toLowerCase() !== 'bearer') return invalid('token_type')
  const life = Number(fields['expires_in'] ?? DEFAULT_LIFE_SECONDS)
  if (!Number.isFinite(life) || life <= 0) return invalid('expires_in')
  return ok({
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : null,
    expiresInSeconds: Math.floor(life),
  })
}

function invalid(path: string): Result<never, TokenResponseFailure> {
  return err({ reason: 'token-response-invalid', path })
}

/** A bare id, or a reference of the expected type. */
function readId(value: unknown, type: string): string | undefined {
  if (typeof value !== 'string') return undefined
  const id = value.startsWith(`${type}/`) ? value.slice(type.length + 1) : value
  return /^[A-Za-z0-9.-]{1,64}$/.test(id) ? id : undefined
}

/** Epic sends the string "false". Who says nothing leaves the banner to us. */
function readBanner(value: unknown): boolean {
  return value !== false && value !== 'false'
}

/**
 * The literal references of fhirContext: objects (`reference`, with `type` and `role` since SMART 2.1) or bare strings.
 * Canonicals and identifiers name no resource of this chart and are passed over. An empty `role` is forbidden by SMART 2.2;
 * undefined then, and for what is no list.
 */
function readFhirContext(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return undefined
  const references: string[] = []
  for (const item of value as readonly unknown[]) {
    if (typeof item === 'string') references.push(item)
    else if (typeof item === 'object' && item !== null) {
      const { reference, role } = item as Fields
      if (role === '') return undefined
      if (typeof reference === 'string') references.push(reference)
    } else return undefined
  }
  return references
}
