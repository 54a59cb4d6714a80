/**
 * The authorization request of a SMART EHR launch: what is wrong with it, or the redirect that answers it. A fault in the
 * client or its redirect URI is shown, never redirected (RFC 6749 §4.1.2.1).
 */
import type { RegisteredClient } from './client-assertion.ts'
import type { GrantRegistry } from './grants.ts'
import { grantScopes } from './scopes.ts'

export type AuthorizeAnswer =
  { readonly kind: 'page'; readonly problem: string } | { readonly kind: 'redirect'; readonly url: string }

interface AuthorizeOptions {
  readonly client: RegisteredClient
  readonly fhirBase: string
  readonly grants: GrantRegistry
}

/** Answers an authorization request; the user of the launch is signed in already and approves. */
export function answerAuthorize(
  query: URLSearchParams,
  { client, fhirBase, grants }: AuthorizeOptions,
): AuthorizeAnswer {
  if (query.get('client_id') !== client.clientId) return { kind: 'page', problem: 'This app is not registered here.' }
  const redirectUri = query.get('redirect_uri')
  if (redirectUri === null || !client.redirectUris.includes(redirectUri))
    return { kind: 'page', problem: 'The app asked to return to an address that is not registered for it.' }
  const redirect = (parameters: Readonly<Record<string, string>>): AuthorizeAnswer => {
    const url = new URL(redirectUri)
    const state = query.get('state')
    Object.entries(parameters).forEach(([name, value]) => url.searchParams.set(name, value))
    if (state !== null) url.searchParams.set('state', state)
    return { kind: 'redirect', url: url.toString() }
  }
  const refuse = (error: string, description: string): AuthorizeAnswer =>
    redirect({ error, error_description: description })

  if (query.get('response_type') !== 'code') return refuse('unsupported_response_type', 'response_type must be code')
  if ((query.get('state') ?? '').length < 22) return refuse('invalid_request', 'state needs at least 122 bits')
  if (query.get('aud') !== fhirBase) return refuse('invalid_request', 'aud must be the FHIR base URL')
  const codeChallenge = query.get('code_challenge') ?? ''
  if (query.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    return refuse('invalid_request', 'PKCE with S256 is required')
  const requested = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  if (!requested.includes('launch')) return refuse('invalid_scope', 'an EHR launch asks for the scope launch')
  const taken = grants.launches.take(query.get('launch') ?? '')
  if (taken.state !== 'fresh') return refuse('invalid_request', `the launch code is ${taken.state}`)
  const launch = taken.value
  if (launch.denyScopes.includes('*')) return refuse('access_denied', 'the user refused the app')
  const scopes = grantScopes(requested, client.scopes).filter((scope) => !launch.denyScopes.includes(scope))
  if (scopes.length === 0) return refuse('invalid_scope', 'none of the scopes is granted')
  const nonce = query.get('nonce')
  const code = grants.codes.issue({ clientId: client.clientId, launch, scopes, redirectUri, codeChallenge, nonce })
  return redirect({ code })
}
