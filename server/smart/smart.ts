/** Builds this room from what it is given. */
import type { AccessTokens } from './access-tokens.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createDiscovery } from './discovery.ts'
import { createIdTokenVerifier } from './id-token.ts'
import type { LaunchService } from './launch-service.ts'
import { createLaunchService } from './launch-service.ts'
import type { SessionService } from './session-service.ts'
import { createSessionService } from './session-service.ts'
import type { SmartDeps } from './smart-deps.ts'
import { createTokenRequester } from './token-endpoint.ts'

export interface Smart {
  readonly launches: LaunchService
  readonly sessions: SessionService
  readonly accessTokens: AccessTokens
}

export function createSmart(deps: SmartDeps): Smart {
  const discovery = createDiscovery(deps)
  const requestToken = createTokenRequester(deps)
  const sessions = createSessionService(deps)
  return {
    launches: createLaunchService({
      ...deps,
      discovery,
      requestToken,
      sessions,
      verifyIdToken: createIdTokenVerifier(deps),
    }),
    sessions,
    accessTokens: createAccessTokens({ ...deps, discovery, requestToken }),
  }
}
