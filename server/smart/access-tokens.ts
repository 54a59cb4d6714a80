/** The EHR's access token of a launch, for whoever reads its chart. */
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { parseRefreshResponse } from '#domain/smart/token-response.ts'
import { addDuration, millisecondsBetween } from '#domain/time.ts'
import type { LaunchContext } from '../context.ts'
import type { LaunchRow } from '../store/repositories/launches.ts'
import type { Discovery } from './discovery.ts'
import type { SmartDeps } from './smart-deps.ts'
import type { RequestToken } from './token-endpoint.ts'

/** `launch-ended`: only a new launch from the chart helps. The others may pass. */
export type AccessTokenFailure = Failure<'launch-ended' | 'ehr-unavailable' | 'ehr-timeout' | 'ehr-nonsense'>

/** Which launch: all that its token needs to know of it. */
export type LaunchKey = Pick<LaunchContext, 'tenant' | 'launchId'>

export interface AccessTokens {
  /**
   * A token good for at least half a minute, refreshed where it must be. `refused` is a token that the EHR has just answered
   * 401 to: it is not given again. Concurrent callers share one refresh, across nodes too.
   */
  forLaunch(launch: LaunchKey, refused?: string): Promise<Result<string, AccessTokenFailure>>
}

const MARGIN_MS = 30_000
const LEASE_SECONDS = 15
const WAIT_MS = 250

export interface AccessTokenParts extends SmartDeps {
  readonly discovery: Discovery
  readonly requestToken: RequestToken
}

export function createAccessTokens(parts: AccessTokenParts): AccessTokens {
  const { store, now, newId } = parts
  const underway = new Map<string, Promise<Result<string, AccessTokenFailure>>>()

  const read = (launch: LaunchKey): Promise<LaunchRow | undefined> =>
    store.read((tx) => store.launches.find(tx, launch.tenant.id, launch.launchId))

  const isGood = (row: LaunchRow, refused: string | undefined): boolean =>
    row.tokens.accessToken !== refused && millisecondsBetween(now(), row.tokenExpiresAt) > MARGIN_MS

  const refresh = async (
    launch: LaunchKey,
    refused: string | undefined,
  ): Promise<Result<string, AccessTokenFailure>> => {
    const at = { tenant: launch.tenant.id, id: launch.launchId }
    const owner = newId()
    for (;;) {
      const row = await read(launch)
      if (row === undefined || row.endedAt !== null) return err({ reason: 'launch-ended' })
      if (isGood(row, refused)) return ok(row.tokens.accessToken)
      if (row.tokens.refreshToken === null) return withoutRefresh(row, refused)
      const lease = { owner, until: addDuration(now(), { seconds: LEASE_SECONDS }), now: now() }
      if (await store.transaction((tx) => store.launches.leaseRefresh(tx, at, lease))) return renew(launch, row, owner)
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
  }

  /** A token in its last seconds is still a token. */
  const withoutRefresh = (row: LaunchRow, refused: string | undefined): Result<string, AccessTokenFailure> =>
    row.tokens.accessToken !== refused && millisecondsBetween(now(), row.tokenExpiresAt) > 0
      ? ok(row.tokens.accessToken)
      : err({ reason: 'launch-ended' })

  const renew = async (
    launch: LaunchKey,
    row: LaunchRow,
    owner: string,
  ): Promise<Result<string, AccessTokenFailure>> => {
    const at = { tenant: row.tenant, id: row.id }
    const answered = await requestRefresh(launch, row.tokens.refreshToken ?? '')
    if (!answered.ok) {
      const { reason } = answered.error
      if (reason === 'ehr-unavailable' || reason === 'ehr-timeout' || reason === 'ehr-nonsense') {
        await store.transaction((tx) => store.launches.releaseRefresh(tx, at, owner))
        return err({ reason })
      }
      await store.transaction((tx) => store.launches.end(tx, at, reason, now()))
      return err({ reason: 'launch-ended' })
    }
    const tokens = parseRefreshResponse(answered.value, {
      patientId: row.patientId,
      refreshToken: row.tokens.refreshToken,
    })
    if (!tokens.ok) {
      await store.transaction((tx) => store.launches.releaseRefresh(tx, at, owner))
      return err({ reason: 'ehr-nonsense' })
    }
    if (tokens.value.patientChanged) {
      // A patient never changes in a session (crd.md §4.3): whatever the EHR means by it, nobody may act on it.
      await endSession(row)
      return err({ reason: 'launch-ended' })
    }
    const { accessToken, refreshToken, expiresInSeconds } = tokens.value
    const expiresAt = addDuration(now(), { seconds: expiresInSeconds })
    await store.transaction((tx) => store.launches.saveTokens(tx, at, { accessToken, refreshToken }, expiresAt))
    return ok(accessToken)
  }

  const requestRefresh = async (launch: LaunchKey, refreshToken: string) => {
    const configuration = await parts.discovery(launch.tenant)
    if (!configuration.ok) return err({ reason: 'ehr-unavailable' } as const)
    return parts.requestToken(launch.tenant, configuration.value, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    })
  }

  const endSession = (row: LaunchRow): Promise<void> =>
    store.transaction(async (tx) => {
      const session = { tenant: row.tenant, id: row.sessionId }
      await store.sessions.end(tx, session, 'patient-changed', now())
      await store.launches.endOfSession(tx, session, 'patient-changed', now())
    })

  return {
    async forLaunch(launch, refused) {
      const row = await read(launch)
      if (row === undefined || row.endedAt !== null) return err({ reason: 'launch-ended' })
      if (isGood(row, refused)) return ok(row.tokens.accessToken)
      const key = `${launch.tenant.id}/${launch.launchId}`
      const shared = underway.get(key)
      if (shared !== undefined) return shared
      const own = refresh(launch, refused).finally(() => underway.delete(key))
      underway.set(key, own)
      return own
    },
  }
}
