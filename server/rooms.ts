/** Builds the product's rooms over the dependencies, and runs what works beside the requests. */
import { randomUUID } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import type { Policy } from '#domain/dtr/form/criteria.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { buildRequestLines, type HcpcsUnits } from '#domain/pas/request-lines.ts'
import { addDuration, epochSeconds } from '#domain/time.ts'
import { createCaseService, type CaseService } from './cases/case-service.ts'
import { createCaseUpdates } from './cases/case-updates.ts'
import { clockView } from './cases/case-view.ts'
import { createLiveCases, type LiveCases } from './cases/live.ts'
import { clockRows } from './cases/open-case.ts'
import { openWhereNeeded } from './cases/open-where-needed.ts'
import { createSummaryJob, SUMMARY_JOB } from './cases/write-back.ts'
import { createBackendTokens } from './clients/backend-token.ts'
import { createClientNotifier } from './clients/notify-client.ts'
import { createPayerDtrClient } from './clients/payer-dtr.ts'
import { createBytesFetch, createPayerFetch } from './clients/payer-fetch.ts'
import { createPayerPas } from './clients/payer-pas.ts'
import { loadPolicies, loadQuestionnaires, loadTable } from './content.ts'
import { profilesBy, shippedProfileSet } from './profiles.ts'
import { createBackgroundTasks } from './coverage/background-tasks.ts'
import { createCoverageModule, type CoverageModule } from './coverage/coverage-module.ts'
import type { ClocksPort, ReportPort } from './coverage/ports.ts'
import type { Dependencies } from './dependencies.ts'
import { createCqlRuntime } from './cql/cql-runtime.ts'
import { createCopyJob, FORM_COPY_JOB } from './forms/copy-job.ts'
import { createFormService, type FormService } from './forms/form-service.ts'
import { createErrorLogJob, ERROR_LOG_JOB } from './forms/log-form-errors.ts'
import { createOrderJob, ORDER_JOB } from './forms/order-statements.ts'
import { countUnmatchedEvents } from './http/metrics.ts'
import { describeError } from './http/send-failure.ts'
import { createBundleChecks } from './intermediary/bundle-checks.ts'
import { createClientAccess, type ClientAccess, type ClientAccessDeps } from './intermediary/client-access.ts'
import { createIntermediary, type Intermediary } from './intermediary/intermediary.ts'
import { DEFAULT_SETTINGS } from './intermediary/settings.ts'
import { buildClientAssertion } from './smart/client-assertion.ts'
import { newSecret } from './smart/secrets.ts'
import { startJobWorker, type JobWorker } from './store/job-worker.ts'
import { freeLeasesOfTheDead, nameOwner } from './store/lease-owner.ts'
import { warmUp } from './warm-up.ts'

const HOOK_JWT_SECONDS = 240
/** What payers are told about who reports a fault of their form. */
const APP_VERSION = '1'

export interface Rooms {
  readonly coverage: CoverageModule
  readonly forms: FormService
  readonly cases: CaseService
  readonly live: LiveCases
  readonly intermediary: Intermediary
  readonly clientAccess: Readonly<Record<PasVersion, ClientAccess>>
  /** Begins to read the chart and to ask the payer for a launch whose browser still loads; the screen then finds it done. */
  readonly prepare: (tenantId: string, launchId: string) => void
  /** Begins the work beside the requests; the server listens by then, for payers call back. */
  start(): Promise<void>
  /** Waits for what is under way. */
  stop(): Promise<void>
}

