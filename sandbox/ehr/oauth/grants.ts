/**
 * What has been granted: launches waiting for their app, codes, access tokens and refresh tokens. All in memory: a restart of
 * the simulated EHR ends every session, as it would outside.
 */
import { createOneTimeStore, type OneTimeStore } from './one-time.ts'

/** A SMART launch as the EHR knows it before the app answers. */
export interface LaunchRequest {
  readonly user: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly fhirContext: readonly string[]
  readonly appContext: string | null
  /** Scopes that this launch refuses to grant; with `*` the user refuses the app. */
  readonly denyScopes: readonly string[]
}

/** What a code or token stands for. */
export interface Grant {
  readonly clientId: string
  readonly launch: LaunchRequest
  readonly scopes: readonly string[]
}

export interface CodeGrant extends Grant {
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string | null
}

export const LAUNCH_LIFE_MS = 300_000
export const CODE_LIFE_MS = 60_000
/** Oracle Health's 570 s: an app must refresh to finish a questionnaire. */
export const ACCESS_LIFE_SECONDS = 570
/** CRD §4.2: the token of a hook lives no longer than 30 s. */
export const HOOK_LIFE_SECONDS = 30

export interface GrantRegistry {
  readonly launches: OneTimeStore<LaunchRequest>
  readonly codes: OneTimeStore<CodeGrant>
  issueAccess(grant: Grant, lifeSeconds: number, family?: string): string
  readAccess(token: string): Grant | undefined
  issueRefresh(grant: Grant, family: string): string
  /** Redeems a refresh token, which is then spent (rotation, as Epic does it). */
  takeRefresh(token: string): { readonly grant: Grant; readonly family: string } | undefined
  revoke(token: string): void
  /** Ends every token that came from one code. */
  revokeFamily(family: string): void
  /** True the first time a client's `jti` is seen within its life. */
  isFreshJti(clientId: string, jti: string, expiresAtMs: number): boolean
}

export function createGrantRegistry(nowMs: () => number, newSecret: () => string): GrantRegistry {
  const access = new Map<string, { grant: Grant; expiresAt: number; family: string | undefined }>()
  const refresh = new Map<string, { grant: Grant; family: string }>()
  const jtis = new Map<string, number>()
  return {
    launches: createOneTimeStore({ lifeMs: LAUNCH_LIFE_MS, nowMs, newSecret }),
    codes: createOneTimeStore({ lifeMs: CODE_LIFE_MS, nowMs, newSecret }),
    issueAccess(grant, lifeSeconds, family) {
      const token = newSecret()
      access.set(token, { grant, expiresAt: nowMs() + lifeSeconds * 1000, family })
      return token
    },
    readAccess(token) {
      const found = access.get(token)
      if (found === undefined) return undefined
      if (found.expiresAt >= nowMs()) return found.grant
      access.delete(token)
      return undefined
    },
    issueRefresh(grant, family) {
      const token = newSecret()
      refresh.set(token, { grant, family })
      return token
    },
    takeRefresh(token) {
      const found = refresh.get(token)
      refresh.delete(token)
      return found
    },
    revoke: (token) => void access.delete(token),
    revokeFamily(family) {
      for (const tokens of [access, refresh])
        for (const [token, entry] of tokens) if (entry.family === family) tokens.delete(token)
    },
    isFreshJti(clientId, jti, expiresAtMs) {
      for (const [seen, until] of jtis) if (until < nowMs()) jtis.delete(seen)
      const key = `${clientId} ${jti}`
      if (jtis.has(key)) return false
      jtis.set(key, expiresAtMs)
      return true
    },
  }
}
