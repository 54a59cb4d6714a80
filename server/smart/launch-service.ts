/**
 * The SMART EHR launch, from `GET /launch` to a session with a launch in it. Each step is refused with a tagged reason; the
 * person sees a page in plain words (launch/text), the log the reason.
 * @see https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
 */
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import type { AuthorizationRequest } from '#domain/smart/authorization-request.ts'
import { buildAuthorizationRequest } from '#domain/smart/authorization-request.ts'
import { parseCallback } from '#domain/smart/callback.ts'
import { findRole } from '#domain/smart/id-token.ts'
import { normalizeIssuer, parseLaunchRequest } from '#domain/smart/launch-request.ts'
import { missingScopes } from '#domain/smart/scopes.ts'
import type { TokenResponse } from '#domain/smart/token-response.ts'
import { parseTokenResponse } from '#domain/smart/token-response.ts'
import { addDuration } from '#domain/time.ts'
import type { TenantConfig } from '../config.ts'
import type { User } from '../context.ts'
import type { LoginRow } from '../store/repositories/logins.ts'
import type { Discovery } from './discovery.ts'
import type { VerifyIdToken } from './id-token.ts'
import { hashSecret, newSecret } from './secrets.ts'
import type { SessionService } from './session-service.ts'
import type { SmartDeps } from './smart-deps.ts'
import type { RequestToken } from './token-endpoint.ts'
import { fetchUserDetails } from './user-details.ts'

const STATE_LIFE_MINUTES = 10
const REDEEM_LIFE_SECONDS = 60

export interface StartedLaunch {
  readonly tenant: TenantConfig
  readonly state: string
  readonly request: AuthorizationRequest
  /** Value of the browser's binding cookie; the one it has already, or a new one. */
  readonly browser: string
}

export interface CompletedLaunch {
  readonly tenant: TenantConfig
  readonly launchId: string
  /** For the cookie, where the session is new; null where the browser has it already or takes no cookies. */
  readonly sessionSecret: string | null
  /** One-time code for a browser without cookies, else null. */
  readonly redeemCode: string | null
}

/** What a browser sent along. */
export interface BrowserCookies {
  readonly browser: string | undefined
  readonly session: string | undefined
}

export interface LaunchServiceParts extends SmartDeps {
  readonly discovery: Discovery
  readonly requestToken: RequestToken
  readonly verifyIdToken: VerifyIdToken
  readonly sessions: SessionService
}

export type LaunchService = ReturnType<typeof createLaunchService>

type Query = Readonly<Record<string, unknown>>

