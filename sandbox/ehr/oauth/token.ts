/**
 * The token endpoint: redeems a code once, with PKCE and a client assertion, or a refresh token; answers with the launch
 * context of SMART App Launch 2.2 and Epic's habit of a string in `need_patient_banner`.
 */
import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { err, ok, type Result } from '#domain/result.ts'
import type { SigningKey } from '../keys.ts'
import { ACCESS_LIFE_SECONDS, type CodeGrant, type Grant, type GrantRegistry } from './grants.ts'

export interface TokenFault {
  readonly status: 400 | 401
  readonly error: 'invalid_client' | 'invalid_grant' | 'invalid_request' | 'unsupported_grant_type'
  readonly description: string
}

export interface TokenOptions {
  /** OpenID issuer: `{base}/oauth2`, not the FHIR base (as Epic). */
  readonly issuer: string
  readonly fhirBase: string
  readonly grants: GrantRegistry
  readonly idTokenKey: SigningKey
  readonly nowMs: () => number
  readonly newId: () => string
  readonly checkAssertion: (form: URLSearchParams) => Promise<Result<string, string>>
}

export type TokenAnswer = Readonly<Record<string, unknown>>

/** Answers a token request. */
export async function answerToken(
  form: URLSearchParams,
  options: TokenOptions,
): Promise<Result<TokenAnswer, TokenFault>> {
  const client = await options.checkAssertion(form)
  if (!client.ok) return err({ status: 401, error: 'invalid_client', description: client.error })
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeemCode(form, options)
    case 'refresh_token':
      return redeemRefresh(form, options)
    default:
      return refuse('unsupported_grant_type', 'authorization_code or refresh_token')
  }
}

const refuse = (error: TokenFault['error'], description: string): Result<never, TokenFault> =>
  err({ status: 400, error, description })

async function redeemCode(form: URLSearchParams, options: TokenOptions): Promise<Result<TokenAnswer, TokenFault>> {
  const code = form.get('code') ?? ''
  const taken = options.grants.codes.take(code)
  if (taken.state === 'used') options.grants.revokeFamily(code)
  if (taken.state !== 'fresh') return refuse('invalid_grant', `the code is ${taken.state}`)
  const grant = taken.value
  if (form.get('redirect_uri') !== grant.redirectUri) return refuse('invalid_grant', 'redirect_uri differs')
  if (!isVerifier(form.get('code_verifier') ?? '', grant.codeChallenge))
    return refuse('invalid_grant', 'code_verifier does not match')
  const idToken = grant.scopes.includes('openid') ? await signIdToken(grant, options) : undefined
  return ok({
    ...buildTokens(grant, code, options),
    ...buildLaunchContext(grant),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  })
}

function redeemRefresh(form: URLSearchParams, options: TokenOptions): Result<TokenAnswer, TokenFault> {
  const found = options.grants.takeRefresh(form.get('refresh_token') ?? '')
  if (found === undefined) return refuse('invalid_grant', 'the refresh token is unknown or spent')
  return ok({ ...buildTokens(found.grant, found.family, options), patient: found.grant.launch.patientId })
}

function isVerifier(verifier: string, challenge: string): boolean {
  return (
    /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) &&
    createHash('sha256').update(verifier).digest('base64url') === challenge
  )
}

function buildTokens(grant: Grant, family: string, { grants }: TokenOptions): TokenAnswer {
  const mayRefresh = grant.scopes.includes('online_access') || grant.scopes.includes('offline_access')
  return {
    access_token: grants.issueAccess(grant, ACCESS_LIFE_SECONDS, family),
    token_type: 'Bearer',
    expires_in: ACCESS_LIFE_SECONDS,
    scope: grant.scopes.join(' '),
    ...(mayRefresh ? { refresh_token: grants.issueRefresh(grant, family) } : {}),
  }
}

function buildLaunchContext({ launch }: Grant): TokenAnswer {
  return {
    patient: launch.patientId,
    ...(launch.encounterId === null ? {} : { encounter: launch.encounterId }),
    need_patient_banner: 'false',
    ...(launch.fhirContext.length === 0 ? {} : { fhirContext: launch.fhirContext.map((reference) => ({ reference })) }),
    ...(launch.appContext === null ? {} : { appContext: launch.appContext }),
  }
}

async function signIdToken(grant: CodeGrant, options: TokenOptions): Promise<string> {
  const at = Math.floor(options.nowMs() / 1000)
  const claims = {
    ...(grant.scopes.includes('fhirUser') ? { fhirUser: `${options.fhirBase}/${grant.launch.user}` } : {}),
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: options.idTokenKey.kid, typ: 'JWT' })
    .setIssuer(options.issuer)
    .setSubject(grant.launch.user.split('/')[1] ?? grant.launch.user)
    .setAudience(grant.clientId)
    .setIssuedAt(at)
    .setExpirationTime(at + 300)
    .setJti(options.newId())
    .sign(options.idTokenKey.privateKey)
}
