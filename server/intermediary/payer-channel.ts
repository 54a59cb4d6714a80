/**
 * One way to a payer. `fhir-pas` is built (clients/payer-pas.ts); an X12, packet or ePA channel gives the same answers.
 * What matters for never sending twice is told apart here and nowhere else: whether the payer may have got it.
 */

/** The request went out and a 2xx with JSON came back. */
interface Answered {
  readonly kind: 'answered'
  readonly status: number
  readonly contentType: string | null
  readonly body: Uint8Array
  readonly json: unknown
}

/** 4xx: the payer says that it did not process it (pas.md §7). */
interface Refused {
  readonly kind: 'refused'
  readonly status: number
  readonly contentType: string | null
  readonly body: Uint8Array
  readonly json: unknown
}

/** It certainly never arrived, or was turned away before processing: it may be sent again to any payer. */
interface NotSent {
  readonly kind: 'not-sent'
  readonly reason: 'unreachable' | 'token' | 'busy' | 'turned-away'
}

/** Nobody knows: time-out, broken connection, 5xx, an answer that is no JSON. */
interface Lost {
  readonly kind: 'lost'
  readonly reason: 'timeout' | 'broken' | 'server-error' | 'nonsense'
  readonly status: number | null
  readonly contentType: string | null
  readonly body: Uint8Array | null
}

export type ChannelAnswer = Answered | Refused | NotSent | Lost

export interface PayerChannel {
  /** `Claim/$submit` with these bytes. Updates and cancellations are submissions, too (pas.md §5). */
  submit(body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer>
  /** `Claim/$inquire`. */
  inquire(body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer>
  /**
   * CDex `$submit-attachment` with these bytes, at an address that may be called (domain/pas/attachment-address.ts); any 2xx is
   * an answer, with a body or without.
   */
  attach(address: string, body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer>
  /** Creates a Subscription. */
  subscribe(body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer>
  /** Writes one of our Subscriptions anew. */
  updateSubscription(id: string, body: Uint8Array, timeoutMs: number): Promise<ChannelAnswer>
  /** Reads one of our Subscriptions, to know whether the payer still has it. */
  readSubscription(id: string, timeoutMs: number): Promise<ChannelAnswer>
}
