import type { Config, PayerConfig } from '../config.ts'
import type { Store } from '../store/store.ts'
import type { BundleCheck } from './bundle-check.ts'
import type { CaseUpdates } from './case-updates.ts'
import type { ClientNotifier } from './client-deliveries.ts'
import type { PayerChannel } from './payer-channel.ts'
import type { IntermediarySettings } from './settings.ts'

/** Why a payer's event reached no request: none that it names, more than one, or nothing that can be read. */
export type UnmatchedReason = 'none' | 'several' | 'unreadable'

/** What the intermediary needs of its surroundings. */
export interface IntermediaryDeps {
  readonly store: Store
  readonly config: Pick<Config, 'baseUrl' | 'payers' | 'tenants' | 'pasClients'>
  /** The way to a payer; only asked for payers with a `pas` configuration. */
  readonly channelOf: (payer: PayerConfig) => PayerChannel
  readonly cases: CaseUpdates
  /** Posts a notification to a client; gives whether it was taken. */
  readonly notifyClient: ClientNotifier
  readonly now: () => string
  /** UUIDv7. */
  readonly newId: () => string
  /** Random UUID v4, for fullUrls. */
  readonly newUuid: () => string
  /** At least 256 random bits, URL-safe. */
  readonly newSecret: () => string
  readonly settings: IntermediarySettings
  /** Judges what another system sends. */
  readonly checkBundle: BundleCheck
  /** Told of an event that reached no request; `ref` is the stored exchange, where one holds it. Never given content. */
  readonly onUnmatched: (event: { payerId: string; reason: UnmatchedReason; ref: string | null }) => void
  /** Told of a bug in work that nobody awaits; never given a message's content. */
  readonly onFailure: (where: string, error: unknown) => void
}

/** The registered payer, with its PAS endpoint; undefined where either is missing. */
export function findPayer(deps: { readonly config: Pick<Config, 'payers'> }, payerId: string): PayerConfig | undefined {
  return deps.config.payers.find((payer) => payer.id === payerId && payer.pas !== null)
}
