/**
 * Sessions: one is one person (tenant, fhirUser) in one browser. The browser shows it by a cookie, or by a bearer where
 * cookies are blocked; both are random and kept as hashes.
 */
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { addDuration, millisecondsBetween } from '#domain/time.ts'
import type { LaunchContext, User } from '../context.ts'
import type { LaunchRow } from '../store/repositories/launches.ts'
import type { SessionRow } from '../store/repositories/sessions.ts'
import type { Tx } from '../store/tx.ts'
import { hashSecret, newSecret } from './secrets.ts'
import type { SmartDeps } from './smart-deps.ts'

const IDLE_MS = 15 * 60_000
const ABSOLUTE_HOURS = 12
/** How often `seen_at` is written; a request each few seconds must not be a write each few seconds. */
const TOUCH_MS = 30_000

export type SessionFailure = Failure<'session-missing' | 'session-ended'>
export type LaunchFailure = Failure<'launch-unknown' | 'launch-ended'>

/** How a request shows its session. */
export interface Credentials {
  readonly cookie: string | undefined
  readonly bearer: string | undefined
}

export type SessionService = ReturnType<typeof createSessionService>

export function createSessionService({ store, tenants, now, newId }: SmartDeps) {
  const isLive = (row: SessionRow, at: string): boolean =>
    row.endedAt === null && millisecondsBetween(at, row.expiresAt) > 0 && millisecondsBetween(row.seenAt, at) < IDLE_MS

  const find = (tx: Tx, { cookie, bearer }: Credentials): Promise<SessionRow | undefined> =>
    bearer !== undefined
      ? store.sessions.findByBearer(tx, hashSecret(bearer))
      : cookie !== undefined
        ? store.sessions.findBySecret(tx, hashSecret(cookie))
        : Promise.resolve(undefined)

  return {
    /** The live session that a request shows; `session-ended` where it has expired, was idle too long, or was ended. */
    async authenticate(credentials: Credentials): Promise<Result<SessionRow, SessionFailure>> {
      const row = await store.read((tx) => find(tx, credentials))
      if (row === undefined) return err({ reason: 'session-missing' })
      const at = now()
      if (!isLive(row, at)) return err({ reason: 'session-ended' })
      if (millisecondsBetween(row.seenAt, at) > TOUCH_MS)
        await store.read((tx) => store.sessions.touch(tx, row.tenant, row.id, at))
      return ok(row)
    },

    /** A launch of this session. Another session's launch is as unknown as one that never was. */
    async findLaunch(session: SessionRow, launchId: string): Promise<Result<LaunchContext, LaunchFailure>> {
      const row = await store.read((tx) => store.launches.find(tx, session.tenant, launchId))
      const tenant = tenants.get(session.tenant)
      if (row === undefined || row.sessionId !== session.id || tenant === undefined)
        return err({ reason: 'launch-unknown' })
      if (row.endedAt !== null) return err({ reason: 'launch-ended' })
      return ok({ ...contextOf(row), tenant, user: userOf(session) })
    },

    /** A launch as its guard would see it, for work that outlives its request; null once it has ended. */
    async launchById(tenantId: string, launchId: string): Promise<LaunchContext | null> {
      const tenant = tenants.get(tenantId)
      return store.read(async (tx) => {
        const row = await store.launches.find(tx, tenantId, launchId)
        if (row === undefined || row.endedAt !== null || tenant === undefined) return null
        const session = await store.sessions.find(tx, tenantId, row.sessionId)
        return session === undefined ? null : { ...contextOf(row), tenant, user: userOf(session) }
      })
    },

    /**
     * Takes the signed-in person into a session: the browser's own where it is live and theirs, else a new one. A session of
     * somebody else in that browser is ended with all its launches. Gives the secret for the cookie where it is new.
     */
    async signIn(
      tx: Tx,
      person: { readonly tenant: string; readonly user: User },
      cookie: string | undefined,
    ): Promise<{ readonly sessionId: string; readonly secret: string | null }> {
      const at = now()
      const before = await find(tx, { cookie, bearer: undefined })
      if (before !== undefined && isLive(before, at)) {
        const { tenant, user } = person
        const isSame = before.tenant === tenant && before.userId === user.id && before.fhirUser === user.fhirUser
        if (isSame && before.role === user.role) return { sessionId: before.id, secret: null }
        await store.sessions.end(tx, before, 'another-user', at)
        await store.launches.endOfSession(tx, before, 'another-user', at)
      }
      const secret = newSecret()
      const id = newId()
      await store.sessions.insert(tx, {
        tenant: person.tenant,
        id,
        secretHash: hashSecret(secret),
        bearerHash: null,
        userId: person.user.id,
        fhirUser: person.user.fhirUser,
        userName: person.user.name,
        role: person.user.role,
        npi: person.user.npi,
        createdAt: at,
        seenAt: at,
        expiresAt: addDuration(at, { hours: ABSOLUTE_HOURS }),
        endedAt: null,
        endReason: null,
      })
      return { sessionId: id, secret }
    },

    /**
     * Gives a bearer for a one-time code and the verifier that the browser kept in `window.name`. The code is used up by the
     * first try, right or wrong.
     */
    async redeem(
      code: string,
      verifier: string,
    ): Promise<Result<{ readonly bearer: string; readonly launchId: string }, Failure<'redeem-refused'>>> {
      const at = now()
      const bearer = newSecret()
      const redeemed = await store.transaction(async (tx) => {
        const login = await store.logins.redeem(tx, hashSecret(code), hashSecret(verifier), at)
        if (login !== undefined) await store.sessions.setBearer(tx, login.tenant, login.sessionId, hashSecret(bearer))
        return login
      })
      return redeemed === undefined ? err({ reason: 'redeem-refused' }) : ok({ bearer, launchId: redeemed.launchId })
    },

    /** Ends a session and all its launches. */
    async end(session: { readonly tenant: string; readonly id: string }, reason: string): Promise<void> {
      const at = now()
      await store.transaction(async (tx) => {
        await store.sessions.end(tx, session, reason, at)
        await store.launches.endOfSession(tx, session, reason, at)
      })
    },
  }
}

function userOf(session: SessionRow): User {
  return {
    id: session.userId,
    fhirUser: session.fhirUser,
    name: session.userName,
    role: session.role,
    npi: session.npi,
  }
}

function contextOf(row: LaunchRow): Omit<LaunchContext, 'tenant' | 'user'> {
  return {
    launchId: row.id,
    patientId: row.patientId,
    encounterId: row.encounterId,
    appContext: row.appContext,
    fhirContext: row.fhirContext,
    needPatientBanner: row.needPatientBanner,
    grantedScopes: row.grantedScopes,
  }
}
