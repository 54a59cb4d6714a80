/**
 * What a payer knows: the requests it received, how often, how often it processed them, what it answered, and who
 * subscribes to its answers. Every change goes through the journal first.
 */
import type { Bundle, FhirResource, Subscription } from 'fhir/r4'
import { openJournal } from './journal.ts'
import type { MemberBehavior } from './members.ts'
import type { PasVersion } from './pas-version.ts'

/** Where a request stands with the payer. `silent`: taken in, and nobody has said anything about it. */
export type RequestState = 'silent' | 'pended' | 'decided' | 'rejected'

export interface LineDecision {
  readonly sequence: number
  readonly code: string
  /** X12 306. */
  readonly reviewAction: string
  readonly number: string | null
}

export interface PayerRequest {
  readonly id: string
  /** Counts what this payer ever received; its authorization and tracking numbers carry it. */
  readonly serial: number
  readonly receivedAt: string
  /** Of the endpoint that it came to. */
  readonly version: PasVersion
  readonly bundleIdentifier: string
  readonly claimIdentifier: string
  readonly memberId: string
  readonly behavior: MemberBehavior
  readonly bodyHash: string
  readonly senderId: string | null
  readonly bundle: Bundle<FhirResource>
  /** How often this very request arrived; more than once only where the payer deduplicates. */
  readonly received: number
  readonly state: RequestState
  readonly answer: Bundle<FhirResource> | null
  /** The answer before that one: what a payer tells that tells out of order. */
  readonly earlier: Bundle<FhirResource> | null
  readonly lines: readonly LineDecision[]
  readonly answeredAt: string | null
  /** When a pended request is to be decided; null where it waits for somebody. */
  readonly dueAt: string | null
}

export interface StoredSubscription {
  readonly resource: Subscription & { id: string }
  readonly clientId: string
  /** Of the endpoint that it was created at: it hears of what came there. */
  readonly version: PasVersion
  readonly senderId: string
  /** `id-only`: the answer's name alone (2.0.1). */
  readonly content: 'full-resource' | 'id-only'
  readonly events: number
}

export interface Delivery {
  readonly at: string
  readonly subscriptionId: string
  readonly requestId: string
  readonly eventNumber: number
  readonly status: number | null
}

type Entry =
  | { readonly kind: 'received'; readonly request: PayerRequest }
  | { readonly kind: 'received-again'; readonly id: string; readonly at: string }
  | { readonly kind: 'answered'; readonly id: string; readonly answer: Answer }
  | { readonly kind: 'subscription'; readonly subscription: StoredSubscription }
  | { readonly kind: 'unsubscribed'; readonly id: string }
  | { readonly kind: 'delivered'; readonly delivery: Delivery }
  | { readonly kind: 'asserted'; readonly assertionId: string }
  | { readonly kind: 'attached'; readonly trackingId: string }

export type Answer = Pick<PayerRequest, 'state' | 'answer' | 'lines' | 'answeredAt' | 'dueAt'>

export interface Ledger {
  readonly requests: () => readonly PayerRequest[]
  readonly request: (id: string) => PayerRequest | undefined
  readonly receive: (request: PayerRequest) => PayerRequest
  readonly receiveAgain: (id: string, at: string) => void
  readonly answer: (id: string, answer: Answer) => PayerRequest
  readonly subscriptions: () => readonly StoredSubscription[]
  readonly saveSubscription: (subscription: StoredSubscription) => void
  readonly removeSubscription: (id: string) => void
  readonly deliveries: () => readonly Delivery[]
  readonly noteDelivery: (delivery: Delivery) => void
  /** Coverage assertions that asked for documentation: the contexts under which a questionnaire may be fetched. */
  readonly knowsAssertion: (assertionId: string) => boolean
  readonly noteAssertion: (assertionId: string) => void
  /** Identifiers of information requests whose documents are all here. */
  readonly hasAttachment: (trackingId: string) => boolean
  readonly noteAttachment: (trackingId: string) => void
  readonly close: () => void
}

/** Opens the ledger that the journal file adds up to. */
export function openLedger(journalFile: string): Ledger {
  const requests = new Map<string, PayerRequest>()
  const subscriptions = new Map<string, StoredSubscription>()
  const deliveries: Delivery[] = []
  const assertions = new Set<string>()
  const attachments = new Set<string>()

  const apply = (entry: Entry): void => {
    switch (entry.kind) {
      case 'received':
        requests.set(entry.request.id, entry.request)
        return
      case 'received-again': {
        const known = requests.get(entry.id)
        if (known !== undefined) requests.set(entry.id, { ...known, received: known.received + 1 })
        return
      }
      case 'answered': {
        const known = requests.get(entry.id)
        if (known !== undefined) requests.set(entry.id, { ...known, ...entry.answer, earlier: known.answer })
        return
      }
      case 'subscription':
        subscriptions.set(entry.subscription.resource.id, entry.subscription)
        return
      case 'unsubscribed':
        subscriptions.delete(entry.id)
        return
      case 'delivered':
        deliveries.push(entry.delivery)
        return
      case 'asserted':
        assertions.add(entry.assertionId)
        return
      case 'attached':
        attachments.add(entry.trackingId)
    }
  }
  const journal = openJournal<Entry>(journalFile, apply)
  const write = (entry: Entry): void => {
    journal.append(entry)
    apply(entry)
  }

  return {
    requests: () => [...requests.values()],
    request: (id) => requests.get(id),
    receive(request) {
      write({ kind: 'received', request })
      return request
    },
    receiveAgain: (id, at) => write({ kind: 'received-again', id, at }),
    answer(id, answer) {
      write({ kind: 'answered', id, answer })
      const changed = requests.get(id)
      if (changed === undefined) throw new Error(`No request ${id} to answer`)
      return changed
    },
    subscriptions: () => [...subscriptions.values()],
    saveSubscription: (subscription) => write({ kind: 'subscription', subscription }),
    removeSubscription: (id) => write({ kind: 'unsubscribed', id }),
    deliveries: () => deliveries,
    noteDelivery: (delivery) => write({ kind: 'delivered', delivery }),
    knowsAssertion: (assertionId) => assertions.has(assertionId),
    hasAttachment: (trackingId) => attachments.has(trackingId),
    noteAttachment: (trackingId) => write({ kind: 'attached', trackingId }),
    noteAssertion: (assertionId) => write({ kind: 'asserted', assertionId }),
    close: () => journal.close(),
  }
}
