/** The EHR as one launch sees it, and as one hook call sees it: same reader, other token, same access log. */
import { err, ok } from '#domain/result.ts'
import type { EhrClient, EhrFailure, LaunchContext } from '../context.ts'
import type { AccessLogWriter } from './access-log-writer.ts'
import { createEhrReader, type TokenSource } from './ehr-fhir.ts'

export interface EhrClientDeps {
  readonly fetch: typeof fetch
  /** The launch's tokens, held and refreshed on the server. */
  readonly tokens: (launch: LaunchContext) => TokenSource
  readonly accessLog: AccessLogWriter
}

/** The EHR client of a launch (server/context.ts). */
export function createEhrClient(deps: EhrClientDeps, launch: LaunchContext): EhrClient {
  return createEhrReader({
    fetch: deps.fetch,
    fhirBase: launch.tenant.fhirBase,
    tokens: deps.tokens(launch),
    log: deps.accessLog.forChart({
      tenant: launch.tenant.id,
      userId: launch.user.id,
      launchId: launch.launchId,
      patientId: launch.patientId,
    }),
  })
}

const SPENT: EhrFailure = { reason: 'unauthorized', status: 401 }

/** The token of one hook call: it lives as long as the call, and nobody can renew it. */
export function hookToken(accessToken: string): TokenSource {
  return {
    // An EHR may send everything as prefetch and no token at all.
    current: () => Promise.resolve(accessToken === '' ? err(SPENT) : ok(accessToken)),
    refresh: () => Promise.resolve(err(SPENT)),
  }
}
