/** Builds this room: CDS services, façade, payer inquiries, the coverage screen. `server/dependencies.ts` calls it once. */
import { randomUUID } from 'node:crypto'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { createAccessLogWriter, type AccessLogWriter } from '../clients/access-log-writer.ts'
import { createEhrReader, type TokenSource } from '../clients/ehr-fhir.ts'
import { createEhrClient, hookToken } from '../clients/launch-ehr-client.ts'
import { createPayerCrdClient } from '../clients/payer-crd.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { Store } from '../store/store.ts'
import { createBackgroundTasks } from './background-tasks.ts'
import { createCoverageService, type CoverageService } from './coverage-service.ts'
import { createFacadeGrants, type ChartSource, type FacadeGrants } from './facade-grants.ts'
import { createFeedbackRelay } from './feedback-relay.ts'
import { createHookAuthenticator, type HookAuthenticator } from './hook-authentication.ts'
import { createPayorDirectory } from './hook-chart.ts'
import { createLaunchCharts } from './launch-chart.ts'
import { createOrderSignHook } from './order-sign-hook.ts'
import { createPayerInquiries } from './payer-inquiry.ts'
import type { ClocksPort, FormProgressPort, ReportPort } from './ports.ts'

/** Which launch's token: all that a token needs to know of it. */
export type LaunchKey = Pick<LaunchContext, 'tenant' | 'launchId'>

export interface CoverageModuleDeps {
  readonly baseUrl: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly payers: readonly PayerConfig[]
  readonly store: Store
  readonly fetch: typeof fetch
  readonly now: () => string
  readonly newId: () => string
  /** A CDS Hooks client JWT (ES384, iss = baseUrl, fresh jti, at most five minutes) for exactly this audience. */
  readonly signHookJwt: (audience: string) => Promise<string>
  /** The launch's token; `refused` is one that was just answered with 401. */
  readonly accessToken: (launch: LaunchKey, refused?: string) => Promise<Result<string, Failure>>
  readonly clocks: ClocksPort
  readonly formProgress: FormProgressPort
  readonly report: ReportPort
}

export interface CoverageModule {
  readonly coverage: CoverageService
  readonly grants: FacadeGrants
  readonly authenticateHook: HookAuthenticator
  readonly orderSign: ReturnType<typeof createOrderSignHook>
  readonly feedback: (tenantId: string, body: unknown) => void
  /** Keeps the EHR's call and our answer as bytes (found-37). */
  readonly keepHookExchange: (exchange: {
    readonly tenant: TenantConfig
    readonly receivedAt: string
    readonly request: Uint8Array | null
    readonly response: string | null
  }) => void
  /** The EHR through a launch: for every room that reads the chart. */
  readonly openEhr: (launch: LaunchContext) => EhrClient
  /** Waits for what is under way and writes what waits: before the store closes. */
  readonly close: () => Promise<void>
}

export function createCoverageModule(deps: CoverageModuleDeps): CoverageModule {
  const { store, now, newId } = deps
  const newUuid = (): string => randomUUID()
  const background = createBackgroundTasks(deps.report)
  const accessLog = createAccessLogWriter({
    write: (rows) => store.transaction((tx) => store.accessLog.insert(tx, rows)),
    now,
    newId,
    onFailure: (error, waiting) => deps.report('access-log-delayed', { waiting }, error),
  })
  const tokens = (launch: LaunchKey): TokenSource => launchToken(deps, launch)
  const openEhr = (launch: LaunchContext): EhrClient =>
    createEhrClient({ fetch: deps.fetch, tokens, accessLog }, launch)
  const openChart = (input: ChartInput): EhrClient => openThroughSource({ deps, accessLog, tokens }, input)

  const crd = createPayerCrdClient(deps)
  const grants = createFacadeGrants({
    ...deps,
    background,
    openReader: (input) => openChart({ ...input, userId: `payer:${input.payerId}` }),
  })
  const inquiries = createPayerInquiries({ store, crd, grants, background, now, newId, newUuid, report: deps.report })
  const feedback = createFeedbackRelay({ crd, background, now, newUuid })
  const charts = createLaunchCharts({ store, openEhr, now })

  return {
    coverage: createCoverageService({ ...deps, charts, inquiries, background }),
    grants,
    authenticateHook: createHookAuthenticator(deps),
    orderSign: createOrderSignHook({
      ...deps,
      inquiries,
      feedback,
      newUuid,
      directory: createPayorDirectory(now),
      openHookReader: (tenant, { fhirAuthorization, patientId, userId }) =>
        openChart({
          tenant,
          patientId,
          userId,
          source: { kind: 'hook', accessToken: fhirAuthorization?.accessToken ?? '' },
        }),
    }),
    feedback: feedback.relay,
    keepHookExchange: (exchange) => background.run('keep-hook-exchange', () => keepHookExchange(deps, exchange)),
    openEhr,
    async close() {
      await background.settle()
      await accessLog.flush()
    },
  }
}

/** S1's token store as the reader wants it; a launch that ended is unauthorized. */
function launchToken(deps: CoverageModuleDeps, launch: LaunchKey): TokenSource {
  const get = async (refused?: string): ReturnType<TokenSource['current']> => {
    const token = await deps.accessToken(launch, refused)
    if (token.ok) return ok(token.value)
    const { reason } = token.error
    const isEhr = reason === 'ehr-unavailable' || reason === 'ehr-timeout' || reason === 'ehr-nonsense'
    return err({ reason: isEhr ? reason : 'unauthorized', status: null })
  }
  return { current: () => get(), refresh: (stale) => get(stale) }
}

interface ChartInput {
  readonly tenant: TenantConfig
  readonly patientId: string
  readonly userId: string
  readonly source: ChartSource
}

function openThroughSource(
  room: {
    readonly deps: CoverageModuleDeps
    readonly accessLog: AccessLogWriter
    readonly tokens: (launch: LaunchKey) => TokenSource
  },
  { tenant, patientId, userId, source }: ChartInput,
): EhrClient {
  const launchId = source.kind === 'launch' ? source.launchId : null
  return createEhrReader({
    fetch: room.deps.fetch,
    fhirBase: tenant.fhirBase,
    tokens:
      source.kind === 'launch' ? room.tokens({ tenant, launchId: source.launchId }) : hookToken(source.accessToken),
    log: room.accessLog.forChart({ tenant: tenant.id, userId, launchId, patientId }),
  })
}

async function keepHookExchange(
  { store, newId, now }: CoverageModuleDeps,
  { tenant, receivedAt, request, response }: Parameters<CoverageModule['keepHookExchange']>[0],
): Promise<void> {
  const common = {
    tenant: tenant.id,
    caseId: null,
    kind: 'cds-order-sign',
    partner: 'ehr',
    contentType: 'application/json',
  }
  const requestId = newId()
  await store.transaction(async (tx) => {
    await store.exchanges.insert(tx, {
      ...common,
      id: requestId,
      requestId: null,
      direction: 'in',
      httpStatus: null,
      body: request ?? new Uint8Array(),
      at: receivedAt,
    })
    if (response === null) return
    await store.exchanges.insert(tx, {
      ...common,
      id: newId(),
      requestId,
      direction: 'out',
      httpStatus: 200,
      body: new TextEncoder().encode(response),
      at: now(),
    })
  })
}
