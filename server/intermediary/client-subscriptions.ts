/**
 * Other systems' Subscriptions at our PAS server (pas.md §6.1): made, read, changed, removed and searched by the client they
 * belong to alone. What they are told is in `notify-client.ts`, how it gets there in `client-deliveries.ts`.
 */
import type { Bundle, FhirResource, Subscription } from 'fhir/r4'
import {
  endOf,
  readClientSubscription,
  type ClientSubscription,
  type SubscriptionIssue,
} from '#domain/pas/client-subscription.ts'
import { buildStatusAnswer } from '#domain/pas/notification-bundle.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import type { PasClientConfig } from '../config.ts'
import type { SubscriptionRow } from '../store/repositories/subscriptions.ts'
import type { Tx } from '../store/tx.ts'
import { enqueueDelivery } from './client-deliveries.ts'
import type { IntermediaryDeps } from './deps.ts'
import { endpointBase } from './endpoint.ts'
import { isRegistered, statusAbout, statusOf } from './subscription-row.ts'

/** Who asks, at which endpoint. */
export interface Asking {
  readonly client: PasClientConfig
  readonly version: PasVersion
}

export interface StoredSubscription {
  readonly resource: Subscription
  /** Of FHIR `meta.versionId`. */
  readonly versionId: string
  readonly lastUpdated: string
}

export type SubscriptionRefusal =
  | {
      readonly reason: 'subscription-invalid'
      readonly issues: readonly [SubscriptionIssue, ...SubscriptionIssue[]]
    }
  | Failure<
      'endpoint-not-registered' | 'filter-not-bound' | 'subscription-id' | 'too-many-subscriptions' | 'version-conflict'
    >
  | Failure<'not-found'>

/** A client has one a sending system; far more is a fault of its program. */
const MOST_PER_CLIENT = 100

/** The resource as the client wrote it, with what we know of it. */
function toStored(row: SubscriptionRow, now: string): StoredSubscription {
  const resource = row.content as Subscription
  const versionId = String(row.generation)
  const meta = { ...resource.meta, versionId, lastUpdated: row.updatedAt }
  return {
    resource: { ...resource, id: row.id, meta, status: statusOf(row, now) },
    versionId,
    lastUpdated: row.updatedAt,
  }
}

function judge({ client, version }: Asking, body: unknown): Result<ClientSubscription, SubscriptionRefusal> {
  const read = readClientSubscription(body, version)
  if (!read.ok) return err({ reason: 'subscription-invalid', issues: read.error })
  if (!read.value.senderIds.every((id) => client.senderIds.includes(id))) return err({ reason: 'filter-not-bound' })
  return isRegistered(client, read.value.endpoint) ? read : err({ reason: 'endpoint-not-registered' })
}

export type ClientSubscriptions = ReturnType<typeof createClientSubscriptions>

