/**
 * Builds what the server is made of, once, from its configuration: keys, database, clock, ids, fetch, rooms. Everything is
 * handed on as parameters; nothing reaches for a global.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { AppDeps } from './app.ts'
import type { AccessLogWriter } from './clients/access-log-writer.ts'
import { createAccessLogWriter } from './clients/access-log-writer.ts'
import type { TokenSource } from './clients/ehr-fhir.ts'
import { createEhrClient } from './clients/launch-ehr-client.ts'
import type { Config, PayerConfig } from './config.ts'
import type { EhrClient, EhrFailure, LaunchContext } from './context.ts'
import { findUp } from './find-up.ts'
import { createMetrics } from './http/metrics.ts'
import { loadPages } from './http/page.ts'
import { describeError } from './http/send-failure.ts'
import { loadKeys } from './keys.ts'
import type { AccessTokenFailure, AccessTokens, LaunchKey } from './smart/access-tokens.ts'
import { createSmart } from './smart/smart.ts'
import { openStore } from './store/open-store.ts'
import type { Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { uuidV7 } from './uuid-v7.ts'

export interface Dependencies extends AppDeps {
  readonly config: Config
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly fetch: typeof fetch
  /** ISO 8601, UTC. */
  readonly now: () => string
  /** The EHR's tokens of a launch. */
  readonly tokens: (launch: LaunchKey) => TokenSource
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly accessLog: AccessLogWriter
  /** Writes what is left of the access log, then closes the database. */
  close(): Promise<void>
}

export interface DependencyOptions {
  readonly log: FastifyBaseLogger
  /** The bundled `store/initialize` script. */
  readonly initializer: URL
  /** Where the built app lies; `dist/app` unless a test says otherwise. */
  readonly appFolder?: string
  readonly fetch?: typeof fetch
  readonly now?: () => string
}

/** Throws where something that the server needs is missing: it must not start. */
export async function createDependencies(config: Config, options: DependencyOptions): Promise<Dependencies> {
  const { log, fetch: fetchFrom = fetch, now = () => new Date().toISOString() } = options
  const newId = (): string => uuidV7(Date.now())
  const keys = await loadKeys(config)
  const store = await openStore({
    database: config.database,
    keys: keys.store,
    initializer: options.initializer,
    onConnectionError: (error) => log.warn({ bug: describeError(error) }, 'database connection lost'),
  })
  const tenants = new Map(config.tenants.map((tenant) => [tenant.id, tenant]))
  const smart = createSmart({
    baseUrl: config.baseUrl,
    tenants,
    store,
    keys: keys.signing,
    fetch: fetchFrom,
    now,
    newId,
  })
  const accessLog = createAccessLogWriter({
    write: (rows) => store.transaction((tx) => store.accessLog.insert(tx, rows)),
    now,
    newId,
    onFailure: (error, waiting) => log.error({ bug: describeError(error), waiting }, 'access log not written'),
  })
  const tokens: Dependencies['tokens'] = (launch) => tokenSource(smart.accessTokens, launch)
  return {
    config,
    tenants,
    payers: new Map(config.payers.map((payer) => [payer.id, payer])),
    store,
    signing: keys.signing,
    smart,
    pages: loadPages(),
    metrics: createMetrics(),
    log,
    newId,
    now,
    fetch: fetchFrom,
    appFolder: options.appFolder ?? findUp('dist/app'),
    tokens,
    ehr: (launch) => createEhrClient({ fetch: fetchFrom, tokens, accessLog }, launch),
    accessLog,
    async close() {
      await accessLog.flush()
      await store.close()
    },
  }
}

/** A launch's tokens in the words of the EHR client. */
function tokenSource(accessTokens: AccessTokens, launch: Pick<LaunchContext, 'tenant' | 'launchId'>): TokenSource {
  const inEhrWords = (result: Result<string, AccessTokenFailure>): Result<string, EhrFailure> => {
    if (result.ok) return ok(result.value)
    const { reason } = result.error
    return reason === 'launch-ended' ? err({ reason: 'unauthorized', status: 401 }) : err({ reason, status: null })
  }
  return {
    current: async () => inEhrWords(await accessTokens.forLaunch(launch)),
    refresh: async (stale) => inEhrWords(await accessTokens.forLaunch(launch, stale)),
  }
}
