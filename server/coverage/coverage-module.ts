/** Builds this room: CDS services, façade, payer inquiries, the coverage screen. `server/dependencies.ts` calls it once. */
import { randomUUID } from 'node:crypto'
import type { AccessLogWriter } from '../clients/access-log-writer.ts'
import { createEhrReader, type ChartAccess, type TokenSource } from '../clients/ehr-fhir.ts'
import { hookToken } from '../clients/launch-ehr-client.ts'
import { createPayerCrdClient } from '../clients/payer-crd.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import type { Store } from '../store/store.ts'
import { createBackgroundTasks } from './background-tasks.ts'
import { createCoverageService, type CoverageService } from './coverage-service.ts'
import { createDirectories } from './directory.ts'
import { createFacadeGrants, type ChartSource, type FacadeGrants } from './facade-grants.ts'
import { createFeedbackRelay } from './feedback-relay.ts'
import { createHookAuthenticator, type HookAuthenticator } from './hook-authentication.ts'
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
  /** The launch's tokens, refreshed on the server. */
  readonly tokens: (launch: LaunchKey) => TokenSource
  readonly ehr: (launch: LaunchContext) => EhrClient
  readonly accessLog: AccessLogWriter
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
  /** Waits for what is under way: before the access log is flushed and the store closes. */
  readonly close: () => Promise<void>
}

export function createCoverageModule(deps: CoverageModuleDeps): CoverageModule {
  const { store, now, newId } = deps
  const newUuid = (): string => randomUUID()
  const background = createBackgroundTasks(deps.report)
  const directory = createDirectories(now)
  const openChart = (input: ChartInput, log = readerLog(deps, input)): EhrClient => openThroughSource(deps, input, log)

  const crd = createPayerCrdClient(deps)
  const grants = createFacadeGrants({
    ...deps,
    background,
    directory,
    logFor: ({ tenant, payerId, patientId, source }) =>
      deps.accessLog.forChart({
        tenant: tenant.id,
        userId: `payer:${payerId}`,
        launchId: source.kind === 'launch' ? source.launchId : null,
        patientId,
      }),
    openReader: (input) => openChart(input, () => undefined),
  })
  const inquiries = createPayerInquiries({ store, crd, grants, background, now, newId, newUuid, report: deps.report })
  const feedback = createFeedbackRelay({ crd, background, now, newUuid })
  const charts = createLaunchCharts({ store, openEhr: deps.ehr, now })

  return {
    coverage: createCoverageService({ ...deps, charts, inquiries, background }),
    grants,
    authenticateHook: createHookAuthenticator(deps),
    orderSign: createOrderSignHook({
      ...deps,
      inquiries,
      feedback,
      newUuid,
      background,
      directory,
      openHookReader: (tenant, { fhirAuthorization, patientId, userId }) =>
        openChart({
          tenant,
          patientId,
          userId,
          source: { kind: 'hook', accessToken: fhirAuthorization?.accessToken ?? '' },
        }),
    }),
    feedback: feedback.relay,
    keepHookExchange: (exchange) => background.runLater('keep-hook-exchange', () => keepHookExchange(deps, exchange)),
    close: background.settle,
  }
}

interface ChartInput {
  readonly tenant: TenantConfig
  readonly patientId: string
  readonly userId: string
  readonly source: ChartSource
}

type AccessReport = (access: ChartAccess) => void

function readerLog({ accessLog }: CoverageModuleDeps, { tenant, patientId, userId, source }: ChartInput): AccessReport {
  const launchId = source.kind === 'launch' ? source.launchId : null
  return accessLog.forChart({ tenant: tenant.id, userId, launchId, patientId })
}

function openThroughSource(deps: CoverageModuleDeps, { tenant, source }: ChartInput, log: AccessReport): EhrClient {
  const tokens =
    source.kind === 'launch' ? deps.tokens({ tenant, launchId: source.launchId }) : hookToken(source.accessToken)
  return createEhrReader({ fetch: deps.fetch, fhirBase: tenant.fhirBase, tokens, log })
}

async function keepHookExchange(
  { store, newId, now }: CoverageModuleDeps,
  { tenant, receivedAt, request, response }: Parameters<CoverageModule['keepHookExchange']>[0],
): Promise<void> {
  const message = (body: Uint8Array, at: string) => ({ id: newId(), contentType: 'application/json', body, at })
  await store.statement((tx) =>
    store.exchanges.insertCall(tx, {
      tenant: tenant.id,
      caseId: null,
      kind: 'cds-order-sign',
      partner: 'ehr',
      asked: 'in',
      request: message(request ?? new Uint8Array(), receivedAt),
      answer: response === null ? null : { ...message(new TextEncoder().encode(response), now()), httpStatus: 200 },
    }),
  )
}