export async function createRooms(deps: Dependencies): Promise<Rooms> {
  const { config, store, now, newId, fetch, tenants, payers, ehr } = deps
  const payerFetch = createPayerFetch(fetch, config.payers)
  const { baseUrl } = config
  const report: ReportPort = (event, details, error) =>
    deps.log.warn(
      { event, ...details, ...(error === undefined ? {} : { bug: describeError(error) }) },
      'beside requests',
    )
  const tasks = createBackgroundTasks(report)
  const evaluator = createEvaluator()
  const cql = createCqlRuntime()
  const units = loadTable('hcpcs-units') as HcpcsUnits
  const policies = loadPolicies() as ReadonlyMap<string, Policy>
  const profiles = shippedProfileSet('pas-2.2.1')
  const checks = createBundleChecks({ profiles: profilesBy({ '2.2.1': profiles }), report })
  const payerTokens = createBackendTokens({
    fetch: payerFetch,
    now,
    signAssertion: (...to) => signAssertion(deps, ...to),
  })

  const live = await createLiveCases(store)
  const payerDtr = createPayerDtrClient({ fetch: payerFetch, tokens: payerTokens, now })
  const forms = createFormService({
    store,
    tenants,
    payers,
    payerDtr,
    ehr,
    evaluator,
    cql,
    tasks,
    announce: live.announce,
    baseUrl,
    now,
    newId,
  })
  const formJobs = {
    [ERROR_LOG_JOB]: createErrorLogJob({ ...deps, payerDtr, appVersion: APP_VERSION }),
    [FORM_COPY_JOB]: createCopyJob({ ...deps, evaluator, baseUrl, launchById: deps.smart.sessions.launchById }),
    [ORDER_JOB]: createOrderJob({ ...deps, launchById: deps.smart.sessions.launchById }),
  }
  const pasDeps = { fetch: createPayerFetch(createBytesFetch(), config.payers), tokens: payerTokens }
  const countUnmatched = countUnmatchedEvents(deps.metrics)
  const updates = { store, live, tenants, payers, reopenForm: forms.reopen }
  const intermediary = createIntermediary({
    store,
    config,
    channelOf: (payer) => createPayerPas(pasDeps, payer),
    cases: createCaseUpdates(updates),
    notifyClient: createClientNotifier(fetch),
    now,
    newId,
    newUuid: randomUUID,
    newSecret,
    settings: DEFAULT_SETTINGS,
    checkBundle: checks.check,
    onUnmatched: (event) => {
      countUnmatched(event)
      report('payer-event-unmatched', event)
    },
    onFailure: (where, error) => report('intermediary-failed', { where }, error),
  })
  const coverage = createCoverageModule({
    ...deps,
    fetch: payerFetch,
    baseUrl,
    payers: config.payers,
    signHookJwt: (audience) => signHookJwt(deps, audience),
    clocks: clocksBefore(units),
    formProgress: forms.progress,
    report,
  })
  const review = { store, payers, forms, ehr, units, policies, evaluator, profiles, baseUrl, now, newId }
  const cases = createCaseService({ ...review, ...updates, intermediary, coverage: coverage.coverage })
  const writeBack = createSummaryJob({ ...review, ...updates, launchById: deps.smart.sessions.launchById })

  const screen = openWhereNeeded(coverage.coverage, cases, tasks)
  const prepare = async (tenantId: string, launchId: string): Promise<void> => {
    const launch = await deps.smart.sessions.launchById(tenantId, launchId)
    if (launch !== null) await screen.view(launch)
  }

  const access: ClientAccessDeps = {
    config,
    store,
    fetch,
    now,
    newId,
    publicJwks: deps.signing.publicJwks as JSONWebKeySet,
    sign: (claims) => deps.signing.sign('ES384', claims),
  }
  let worker: JobWorker | undefined
  let stopWarming: (() => Promise<void>) | undefined
  return {
    coverage: { ...coverage, coverage: screen },
    forms,
    cases,
    live,
    intermediary,
    clientAccess: { '2.2.1': createClientAccess(access, '2.2.1'), '2.0.1': createClientAccess(access, '2.0.1') },
    prepare: (tenantId, launchId) => tasks.run('prepare-launch', () => prepare(tenantId, launchId)),
    async start() {
      // What an earlier process held need not wait out its lease.
      await freeLeasesOfTheDead(store)
      worker = await startJobWorker({
        store,
        handlers: { ...intermediary.handlers, [SUMMARY_JOB]: writeBack, ...formJobs },
        owner: nameOwner(newId()),
        now,
        onFailure: ({ id, kind, attempts }, error) => report('job-failed', { id, kind, attempts }, error),
      })
      await intermediary.start()
      stopWarming = warmUp({ evaluator, readForms: loadQuestionnaires, report })
    },
    async stop() {
      await stopWarming?.()
      await worker?.stop()
      await intermediary.stop()
      await checks.close()
      await coverage.close()
      await tasks.settle()
      await live.stop()
      await cql.close()
    },
  }
}

/** The limits that would bind a request for these orders, were it sent as standard. */
function clocksBefore(units: HcpcsUnits): ClocksPort {
  return ({ lineOfBusiness, orders }) => {
    const lines = buildRequestLines(orders, { units, weight: null, known: [], earlier: [] })
    return clockRows('', '', { lineOfBusiness }, lines, 'standard').map(clockView)
  }
}

function signAssertion(deps: Dependencies, clientId: string, tokenEndpoint: string): Promise<string> {
  const { signing: keys, now, newId } = deps
  return buildClientAssertion({ keys, algorithm: 'ES384', clientId, tokenEndpoint, jti: newId(), now: now() })
}

/** CDS Hooks 2.0 client JWT: for exactly one service address (crd.md §4.1). */
function signHookJwt({ signing, config, now, newId }: Dependencies, audience: string): Promise<string> {
  const at = now()
  return signing.sign(
    'ES384',
    {
      iss: config.baseUrl,
      aud: audience,
      jti: newId(),
      iat: epochSeconds(at),
      exp: epochSeconds(addDuration(at, { seconds: HOOK_JWT_SECONDS })),
    },
    { jku: `${config.baseUrl}/.well-known/jwks.json` },
  )
}
