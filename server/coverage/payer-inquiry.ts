/**
 * Asks one payer about the orders of one coverage, for the hook and for the app alike (crd.md §1.3 steps 5 to 7). What it
 * answers is stored when it arrives, however late; inquiries that are under way are known, so that nobody asks twice.
 */
import type { Coverage, FhirResource } from 'fhir/r4'
import { readGroupId } from '#domain/context/order-group.ts'
import type { Order } from '#domain/context/order.ts'
import { listBrokenInvariants, readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { parsePayerResponse, type PayerResponse } from '#domain/crd/hook-response.ts'
import type { JsonObject } from '#domain/crd/json.ts'
import type { PayerFailure } from '#domain/crd/payer-failure.ts'
import { buildPayerRequest, buildSentOrders } from '#domain/crd/payer-request.ts'
import { chooseRequestedVersion, type PayerService } from '#domain/crd/service-catalog.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { err, type Result } from '#domain/result.ts'
import { dateIn, millisecondsBetween } from '#domain/time.ts'
import { readCall, type PayerCrdClient, type PayerExchange } from '../clients/payer-crd.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { AssertionRow } from '../store/repositories/assertions.ts'
import type { Store } from '../store/store.ts'
import type { AssertionContent } from './assertion-record.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { ChartSource, FacadeGrants, IssuedGrant } from './facade-grants.ts'
import type { ReportPort } from './ports.ts'
import { fillPrefetch } from './prefetch-filler.ts'

export interface InquiryInput {
  readonly tenant: TenantConfig
  readonly payer: PayerConfig
  readonly origin: 'hook' | 'app'
  readonly source: ChartSource
  /** `Practitioner/…` or `PractitionerRole/…`. */
  readonly userId: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly coverage: Coverage
  readonly orders: readonly Order[]
  readonly known: readonly FhirResource[]
  /** The EHR's own `davinci-crd.configuration`, passed on. */
  readonly configuration: JsonObject
}

export interface InquiryOutcome {
  readonly payer: PayerConfig
  readonly coverage: Coverage
  readonly orders: readonly Order[]
  readonly result: Result<PayerResponse, PayerFailure | UnaskableFailure>
  /** Ids of the stored rows. */
  readonly assertionIds: readonly string[]
}

/** 2.0.1 order profiles fix `draft`: an order that was signed before cannot be asked about (crd.md §2.1). */
interface UnaskableFailure {
  readonly reason: 'payer-takes-drafts-only'
  readonly status: null
}

export interface PayerInquiriesDeps {
  readonly store: Pick<Store, 'statement' | 'assertions' | 'exchanges'>
  readonly crd: PayerCrdClient
  readonly grants: FacadeGrants
  readonly background: BackgroundTasks
  readonly now: () => string
  readonly newId: () => string
  readonly newUuid: () => string
  readonly report: ReportPort
}

export interface PayerInquiries {
  /** Asks, or joins the inquiry that is under way for the same orders. Never rejects for a payer's trouble. */
  ask(input: InquiryInput): Promise<InquiryOutcome>
  /** Whether an answer about an order is still awaited. */
  isAwaited(tenantId: string, patientId: string, orderReference: string): boolean
}

/** Builds the room's one way to ask. */
export function createPayerInquiries(deps: PayerInquiriesDeps): PayerInquiries {
  const running = new Map<string, { readonly keys: readonly string[]; readonly outcome: Promise<InquiryOutcome> }>()

  const keysOf = ({ tenant, patientId, orders }: InquiryInput): string[] =>
    orders.map((order) => orderKey(tenant.id, patientId, referenceTo(order) ?? ''))

  return {
    ask(input) {
      const keys = keysOf(input)
      const key = [input.payer.id, input.coverage.id ?? '', ...keys].join('|')
      const known = running.get(key)
      // A hook is a new question even when an older one is open: the orders may have changed.
      if (known !== undefined && input.origin === 'app') return known.outcome
      const outcome = inquire(deps, input).finally(() => {
        if (running.get(key)?.outcome === outcome) running.delete(key)
      })
      running.set(key, { keys, outcome })
      return outcome
    },
    isAwaited(tenantId, patientId, orderReference) {
      const wanted = orderKey(tenantId, patientId, orderReference)
      return [...running.values()].some(({ keys }) => keys.includes(wanted))
    },
  }
}

function orderKey(tenantId: string, patientId: string, orderReference: string): string {
  return `${tenantId} ${patientId} ${orderReference}`
}

async function inquire(deps: PayerInquiriesDeps, input: InquiryInput): Promise<InquiryOutcome> {
  const hookInstance = deps.newUuid()
  const sentAt = deps.now()
  const result = await callPayer(deps, input, hookInstance)
  const answeredAt = deps.now()
  const rows = buildRows(deps, input, {
    hookInstance,
    result,
    answeredAt,
    answerMs: millisecondsBetween(sentAt, answeredAt),
  })
  await deps.store.statement((tx) => deps.store.assertions.insert(tx, rows))
  reportFaults(deps, input, result)
  return {
    payer: input.payer,
    coverage: input.coverage,
    orders: input.orders,
    result,
    assertionIds: rows.map(({ id }) => id),
  }
}

async function callPayer(
  deps: PayerInquiriesDeps,
  input: InquiryInput,
  hookInstance: string,
): Promise<InquiryOutcome['result']> {
  const draftsOnly = input.payer.crd?.version === '2.0.1'
  const orders = draftsOnly ? input.orders.filter(({ status }) => status === 'draft') : input.orders
  if (orders.length === 0) return err({ reason: 'payer-takes-drafts-only', status: null })
  const service = await deps.crd.service(input.payer)
  if (!service.ok) return service
  const grant = deps.grants.issue({ ...input, known: [...orders, ...input.known] })
  try {
    const request = await buildRequest(deps, { ...input, orders }, { hookInstance, service: service.value, grant })
    const exchange = await deps.crd.orderSign(input.payer, request)
    keepExchange(deps, input, exchange)
    if (!exchange.result.ok) return exchange.result
    const sent = buildSentOrders(orders, ehrBaseOf(input.tenant), grant.base)
    const parsed = parsePayerResponse(exchange.result.value, { orders: sent, facadeBase: grant.base })
    return parsed.ok ? parsed : err({ reason: 'payer-nonsense', status: exchange.status })
  } finally {
    grant.done()
  }
}

function ehrBaseOf(tenant: TenantConfig): string {
  return tenant.fhirBase.replace(/\/+$/, '')
}

async function buildRequest(
  deps: PayerInquiriesDeps,
  input: InquiryInput,
  call: { readonly hookInstance: string; readonly service: PayerService; readonly grant: IssuedGrant },
): Promise<JsonObject> {
  const { grant, service } = call
  const omitEmpty = input.tenant.cdsHooks?.omitEmptyPrefetch ?? false
  const shared = {
    hookInstance: call.hookInstance,
    userId: input.userId,
    patientId: input.patientId,
    encounterId: input.encounterId,
    orders: input.orders,
    ehrBase: ehrBaseOf(input.tenant),
    facade: grant,
    omitEmptyPrefetch: omitEmpty,
    configuration: input.configuration,
    requestedVersion: chooseRequestedVersion(service, input.payer.crd?.version ?? '2.2'),
  }
  const { context } = buildPayerRequest({ ...shared, prefetch: {} })
  const prefetch = await fillPrefetch({
    templates: service.prefetch,
    context: context as JsonObject,
    today: dateIn(deps.now(), input.tenant.timeZone),
    view: grant.view,
    omitEmpty,
  })
  return buildPayerRequest({ ...shared, prefetch })
}

/** Both messages as bytes, for disputes (found-37); after the answer, so that nobody waits for it. */
function keepExchange(deps: PayerInquiriesDeps, input: InquiryInput, exchange: PayerExchange): void {
  const { newId, store } = deps
  const about = { tenant: input.tenant.id, caseId: null, kind: 'crd-order-sign', partner: input.payer.id }
  deps.background.runLater('keep-crd-exchange', () =>
    store.statement((tx) =>
      store.exchanges.insertCall(tx, { ...about, ...readCall(exchange, 'application/json', newId) }),
    ),
  )
}

function buildRows(
  deps: PayerInquiriesDeps,
  input: InquiryInput,
  answer: {
    readonly hookInstance: string
    readonly result: InquiryOutcome['result']
    readonly answeredAt: string
    readonly answerMs: number
  },
): AssertionRow[] {
  return input.orders.map((order) => {
    const content = buildContent(order, answer.hookInstance, answer.result)
    const stated = content.kind === 'stated' ? content.information[0] : undefined
    return {
      tenant: input.tenant.id,
      id: deps.newId(),
      patientId: input.patientId,
      orderRef: referenceTo(order) ?? '',
      groupId: readGroupId(order),
      coverageRef: referenceTo(input.coverage) ?? '',
      payerId: input.payer.id,
      assertionId: stated === undefined ? null : readCoverageInformation(stated.extension).assertionId,
      source: input.origin,
      content,
      answeredAt: answer.answeredAt,
      answerMs: Math.round(answer.answerMs),
    }
  })
}

function buildContent(order: Order, hookInstance: string, result: InquiryOutcome['result']): AssertionContent {
  const common = { order, hookInstance }
  if (!result.ok) return { ...common, kind: 'failed', reason: result.error.reason, status: result.error.status }
  const annotation = result.value.annotations.find(({ orderReference }) => orderReference === referenceTo(order))
  if (annotation === undefined) return { ...common, kind: 'silent' }
  return {
    ...common,
    kind: 'stated',
    information: annotation.information.map((said) => ({
      ...said,
      brokenInvariants: listBrokenInvariants(readCoverageInformation(said.extension)),
    })),
  }
}

/** What an administrator should see: reasons and counts, nothing of the patient. */
function reportFaults(deps: PayerInquiriesDeps, input: InquiryInput, result: InquiryOutcome['result']): void {
  const payer = input.payer.id
  if (!result.ok)
    return deps.report('payer-inquiry-failed', { payer, reason: result.error.reason, status: result.error.status })
  for (const { reason, elements } of result.value.refusedActions)
    deps.report('payer-action-refused', { payer, reason, elements: elements.join(' ') })
  if (result.value.refusedCards > 0) deps.report('payer-cards-refused', { payer, count: result.value.refusedCards })
}

/** The value of a promise, or null when it takes longer than `limitMs`; the promise goes on. */
export function withinTime<T>(promise: Promise<T>, limitMs: number): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), Math.max(0, limitMs)).unref())
  return Promise.race([promise, late])
}
