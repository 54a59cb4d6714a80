import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Driver } from './driver.ts'

const RECONNECT_MS = 1_000
const MIGRATION_LOCK = 7_273_237_816
const POOL_SIZE = 10
const STATEMENT_TIMEOUT_MS = 30_000
/**
 * A connection plans its checks of foreign keys once, for the tables as they are then. Plans made while a table
 * is empty choose an index by chance, or none, and where nobody analyzes it they stand until the connection ends.
 */
const LIFETIME_SECONDS = 60
/** To be connected, or to get one of the pool: who waits longer is told, instead of waiting for ever. */
const CONNECT_TIMEOUT_MS = 15_000

export interface PostgresOptions {
  readonly url: string
  /** Told of lost connections: they are mended, not fatal. */
  readonly onConnectionError: (error: Error) => void
}

/** PostgreSQL through a pool, and one connection aside for LISTEN. */
export async function openPostgresDriver({ url, onConnectionError }: PostgresOptions): Promise<Driver> {
  const connection = {
    connectionString: url,
    options: '-c timezone=UTC',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Whoever only listens would else never learn that the other machine is gone.
    keepAlive: true,
  }
  const pool = new pg.Pool({
    ...connection,
    max: POOL_SIZE,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
  })
  // Without a listener, a PostgreSQL restart would end this process; the pool's own is there for idle connections alone.
  pool.on('error', onConnectionError)
  pool.on('connect', (client) => client.on('error', onConnectionError))
  try {
    await pool.query('select 1')
  } catch (error) {
    await pool.end()
    throw error
  }
  const db = drizzle(pool)
  const listener = createListener(() => new pg.Client(connection), onConnectionError)

  return {
    isShared: true,
    db,
    transaction: (work) => withConnection(pool, (client) => drizzle(client).transaction((tx) => work(tx))),
    async runScript(script) {
      await withConnection(pool, (client) => client.query(script))
    },
    async exclusively(work) {
      const client = new pg.Client(connection)
      client.on('error', onConnectionError)
      await client.connect()
      try {
        await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
        await work()
      } finally {
        await client.end()
      }
    },
    listen: listener.listen,
    async close() {
      await listener.close()
      await pool.end()
    },
  }
}

/**
 * Lends one connection of the pool and gives it back, whatever happens; one that is lost or still in a transaction is
 * closed instead. (Drizzle's own transaction over a pool keeps a connection that is lost at its `begin`: ten of those and
 * nobody gets one any more.)
 */
async function withConnection<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release(client.getTransactionStatus() !== 'I')
  }
}

/** Keeps one connection listening on all channels asked for; connects again when it is lost. */
function createListener(newClient: () => pg.Client, onConnectionError: (error: Error) => void) {
  const channels = new Map<string, Set<(payload: string) => void>>()
  let current: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let closed = false
  let retry: NodeJS.Timeout | undefined

  const lost = (client: pg.Client): void => {
    if (current !== client) return
    current = undefined
    scheduleConnect()
  }
  const scheduleConnect = (): void => {
    if (closed || channels.size === 0) return
    retry = setTimeout(() => void ensureConnected().catch(onConnectionError), RECONNECT_MS)
  }
  const connect = async (): Promise<void> => {
    const client = newClient()
    client.on('error', (error) => {
      onConnectionError(error)
      lost(client)
    })
    client.on('end', () => lost(client))
    client.on('notification', ({ channel, payload }) => {
      for (const onMessage of channels.get(channel) ?? []) onMessage(payload ?? '')
    })
    try {
      await client.connect()
      for (const channel of channels.keys()) await client.query(`listen ${client.escapeIdentifier(channel)}`)
    } catch (error) {
      scheduleConnect()
      throw error
    }
    current = client
  }
  const ensureConnected = (): Promise<void> => {
    if (current !== undefined) return Promise.resolve()
    connecting ??= connect().finally(() => {
      connecting = undefined
    })
    return connecting
  }

  return {
    async listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>> {
      const listeners = channels.get(channel) ?? new Set()
      channels.set(channel, listeners.add(onMessage))
      await ensureConnected()
      await current?.query(`listen ${current.escapeIdentifier(channel)}`)
      return async () => {
        listeners.delete(onMessage)
        if (listeners.size > 0 || channels.get(channel) !== listeners) return
        channels.delete(channel)
        await current?.query(`unlisten ${current.escapeIdentifier(channel)}`)
      }
    },
    async close(): Promise<void> {
      closed = true
      clearTimeout(retry)
      const client = current
      current = undefined
      await client?.end()
    },
  }
}