export function createClientSubscriptions(deps: IntermediaryDeps) {
  const { store } = deps
  const isOf = (asking: Asking, row: SubscriptionRow | undefined): row is SubscriptionRow =>
    row?.party === 'client' && row.partyId === asking.client.clientId && row.pasVersion === asking.version
  const lock = async (asking: Asking, tx: Tx, id: string): Promise<SubscriptionRow | undefined> => {
    const row = await store.subscriptions.lock(tx, asking.client.tenant, id)
    return isOf(asking, row) ? row : undefined
  }
  const list = async (asking: Asking, tx: Tx): Promise<SubscriptionRow[]> => {
    const { tenant, clientId } = asking.client
    const rows = await store.subscriptions.listByParty(tx, tenant, 'client', clientId)
    return rows.filter((row) => isOf(asking, row))
  }
  const find = async (asking: Asking, id: string): Promise<SubscriptionRow | undefined> => {
    const row = await store.read((tx) => store.subscriptions.find(tx, asking.client.tenant, id))
    return isOf(asking, row) ? row : undefined
  }

  return {
    /** Stores it as `requested` and begins the handshake. */
    async create(asking: Asking, body: unknown): Promise<Result<StoredSubscription, SubscriptionRefusal>> {
      const judged = judge(asking, body)
      if (!judged.ok) return judged
      const at = deps.now()
      const resource = body as Subscription
      const row: SubscriptionRow = {
        tenant: asking.client.tenant,
        id: deps.newId(),
        party: 'client',
        partyId: asking.client.clientId,
        status: judged.value.status,
        secretHash: null,
        content: resource,
        eventCount: 0,
        expiresAt: endOf(resource),
        createdAt: at,
        updatedAt: at,
        pasVersion: asking.version,
        generation: 1,
        failures: 0,
        sentAt: null,
      }
      return store.transaction(async (tx) => {
        if ((await list(asking, tx)).length >= MOST_PER_CLIENT) return err({ reason: 'too-many-subscriptions' })
        await store.subscriptions.insert(tx, row)
        if (row.status === 'requested') await enqueueDelivery(deps, tx, row, { what: 'handshake' }, at)
        return ok(toStored(row, at))
      })
    },

    async read(asking: Asking, id: string): Promise<Result<StoredSubscription, SubscriptionRefusal>> {
      const row = await find(asking, id)
      return row === undefined ? err({ reason: 'not-found' }) : ok(toStored(row, deps.now()))
    },

    /** Replaces it; the handshake begins anew, unless it is switched off. `ifMatch`: the version that the client saw. */
    async update(
      asking: Asking,
      id: string,
      body: unknown,
      ifMatch: string | null,
    ): Promise<Result<StoredSubscription, SubscriptionRefusal>> {
      const judged = judge(asking, body)
      if (!judged.ok) return judged
      const resource = body as Subscription
      if (resource.id !== id) return err({ reason: 'subscription-id' })
      const at = deps.now()
      return store.transaction(async (tx) => {
        const row = await lock(asking, tx, id)
        if (row === undefined) return err({ reason: 'not-found' })
        if (ifMatch !== null && ifMatch !== String(row.generation)) return err({ reason: 'version-conflict' })
        const patch = {
          status: judged.value.status,
          content: resource,
          expiresAt: endOf(resource),
          updatedAt: at,
          generation: row.generation + 1,
          failures: 0,
        }
        await store.subscriptions.update(tx, row, patch)
        const now = { ...row, ...patch }
        if (now.status === 'requested') await enqueueDelivery(deps, tx, now, { what: 'handshake' }, at)
        return ok(toStored(now, at))
      })
    },

    async remove(asking: Asking, id: string): Promise<Result<null, SubscriptionRefusal>> {
      return store.transaction(async (tx) => {
        if ((await lock(asking, tx, id)) === undefined) return err({ reason: 'not-found' })
        await store.subscriptions.remove(tx, asking.client.tenant, id)
        return ok(null)
      })
    },

    /** A searchset of the client's own; the parameters are those of R4, others are ignored. */
    async search(asking: Asking, parameters: URLSearchParams, self: string): Promise<Bundle<FhirResource>> {
      const now = deps.now()
      const rows = await store.read((tx) => list(asking, tx))
      const used = [...parameters].filter(([name]) => name in SEARCHED)
      const found = rows
        .map((row) => toStored(row, now).resource)
        .filter((resource) =>
          used.every(([name, values]) => values.split(',').includes(SEARCHED[name]?.(resource) ?? '')),
        )
      const base = endpointBase(deps.config.baseUrl, asking.version)
      const query = new URLSearchParams(used).toString()
      return {
        resourceType: 'Bundle',
        type: 'searchset',
        timestamp: now,
        total: found.length,
        link: [{ relation: 'self', url: query === '' ? self : `${self}?${query}` }],
        ...(found.length === 0
          ? {}
          : {
              entry: found.map((resource) => ({
                fullUrl: `${base}/Subscription/${String(resource.id)}`,
                resource,
                search: { mode: 'match' as const },
              })),
            }),
      }
    },

    /** `$status` of one. */
    async status(asking: Asking, id: string): Promise<Result<Bundle<FhirResource>, SubscriptionRefusal>> {
      const row = await find(asking, id)
      if (row === undefined) return err({ reason: 'not-found' })
      const now = deps.now()
      return ok(buildStatusAnswer([statusAbout(deps, row, statusOf(row, now))], now))
    },
  }
}

/** R4 search parameters of Subscription. */
const SEARCHED: Readonly<Record<string, (resource: Subscription) => string | undefined>> = {
  _id: ({ id }) => id,
  criteria: ({ criteria }) => criteria,
  payload: ({ channel }) => channel.payload,
  status: ({ status }) => status,
  type: ({ channel }) => channel.type,
  url: ({ channel }) => channel.endpoint,
}
