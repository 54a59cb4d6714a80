/**
 * The authorization request of an EHR launch. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-authorization-code
 */
import type { SmartConfiguration } from './smart-configuration.ts'

export interface AuthorizationRequest {
  readonly method: 'get' | 'post'
  readonly action: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** Some servers and proxies cut longer addresses off. */
const LONGEST_GET_URL = 2_000

/**
 * Builds the form that takes the browser to the EHR's authorization endpoint: by POST where the EHR advertises it or where
 * the address would grow too long (a launch token may be several KB). A query that the endpoint has already is kept among the
 * fields, since a GET form would drop it.
 */
export function buildAuthorizationRequest(input: {
  readonly configuration: SmartConfiguration
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly iss: string
  readonly launch: string
  readonly state: string
  readonly nonce: string
  readonly codeChallenge: string
}): AuthorizationRequest {
  const endpoint = new URL(input.configuration.authorizationEndpoint)
  const fields: [string, string][] = [
    ...endpoint.searchParams,
    ['response_type', 'code'],
    ['client_id', input.clientId],
    ['redirect_uri', input.redirectUri],
    ['scope', input.scopes.join(' ')],
    ['state', input.state],
    ['aud', input.iss],
    ['launch', input.launch],
    ['nonce', input.nonce],
    ['code_challenge', input.codeChallenge],
    ['code_challenge_method', 'S256'],
  ]
  const action = `${endpoint.origin}${endpoint.pathname}`
  const length = action.length + 1 + new URLSearchParams(fields).toString().length
  return { method: input.configuration.acceptsPost || length > LONGEST_GET_URL ? 'post' : 'get', action, fields }
}
