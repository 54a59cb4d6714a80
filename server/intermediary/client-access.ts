/**
 * SMART Backend Services for the systems that call our PAS endpoint (pas.md §8): a signed assertion against the registered
 * JWKS, used once, gives a token of five minutes. Tokens are our own signed JWTs; nothing about them is stored.
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { grantScopes, splitScopes } from '#domain/smart/scopes.ts'
import { epochSeconds } from '#domain/time.ts'
import type { Config, PasClientConfig } from '../config.ts'
import type { Store } from '../store/store.ts'
import { endpointBase, tokenEndpoint } from './endpoint.ts'

const LIFE_SECONDS = 300
/** SMART: an assertion may not live longer. */
const LONGEST_ASSERTION_SECONDS = 300
const CLOCK_TOLERANCE_SECONDS = 5
const MOST_VERIFIED = 1_000
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface ClientAccessDeps {
  readonly config: Pick<Config, 'baseUrl' | 'pasClients'>
  readonly store: Pick<Store, 'transaction' | 'jtis'>
  readonly fetch: typeof fetch
  readonly now: () => string
  readonly newId: () => string
  /** Our public keys and how to sign with the private ones. */
  readonly publicJwks: JSONWebKeySet
  readonly sign: (claims: JWTPayload) => Promise<string>
}

export type TokenRefusal = Failure<'invalid_request' | 'unsupported_grant_type' | 'invalid_client' | 'invalid_scope'>

export interface ClientAccess {
  /** Answers a token request (form fields by name). What went wrong with an assertion is not told. */
  issue(
    form: ReadonlyMap<string, string>,
  ): Promise<Result<{ token: string; scope: string; expiresIn: number }, TokenRefusal>>
  /** The client behind a bearer token and what it may do; undefined for any token that is not good. */
  verify(bearer: string): Promise<Caller | undefined>
}

export interface Caller {
  readonly client: PasClientConfig
  readonly scopes: readonly string[]
}

type KeySet = ReturnType<typeof createRemoteJWKSet> | ReturnType<typeof createLocalJWKSet>

/** What the endpoint gives under a scope. */
export type Guarded = 'Claim' | 'ClaimResponse' | 'Subscription'

/** The access to the endpoint of one version: a token for one is none for the other. */
export function createClientAccess(deps: ClientAccessDeps, version: PasVersion): ClientAccess {
  const tokenUrl = tokenEndpoint(deps.config.baseUrl, version)
  const audience = endpointBase(deps.config.baseUrl, version)
  const own = createLocalJWKSet(deps.publicJwks)
  const keySets = new Map<string, KeySet>()
  /** Tokens whose signature was checked, until they expire: a client sends many requests under one. */
  const verified = new Map<string, { readonly caller: Caller; readonly expires: number }>()
  const keysOf = (client: PasClientConfig): KeySet => {
    const known = keySets.get(client.clientId)
    if (known !== undefined) return known
    const made = openKeys(client, deps.fetch)
    keySets.set(client.clientId, made)
    return made
  }
  const findClient = (clientId: unknown): PasClientConfig | undefined =>
    deps.config.pasClients.find((client) => client.clientId === clientId)

  /** The registered client that signed this assertion for us, once; undefined for everything else. */
  const authenticate = async (assertion: string): Promise<PasClientConfig | undefined> => {
    const claimed = readIssuer(assertion)
    const client = findClient(claimed)
    if (client === undefined) return undefined
    try {
      const { payload } = await jwtVerify(assertion, keysOf(client), {
        algorithms: ['ES384', 'RS384'],
        typ: 'JWT',
        issuer: client.clientId,
        subject: client.clientId,
        audience: tokenUrl,
        requiredClaims: ['exp', 'jti'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(deps.now()),
      })
      const expires = payload.exp ?? 0
      if (expires - epochSeconds(deps.now()) > LONGEST_ASSERTION_SECONDS + CLOCK_TOLERANCE_SECONDS) return undefined
      const used = {
        issuer: client.clientId,
        jti: payload.jti ?? '',
        expiresAt: new Date(expires * 1000).toISOString(),
      }
      return (await deps.store.transaction((tx) => deps.store.jtis.use(tx, used))) ? client : undefined
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
      throw error
    }
  }

  return {
    async issue(form) {
      if (form.get('grant_type') !== 'client_credentials') return err({ reason: 'unsupported_grant_type' })
      const assertion = form.get('client_assertion')
      if (form.get('client_assertion_type') !== ASSERTION_TYPE || assertion === undefined)
        return err({ reason: 'invalid_request' })
      const client = await authenticate(assertion)
      if (client === undefined) return err({ reason: 'invalid_client' })
      const asked = splitScopes(form.get('scope') ?? '')
      const granted = grantScopes(asked, client.scopes)
      if (granted.length === 0) return err({ reason: 'invalid_scope' })
      const issuedAt = epochSeconds(deps.now())
      const scope = granted.join(' ')
      const token = await deps.sign({
        iss: deps.config.baseUrl,
        sub: client.clientId,
        aud: audience,
        scope,
        iat: issuedAt,
        exp: issuedAt + LIFE_SECONDS,
        jti: deps.newId(),
      })
      return ok({ token, scope, expiresIn: LIFE_SECONDS })
    },

    async verify(bearer) {
      const known = verified.get(bearer)
      if (known !== undefined && known.expires > epochSeconds(deps.now())) return known.caller
      try {
        const { payload } = await jwtVerify(bearer, own, {
          issuer: deps.config.baseUrl,
          audience,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(deps.now()),
        })
        const client = findClient(payload.sub)
        const scopes = typeof payload['scope'] === 'string' ? splitScopes(payload['scope']) : []
        const caller = client && { client, scopes }
        if (caller !== undefined) {
          if (verified.size >= MOST_VERIFIED) verified.clear()
          verified.set(bearer, { caller, expires: payload.exp ?? 0 })
        }
        return caller
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** A client's keys, as it registered them. */
function openKeys({ jwksUrl, jwks }: PasClientConfig, fetchKeys: typeof fetch): KeySet {
  if (jwksUrl === undefined) return createLocalJWKSet(jwks ?? { keys: [] })
  return createRemoteJWKSet(new URL(jwksUrl), { [customFetch]: fetchKeys, timeoutDuration: 5_000 })
}

/** The unverified issuer: only to find whose keys must verify it. */
function readIssuer(jwt: string): unknown {
  try {
    const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: unknown }
    return payload.iss
  } catch {
    return undefined
  }
}
