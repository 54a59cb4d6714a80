import type { TenantConfig } from '../config.ts'
import type { Store } from '../store/store.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What this room is given. */
export interface SmartDeps {
  readonly baseUrl: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly store: Store
  readonly keys: SigningKeys
  readonly fetch: typeof fetch
  /** ISO 8601, UTC. */
  readonly now: () => string
  /** UUIDv7. */
  readonly newId: () => string
}
