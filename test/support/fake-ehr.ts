/**
 * An EHR's authorization server, for tests of our client alone: strict where the specification is (one-time codes, PKCE, the
 * client assertion's claims and signature), and told what to get wrong.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { JSONWebKeySet, JWTPayload } from 'jose'
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'

/** What one launch gets wrong; a member that is undefined is left out of the answer. */
export interface Misbehavior {
  readonly idToken?: JWTPayload
  readonly tokenResponse?: Readonly<Record<string, unknown>>
  readonly signWithAnotherKey?: boolean
  readonly refreshed?: Readonly<Record<string, unknown>>
  readonly refreshStatus?: number
}

type Fields = Readonly<Record<string, string>>

export type FakeEhr = Awaited<ReturnType<typeof startFakeEhr>>

const PEOPLE: Readonly<Record<string, object>> = {
  lena: {
    resourceType: 'Practitioner',
    id: 'lena',
    name: [{ prefix: ['Dr.'], given: ['Lena'], family: 'Ruiz' }],
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
  },
  ana: { resourceType: 'Practitioner', id: 'ana', name: [{ given: ['Ana'], family: 'Silva' }] },
}

/** `now` in milliseconds, shared with the server under test. */
export async function startFakeEhr(clientId: string, now: () => number = Date.now) {
  const own = await generateKeyPair('RS256')
  const stranger = await generateKeyPair('RS256')
  const codes = new Map<string, { fields: Fields; user: string }>()
  const requests: string[] = []
  const assertions = new Set<string>()
  let origin = ''
  let behavior: Misbehavior = {}
  let clientKeys: JSONWebKeySet = { keys: [] }
  let issued = 0

  const app = Fastify({ forceCloseConnections: true })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  app.addHook('onRequest', async (request) => {
    requests.push(`${request.method} ${request.url}`)
  })

  app.get('/fhir/.well-known/smart-configuration', async () => ({
    issuer: `${origin}/oauth2`,
    authorization_endpoint: `${origin}/oauth2/authorize`,
    token_endpoint: `${origin}/oauth2/token`,
    jwks_uri: `${origin}/oauth2/jwks`,
    capabilities: ['launch-ehr', 'authorize-post', 'sso-openid-connect'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
  }))
  app.get('/oauth2/jwks', async () => ({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256' }] }))
  app.get<{ Params: { id: string } }>('/fhir/Practitioner/:id', async (request, reply) => {
    const person = PEOPLE[request.params.id]
    const isAllowed = request.headers.authorization === `Bearer at-${issued}`
    return isAllowed && person ? person : reply.code(isAllowed ? 404 : 401).send()
  })

  const isOurClient = async (form: Fields): Promise<boolean> => {
    if (form['client_assertion_type'] !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') return false
    const { payload, protectedHeader } = await jwtVerify(
      form['client_assertion'] ?? '',
      createLocalJWKSet(clientKeys),
      {
        issuer: clientId,
        subject: clientId,
        audience: `${origin}/oauth2/token`,
        maxTokenAge: '5 min',
        currentDate: new Date(now()),
      },
    )
    const jti = String(payload.jti)
    if (assertions.has(jti) || protectedHeader.typ !== 'JWT' || form['client_id'] !== undefined) return false
    assertions.add(jti)
    return true
  }

  const idToken = (fields: Fields, user: string): Promise<string> => {
    const claims: JWTPayload = {
      iss: `${origin}/oauth2`,
      sub: `user-${user}`,
      aud: clientId,
      iat: Math.floor(now() / 1000),
      exp: Math.floor(now() / 1000) + 300,
      nonce: fields['nonce'],
      fhirUser: `Practitioner/${user}`,
      ...behavior.idToken,
    }
    const { privateKey } = behavior.signWithAnotherKey === true ? stranger : own
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey)
  }

  const tokens = () => ({
    access_token: `at-${++issued}`,
    token_type: 'bearer',
    expires_in: 3600,
    refresh_token: `rt-${issued}`,
  })

  app.post<{ Body: Fields }>('/oauth2/token', async ({ body: form }, reply) => {
    const refuse = (status: number, error: string) => reply.code(status).send({ error, error_description: 'a patient' })
    if (!(await isOurClient(form).catch(() => false))) return refuse(401, 'invalid_client')
    if (form['grant_type'] === 'refresh_token') {
      if (form['refresh_token'] !== `rt-${issued}`) return refuse(400, 'invalid_grant')
      if (behavior.refreshStatus !== undefined) return refuse(behavior.refreshStatus, 'invalid_grant')
      return { ...tokens(), ...behavior.refreshed }
    }
    const grant = codes.get(form['code'] ?? '')
    codes.delete(form['code'] ?? '')
    const challenge = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url')
    if (grant?.fields['code_challenge'] !== challenge || grant.fields['redirect_uri'] !== form['redirect_uri'])
      return refuse(400, 'invalid_grant')
    return {
      ...tokens(),
      scope: grant.fields['scope'],
      patient: 'maya',
      need_patient_banner: 'false',
      id_token: await idToken(grant.fields, grant.user),
      ...behavior.tokenResponse,
    }
  })

  await app.listen({ host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    origin,
    fhirBase: `${origin}/fhir`,
    issuer: `${origin}/oauth2`,
    /** Method and path of everything that was asked. */
    requests,
    /** Takes assertions signed by these keys. */
    trust: (keys: JSONWebKeySet) => {
      clientKeys = keys
    },
    misbehave: (next: Misbehavior) => {
      behavior = next
    },
    /** What the person does at the authorization endpoint: a code for the form's fields. */
    authorize: (fields: Fields, user = 'lena'): string => {
      const code = randomUUID()
      codes.set(code, { fields, user })
      return code
    },
    close: () => app.close(),
  }
}
