/**
 * The order-sign pipeline between EHR and payers (crd.md §1.3). The EHR is answered within its 5 s whatever payers do; an
 * answer that comes later is stored by the inquiry and shown when Precert opens.
 */
import { randomBytes } from 'node:crypto'
import { parseOrderSignRequest, isSwitchedOff, type OrderSignRequest } from '#domain/crd/hook-request.ts'
import type { JsonObject } from '#domain/crd/json.ts'
import { readAnswerVersion } from '#domain/crd/service-catalog.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { addDuration, dateIn, millisecondsBetween } from '#domain/time.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { EhrClient } from '../context.ts'
import type { Store } from '../store/store.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Directory } from './directory.ts'
import type { FeedbackRelay } from './feedback-relay.ts'
import { buildHookAnswer, listGroupsToOpen, type AskedPayer } from './hook-answer.ts'
import { readHookChart } from './hook-chart.ts'
import { assignOrder, groupByCoverage } from './order-assignment.ts'
import { withinTime, type PayerInquiries } from './payer-inquiry.ts'

/** From the EHR's call to the end of waiting: leaves a second of its five for merging, storing and the way back. */
const ANSWER_BUDGET_MS = 4_000
const CONTEXT_LIFE_HOURS = 12
const CONTEXT_ID_BYTES = 16
export const APP_CONTEXT_PREFIX = 'pa1.'

export interface OrderSignHookDeps {
  readonly baseUrl: string
  readonly payers: readonly PayerConfig[]
  readonly store: Pick<Store, 'statement' | 'hookContexts'>
  readonly inquiries: PayerInquiries
  readonly feedback: FeedbackRelay
  readonly directory: (tenantId: string) => Directory
  readonly openHookReader: (tenant: TenantConfig, request: OrderSignRequest) => EhrClient
  readonly background: BackgroundTasks
  readonly now: () => string
  readonly newUuid: () => string
}

export type HookFailure = Failure<
  | 'body-unreadable'
  | 'hook-unknown'
  | 'element-missing'
  | 'element-invalid'
  | 'fhir-server-unknown'
  | 'version-unsupported'
  | 'token-replayed'
>

export interface HookCall {
  readonly tenant: TenantConfig
  readonly body: unknown
  readonly receivedAt: string
  /** Marks the call's JWT as used; awaited before anything goes out. */
  readonly claimOnce: () => Promise<boolean>
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')

/** Builds the service behind POST …/crd-order-sign. */
export function createOrderSignHook(deps: OrderSignHookDeps) {
  return async ({ tenant, body, receivedAt, claimOnce }: HookCall): Promise<Result<JsonObject, HookFailure>> => {
    const parsed = parseOrderSignRequest(body)
    if (!parsed.ok) return parsed
    const request = parsed.value
    if (request.fhirServer !== null && trimmed(request.fhirServer) !== trimmed(tenant.fhirBase))
      return err({ reason: 'fhir-server-unknown', path: 'fhirServer' })
    const version = readAnswerVersion(request.requestedVersion, tenant.cdsHooks?.crdVersion ?? '2.2')
    if (version === null) return err({ reason: 'version-unsupported', path: 'extension.davinci-crd.requestedVersion' })
    const today = dateIn(receivedAt, tenant.timeZone)
    const reader = deps.openHookReader(tenant, request)
    const [isFirst, chart] = await Promise.all([
      claimOnce(),
      readHookChart({ request, reader, directory: deps.directory(tenant.id), today }),
    ])
    if (!isFirst) return err({ reason: 'token-replayed' })
    const assignments = request.orders.map((order) =>
      assignOrder(order, { ...chart, payers: deps.payers, chosen: null }),
    )
    const asked = await askPayers(deps, { tenant, request, receivedAt, known: chart.known, assignments })
    const ownAllowed = !isSwitchedOff(request.configuration, 'coverage-info')
    const shared = { version, orders: request.orders, assignments, asked, payerCards: [], today }
    const link = ownAllowed ? openContext(deps, { tenant, request, asked, groups: listGroupsToOpen(shared) }) : null
    return ok(
      buildHookAnswer({
        ...shared,
        payerCards: deps.feedback.register(tenant.id, asked.flatMap(cardsOf)),
        ownCards: ownAllowed ? { link, newUuid: deps.newUuid } : null,
      }),
    )
  }
}

function cardsOf({ outcome }: AskedPayer): { payer: PayerConfig; cards: readonly JsonObject[] }[] {
  return outcome?.result.ok === true ? [{ payer: outcome.payer, cards: outcome.result.value.cards }] : []
}

/** All payers at once, each no longer than what is left of the budget. */
async function askPayers(
  deps: OrderSignHookDeps,
  call: {
    readonly tenant: TenantConfig
    readonly request: OrderSignRequest
    readonly receivedAt: string
    readonly known: Parameters<PayerInquiries['ask']>[0]['known']
    readonly assignments: Parameters<typeof groupByCoverage>[0]
  },
): Promise<AskedPayer[]> {
  const { tenant, request } = call
  const left = ANSWER_BUDGET_MS - millisecondsBetween(call.receivedAt, deps.now())
  return Promise.all(
    groupByCoverage(call.assignments).map(async ({ payer, coverage, orders }) => {
      const outcome = deps.inquiries.ask({
        tenant,
        payer,
        origin: 'hook',
        source: { kind: 'hook', accessToken: request.fhirAuthorization?.accessToken ?? '' },
        userId: request.userId,
        patientId: request.patientId,
        encounterId: request.encounterId,
        coverage,
        orders,
        known: call.known,
        configuration: request.configuration,
      })
      return {
        payerName: payer.name,
        orders,
        coverageReference: referenceTo(coverage) ?? null,
        outcome: await withinTime(outcome, left),
      }
    }),
  )
}

/**
 * The row behind our card's appContext: what the launch will be about. No PHI and no token leaves (crd.md §3.2). The EHR
 * need not wait for it: nobody clicks a card that is not there yet, and a launch without its row asks for itself.
 */
function openContext(
  deps: OrderSignHookDeps,
  input: {
    readonly tenant: TenantConfig
    readonly request: OrderSignRequest
    readonly asked: readonly AskedPayer[]
    readonly groups: readonly string[]
  },
): { url: string; appContext: string } | null {
  const { tenant, request, asked, groups } = input
  if (tenant.cdsHooks?.launchCard !== true) return null
  const id = randomBytes(CONTEXT_ID_BYTES).toString('base64url')
  const now = deps.now()
  const [first] = asked
  const [group] = groups
  const row = {
    tenant: tenant.id,
    id,
    patientId: request.patientId,
    groupId: groups.length === 1 && group !== undefined ? group : null,
    orderRefs: request.orders.flatMap((order) => referenceTo(order) ?? []),
    coverageRef: first?.coverageReference ?? null,
    payerId: first?.outcome?.payer.id ?? null,
    assertionIds: asked.flatMap(({ outcome }) => outcome?.assertionIds ?? []),
    createdAt: now,
    expiresAt: addDuration(now, { hours: CONTEXT_LIFE_HOURS }),
  }
  deps.background.run('hook-context', () => deps.store.statement((tx) => deps.store.hookContexts.insert(tx, row)))
  return { url: `${deps.baseUrl}/launch`, appContext: `${APP_CONTEXT_PREFIX}${id}` }
}
