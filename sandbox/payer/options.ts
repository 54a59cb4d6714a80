/** What one simulated payer is made of. `start.ts` and the tests fill it; nothing else configures a payer. */
import type { Recorder } from '../recorder.ts'

export type CrdDialect = '2.2' | '2.0.1'
export type DtrDialect = '2.2' | '2.0.1'

/** The one client that is registered with the sandbox payers. */
export interface RegisteredClient {
  /** client_id of its SMART Backend Services registration; `sub` of its assertions. */
  readonly clientId: string
  /** Public address: `iss` of its CDS Hooks JWTs, and the only origin that may host its façade and notification endpoint. */
  readonly baseUrl: string
  readonly jwksUrl: string
  /** interchangeSenderIDs it may subscribe for (bound at registration, PAS spec-60). */
  readonly senderIds: readonly string[]
}

export interface PayerOptions {
  readonly id: string
  readonly name: string
  readonly dialect: CrdDialect
  /** Version of its DTR service. */
  readonly dtrDialect?: DtrDialect
  /** Whether a repeated Bundle.identifier and Claim.identifier gets the first answer again, or is processed once more. */
  readonly deduplicates: boolean
  /** Own address, without a path. */
  readonly baseUrl: string
  /** interchangeReceiverID under which trading partners address it. */
  readonly receiverId: string
  readonly phone: string
  readonly client: RegisteredClient
  /** Where received requests, answers and subscriptions are kept; a restart reads them back. */
  readonly journalFile: string
  readonly questionnaireDir: string
  readonly recorder: Recorder
  /** Time added to every answer. */
  readonly delayMs?: number
  /** How long a pended request waits before its decision is notified. */
  readonly pendMs?: number
  /** Pauses before each further attempt to deliver a notification. */
  readonly retryDelaysMs?: readonly number[]
  readonly now?: () => string
  readonly newId?: () => string
}

/** The identifier system of the sandbox's payer registry, and of every member number. */
export const PAYER_ID_SYSTEM = 'https://payer-registry.example/id'
export const MEMBER_ID_SYSTEM = 'https://caresource.example/member-id'
export const CRD_SERVICE_ID = 'order-sign-crd'