export function createLaunchService(parts: LaunchServiceParts) {
  const { baseUrl, tenants, store, now } = parts
  const redirectUri = (tenant: TenantConfig): string => `${baseUrl}/t/${tenant.id}/callback`

  return {
    /** Begins a launch: nothing is fetched before `iss` is found among the tenants. */
    async start(query: Query, browserCookie: string | undefined): Promise<Result<StartedLaunch, Failure>> {
      const parsed = parseLaunchRequest(query, [...tenants.values()])
      if (!parsed.ok) return parsed
      const { tenant, iss, launch } = parsed.value
      const configuration = await parts.discovery(tenant)
      if (!configuration.ok) return configuration

      const [state, nonce, pkceVerifier, browser] = [
        newSecret(),
        newSecret(),
        newSecret(),
        browserCookie ?? newSecret(),
      ]
      const at = now()
      await store.transaction((tx) =>
        store.logins.insert(tx, {
          tenant: tenant.id,
          stateHash: hashSecret(state),
          bindingHash: hashSecret(browser),
          verifierHash: null,
          nonce,
          pkceVerifier,
          createdAt: at,
          expiresAt: addDuration(at, { minutes: STATE_LIFE_MINUTES }),
        }),
      )
      const request = buildAuthorizationRequest({
        configuration: configuration.value,
        clientId: tenant.clientId,
        redirectUri: redirectUri(tenant),
        scopes: tenant.scopes,
        iss,
        launch,
        state,
        nonce,
        codeChallenge: hashSecret(pkceVerifier),
      })
      return ok({ tenant, state, request, browser })
    },

    /** Binds a launch under way to the verifier in `window.name`, for a browser that has sent no cookie back. */
    async bindVerifier(tenantId: string, state: string, verifierHash: string): Promise<boolean> {
      return store.transaction((tx) => store.logins.bindVerifier(tx, tenantId, hashSecret(state), verifierHash))
    },

    /**
     * Ends a launch: state (once), browser, code, tokens, id_token, role, in this order. Nothing of the callback chooses where
     * the browser goes.
     */
    async complete(tenantId: string, query: Query, cookies: BrowserCookies): Promise<Result<CompletedLaunch, Failure>> {
      const tenant = tenants.get(tenantId)
      if (tenant === undefined) return err({ reason: 'tenant-unknown' })
      const login = await takeLogin(tenant, query['state'])
      const callback = parseCallback(query)
      if (!callback.ok) return callback
      if (login === undefined) return err({ reason: 'state-unknown' })
      const browser = checkBrowser(login, cookies.browser)
      if (!browser.ok) return browser

      const tokens = await exchange(tenant, login, callback.value.code)
      if (!tokens.ok) return tokens
      const user = await identify(tenant, login, tokens.value)
      if (!user.ok) return user
      return ok({ tenant, ...(await admit(tenant, login, tokens.value, user.value, browser.value, cookies.session)) })
    },
  }

  function takeLogin(tenant: TenantConfig, state: unknown): Promise<LoginRow | undefined> {
    if (typeof state !== 'string') return Promise.resolve(undefined)
    return store.transaction((tx) => store.logins.take(tx, tenant.id, hashSecret(state), now()))
  }

  async function exchange(
    tenant: TenantConfig,
    login: LoginRow,
    code: string,
  ): Promise<Result<TokenResponse & { readonly jwksUri: string }, Failure>> {
    const configuration = await parts.discovery(tenant)
    if (!configuration.ok) return configuration
    const body = await parts.requestToken(tenant, configuration.value, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri(tenant),
      code_verifier: login.pkceVerifier,
    })
    if (!body.ok) return body
    const tokens = parseTokenResponse(body.value, tenant.scopes)
    return tokens.ok ? ok({ ...tokens.value, jwksUri: configuration.value.jwksUri }) : tokens
  }

  async function identify(
    tenant: TenantConfig,
    login: LoginRow,
    { idToken, jwksUri, accessToken }: TokenResponse & { readonly jwksUri: string },
  ): Promise<Result<User, Failure>> {
    const signedIn = await parts.verifyIdToken({ idToken, jwksUri, tenant, nonce: login.nonce })
    if (!signedIn.ok) return signedIn
    const { issuer, subject, fhirUser, name } = signedIn.value
    const role = findRole(fhirUser, tenant.roles)
    if (role === undefined) return err({ reason: 'no-role' })
    const at = { fhirBase: normalizeIssuer(tenant.fhirBase), accessToken }
    const details = await fetchUserDetails(parts.fetch, at, fhirUser)
    return ok({
      id: `${issuer}|${subject}`,
      fhirUser,
      name: details.name ?? name ?? fhirUser,
      role,
      npi: details.npi,
    })
  }

  function admit(
    tenant: TenantConfig,
    login: LoginRow,
    tokens: TokenResponse,
    user: User,
    browser: 'cookie' | 'verifier',
    sessionCookie: string | undefined,
  ): Promise<Omit<CompletedLaunch, 'tenant'>> {
    const at = now()
    const launchId = parts.newId()
    const redeemCode = browser === 'verifier' ? newSecret() : null
    return store.transaction(async (tx) => {
      const { sessionId, secret } = await parts.sessions.signIn(tx, { tenant: tenant.id, user }, sessionCookie)
      await store.launches.insert(tx, {
        tenant: tenant.id,
        id: launchId,
        sessionId,
        patientId: tokens.patientId,
        encounterId: tokens.encounterId,
        appContext: tokens.appContext,
        fhirContext: tokens.fhirContext,
        needPatientBanner: tokens.needPatientBanner,
        grantedScopes: tokens.grantedScopes,
        missingScopes: missingScopes(tenant.scopes, tokens.grantedScopes),
        tokens: { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken },
        tokenExpiresAt: addDuration(at, { seconds: tokens.expiresInSeconds }),
        createdAt: at,
        endedAt: null,
        endReason: null,
      })
      if (redeemCode !== null)
        await store.logins.offerRedeem(tx, login, {
          redeemHash: hashSecret(redeemCode),
          redeemUntil: addDuration(at, { seconds: REDEEM_LIFE_SECONDS }),
          sessionId,
          launchId,
        })
      return { launchId, sessionSecret: redeemCode === null ? secret : null, redeemCode }
    })
  }
}

/**
 * Whether the browser that comes back is the one that began: by its cookie; where it sends none, by the verifier that it will
 * have to show when it redeems the one-time code.
 */
function checkBrowser(
  login: LoginRow,
  cookie: string | undefined,
): Result<'cookie' | 'verifier', Failure<'browser-mismatch' | 'cookies-blocked'>> {
  if (cookie !== undefined)
    return login.bindingHash === hashSecret(cookie) ? ok('cookie') : err({ reason: 'browser-mismatch' })
  return login.verifierHash === null ? err({ reason: 'cookies-blocked' }) : ok('verifier')
}
