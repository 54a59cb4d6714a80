/**
 * Ordering in the simulated EHR: drafts from a template, signing with decision support, cards and what becomes of them. An
 * order is a draft until it is signed; decision support can annotate it, never stop it.
 */
import type { ChartResource } from './chart-files.ts'
import type { AnyResource, StoredResource } from './resource.ts'
import { isResource, readPatientId, readText, toReference } from './resource.ts'
import { annotateOrder, type Card, type CardSuggestion, type HookResponse } from './cds/hook-response.ts'
import type { CdsClient } from './cds/cds-client.ts'
import type { ResourceStore } from './store.ts'

const ORDER_TYPES = ['MedicationRequest', 'ServiceRequest', 'DeviceRequest'] as const
type OrderType = (typeof ORDER_TYPES)[number]

/** What signing brought, as the order screen shows it. */
export interface Signing {
  readonly at: string
  /** `Type/id` of what was signed. */
  readonly orders: readonly string[]
  readonly ms: number
  readonly cards: readonly Card[]
  readonly applied: readonly { readonly reference: string; readonly description: string }[]
  /** What decision support got wrong, or why it gave nothing. */
  readonly problems: readonly string[]
}

export interface OrderDesk {
  /** Orders of a patient that this desk wrote, newest first (order numbers begin with the time), a group together. */
  listOrders(patientId: string): readonly StoredResource[]
  /** What an app launched now is about: the drafts, else what was signed last. */
  listCurrent(patientId: string): readonly string[]
  writeOrders(orders: readonly ChartResource[]): readonly StoredResource[]
  discardDrafts(patientId: string): void
  /** Signs every draft of the patient; undefined where there is none. */
  sign(patientId: string, user: string, encounterId: string | null): Promise<Signing | undefined>
  /** Lets the clinician go on without decision support. */
  skipSigning(patientId: string): void
  readSigning(patientId: string): Signing | undefined
  acceptSuggestion(patientId: string, cardId: string, suggestionIndex: number): Promise<boolean>
  dismissCard(patientId: string, cardId: string, reasonCode: string | null): Promise<boolean>
}

interface OrderDeskOptions {
  readonly store: ResourceStore
  readonly cds: CdsClient
  readonly now: () => string
  readonly nowMs: () => number
}

