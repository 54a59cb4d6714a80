/**
 * Reads a payer's answer to order-sign. Of a system action only the coverage-information extensions are ever taken, in
 * 2.2.1 form and with references led back from the façade; an action that changes anything else is refused (resp-37).
 */
import type { Extension } from 'fhir/r4'
import type { Order } from '../context/order.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { listCoverageInformation } from './coverage-information.ts'
import { asArray, asObject, asText, type JsonObject } from './json.ts'
import { listOtherChanges } from './order-diff.ts'
import { rewriteReferences } from './rewrite-references.ts'
import type { CodecLoss } from './sub-extension.ts'
import { upcastCoverageInformation } from './upcast.ts'

/** What one payer said about one order. `raw` is as received, `extension` its 2.2.1 form. */
export interface Annotation {
  readonly orderReference: string
  readonly information: readonly {
    readonly raw: Extension
    readonly extension: Extension
    readonly losses: readonly CodecLoss[]
  }[]
}

export interface RefusedAction {
  readonly reason: 'not-an-update' | 'order-unknown' | 'other-elements-changed' | 'no-coverage-information'
  readonly orderReference: string | null
  readonly elements: readonly string[]
}

export interface PayerResponse {
  readonly cards: readonly JsonObject[]
  readonly annotations: readonly Annotation[]
  readonly refusedActions: readonly RefusedAction[]
  readonly refusedCards: number
}

export type PayerResponseFailure = Failure<'response-unreadable'>

export interface SentContext {
  /** The orders exactly as sent. */
  readonly orders: readonly Order[]
  readonly facadeBase: string
}

const SELECTION_BEHAVIORS = new Set(['at-most-one', 'any'])

/** A card without what every card has, or with a selectionBehavior that we do not know, is an error (crd.md §3.2). */
function isSoundCard(card: JsonObject): boolean {
  const behavior = card['selectionBehavior']
  return (
    asText(card['summary']) !== undefined &&
    asText(asObject(card['source'])?.['label']) !== undefined &&
    (behavior === undefined || (typeof behavior === 'string' && SELECTION_BEHAVIORS.has(behavior)))
  )
}

function readAction(action: unknown, sent: SentContext): Result<Annotation, RefusedAction> {
  const object = asObject(action)
  const resource = asObject(object?.['resource'])
  const refuse = (reason: RefusedAction['reason'], elements: string[] = []): Result<never, RefusedAction> =>
    err({
      reason,
      orderReference: resource === undefined ? null : `${String(resource['resourceType'])}/${String(resource['id'])}`,
      elements,
    })
  if (object?.['type'] !== 'update' || resource === undefined) return refuse('not-an-update')
  const returned = resource as unknown as Order
  const order = sent.orders.find((candidate) => isSameReference(referenceTo(candidate), referenceTo(returned)))
  const orderReference = order === undefined ? undefined : referenceTo(order)
  if (order === undefined || orderReference === undefined) return refuse('order-unknown')
  const changes = listOtherChanges(order, resource)
  if (changes.length > 0) return refuse('other-elements-changed', changes)
  const raw = listCoverageInformation(returned)
  if (raw.length === 0) return refuse('no-coverage-information')
  return ok({
    orderReference,
    information: raw.map((extension) => {
      const upcast = upcastCoverageInformation(rewriteReferences(extension, sent.facadeBase, ''))
      return { raw: extension, ...upcast }
    }),
  })
}

/** Parses the whole answer. Cards and actions that cannot stand are counted and named; the rest is kept. */
export function parsePayerResponse(body: unknown, sent: SentContext): Result<PayerResponse, PayerResponseFailure> {
  const response = asObject(body)
  if (response === undefined || !Array.isArray(response['cards'])) return err({ reason: 'response-unreadable' })
  const cards = response['cards'].map(asObject).filter((card) => card !== undefined)
  const sound = cards.filter(isSoundCard)
  const actions = asArray(response['systemActions']).map((action) => readAction(action, sent))
  return ok({
    cards: sound.map((card) => rewriteReferences(card, sent.facadeBase, '')),
    annotations: actions.flatMap((action) => (action.ok ? [action.value] : [])),
    refusedActions: actions.flatMap((action) => (action.ok ? [] : [action.error])),
    refusedCards: response['cards'].length - sound.length,
  })
}
