/**
 * The SMART authorization server of the simulated EHR: discovery, authorize, token, keys. The clinician is signed in already
 * (the launch names who), so an authorization request is answered at once and in the same frame.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { EhrKeys } from '../keys.ts'
import { answerAuthorize } from './authorize.ts'
import { createAssertionCheck, type RegisteredClient } from './client-assertion.ts'
import type { GrantRegistry } from './grants.ts'
import { answerToken } from './token.ts'

export interface OAuthRoutesOptions {
  readonly baseUrl: string
  readonly client: RegisteredClient
  readonly grants: GrantRegistry
  readonly keys: EhrKeys
  readonly nowMs: () => number
  readonly newId: () => string
  readonly fetch: typeof fetch
  /** Renders a refusal that cannot be redirected. */
  readonly renderProblem: (problem: string) => string
}

/** Adds `/oauth2/*` and the two discovery documents. */
export function oauthRoutes(app: FastifyInstance, options: OAuthRoutesOptions): void {
  const { baseUrl, client, grants, keys, nowMs, newId } = options
  const issuer = `${baseUrl}/oauth2`
  const fhirBase = `${baseUrl}/fhir`
  const checkAssertion = createAssertionCheck({
    client,
    audience: `${issuer}/token`,
    grants,
    nowMs,
    fetch: options.fetch,
  })

  app.get('/fhir/.well-known/smart-configuration', async (_request, reply) =>
    sendJson(reply, 200, buildSmartConfiguration(issuer, client.scopes)),
  )
  app.get('/oauth2/.well-known/openid-configuration', async (_request, reply) =>
    sendJson(reply, 200, buildOpenIdConfiguration(issuer)),
  )
  app.get('/oauth2/jwks', async (_request, reply) => {
    void reply.header('cache-control', 'max-age=3600')
    return reply.send({ keys: [keys.idToken.publicJwk] })
  })

  const authorize = (reply: FastifyReply, query: URLSearchParams): FastifyReply => {
    const answer = answerAuthorize(query, { client, fhirBase, grants })
    void reply.header('cache-control', 'no-store')
    return answer.kind === 'redirect'
      ? reply.redirect(answer.url, 303)
      : reply.code(400).type('text/html; charset=utf-8').send(options.renderProblem(answer.problem))
  }
  app.get('/oauth2/authorize', async (request, reply) => authorize(reply, new URL(request.url, baseUrl).searchParams))
  app.post('/oauth2/authorize', async (request, reply) =>
    authorize(reply, request.body instanceof URLSearchParams ? request.body : new URLSearchParams()),
  )

  app.post('/oauth2/token', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    if (!(request.body instanceof URLSearchParams))
      return sendJson(reply, 400, { error: 'invalid_request', error_description: 'the body must be a form' })
    const answer = await answerToken(request.body, {
      issuer,
      fhirBase,
      grants,
      idTokenKey: keys.idToken,
      nowMs,
      newId,
      checkAssertion,
    })
    if (answer.ok) return sendJson(reply, 200, answer.value)
    const { status, error, description } = answer.error
    return sendJson(reply, status, { error, error_description: description })
  })
}

function buildSmartConfiguration(issuer: string, scopes: readonly string[]): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    grant_types_supported: ['authorization_code'],
    scopes_supported: scopes,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    capabilities: [
      'launch-ehr',
      'authorize-post',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-banner',
      'context-ehr-patient',
      'context-ehr-encounter',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  }
}

function buildOpenIdConfiguration(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function sendJson(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