export function createOrderDesk({ store, cds, now, nowMs }: OrderDeskOptions): OrderDesk {
  const signings = new Map<string, Signing>()
  const running = new Map<string, AbortController>()

  const listOrders = (patientId: string): readonly StoredResource[] =>
    ORDER_TYPES.flatMap((type) => store.list(type, patientId))
      .filter((order) => isDeskOrder(order) && order['status'] !== 'cancelled' && order['status'] !== 'revoked')
      .sort((a, b) => (readGroup(b) ?? '').localeCompare(readGroup(a) ?? ''))
  const listDrafts = (patientId: string): readonly StoredResource[] =>
    listOrders(patientId).filter((order) => order['status'] === 'draft')
  const rewrite = (order: StoredResource, change: Readonly<Record<string, unknown>>): StoredResource => {
    const updated = store.update({ ...order, ...change }, null)
    if (!updated.ok) throw new Error(`an order disappeared: ${toReference(order)}`)
    return updated.value
  }
  const annotate = (response: HookResponse): Signing['applied'] =>
    response.actions.flatMap(({ reference, description, extensions }) => {
      const [type = '', id = ''] = reference.split('/')
      const order = store.read(type, id)
      if (order === undefined) return []
      rewrite(annotateOrder(order, extensions), {})
      return [{ reference, description }]
    })
  const removeCard = (patientId: string, cardId: string): void => {
    const signing = signings.get(patientId)
    if (signing !== undefined)
      signings.set(patientId, { ...signing, cards: signing.cards.filter(({ uuid }) => uuid !== cardId) })
  }
  const findCard = (patientId: string, cardId: string): Card | undefined =>
    signings.get(patientId)?.cards.find(({ uuid }) => uuid === cardId)

  return {
    listOrders,
    listCurrent(patientId) {
      const drafts = listDrafts(patientId)
      if (drafts.length > 0) return drafts.map(toReference)
      const orders = listOrders(patientId)
      const newest = orders[0] === undefined ? undefined : readGroup(orders[0])
      return signings.get(patientId)?.orders ?? orders.filter((order) => readGroup(order) === newest).map(toReference)
    },
    writeOrders: (orders) => orders.map((order) => store.file(order)),
    discardDrafts(patientId) {
      for (const order of listDrafts(patientId)) rewrite(order, { status: cancelledStatus(order.resourceType) })
    },
    async sign(patientId, user, encounterId) {
      const drafts = listDrafts(patientId)
      if (drafts.length === 0) return undefined
      const waiting = new AbortController()
      running.set(patientId, waiting)
      const startedAt = nowMs()
      const answer = await cds.orderSign({ user, patientId, encounterId, orders: drafts, signal: waiting.signal })
      running.delete(patientId)
      const ms = nowMs() - startedAt
      const applied = answer.ok ? annotate(answer.value) : []
      for (const { resourceType, id } of drafts) {
        const order = store.read(resourceType, id)
        if (order?.['status'] === 'draft') rewrite(order, { status: 'active' })
      }
      const signing: Signing = {
        at: now(),
        ms,
        orders: drafts.map(toReference),
        applied,
        cards: answer.ok ? answer.value.cards : [],
        problems: answer.ok ? answer.value.refused : [answer.error],
      }
      signings.set(patientId, signing)
      return signing
    },
    skipSigning: (patientId) => running.get(patientId)?.abort(),
    readSigning: (patientId) => signings.get(patientId),
    async acceptSuggestion(patientId, cardId, suggestionIndex) {
      const suggestion = findCard(patientId, cardId)?.suggestions[suggestionIndex]
      if (suggestion === undefined) return false
      applySuggestion(store, patientId, suggestion)
      removeCard(patientId, cardId)
      await cds.sendFeedback({
        card: cardId,
        outcome: 'accepted',
        acceptedSuggestions: [{ id: suggestion.uuid ?? cardId }],
        outcomeTimestamp: now(),
      })
      return true
    },
    async dismissCard(patientId, cardId, reasonCode) {
      const card = findCard(patientId, cardId)
      if (card === undefined) return false
      removeCard(patientId, cardId)
      const reason = card.overrideReasons.find(({ code }) => code === reasonCode)
      const coding = reason && { code: reason.code, ...(reason.system === null ? {} : { system: reason.system }) }
      await cds.sendFeedback({
        card: cardId,
        outcome: 'overridden',
        ...(coding === undefined ? {} : { overrideReason: { reason: coding } }),
        outcomeTimestamp: now(),
      })
      return true
    },
  }
}

/** The value that groups orders signed together: MedicationRequest.groupIdentifier or ServiceRequest.requisition. */
export function readGroup(order: AnyResource): string | undefined {
  return readText(order, 'groupIdentifier.value') ?? readText(order, 'requisition.value')
}

/** Charts hold years of finished prescriptions; the desk shows what was ordered together here. */
function isDeskOrder(order: StoredResource): boolean {
  return readGroup(order) !== undefined && order['intent'] === 'order'
}

const cancelledStatus = (type: string): string => (type === 'MedicationRequest' ? 'cancelled' : 'revoked')

/** Carries out the actions of a suggestion that concern this patient's orders. */
function applySuggestion(store: ResourceStore, patientId: string, suggestion: CardSuggestion): void {
  for (const action of suggestion.actions) {
    const type = readText(action, 'type')
    const resource = (action as { readonly resource?: unknown }).resource
    if (type === 'delete') {
      const [deletedType = '', id = ''] = (readText(action, 'resourceId') ?? '').split('/')
      const order = store.read(deletedType, id)
      if (order !== undefined && isOrderOf(order, patientId))
        store.update({ ...order, status: cancelledStatus(deletedType) }, null)
    } else if (isResource(resource) && isOrderOf(resource, patientId)) {
      if (type === 'create') store.create(resource)
      else if (type === 'update' && resource.id !== undefined) store.update({ ...resource, id: resource.id }, null)
    }
  }
}

function isOrderOf(resource: AnyResource, patientId: string): boolean {
  return ORDER_TYPES.includes(resource.resourceType as OrderType) && readPatientId(resource) === patientId
}
