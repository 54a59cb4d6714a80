/** Opens the database that the configuration names, brings its schema up to date, and gives the store. */
import { spawn } from 'node:child_process'
import type { Config } from '../config.ts'
import type { Driver } from './driver.ts'
import { migrate } from './migrate.ts'
import type { Store, StoreKeys } from './store.ts'
import { createStore } from './store.ts'

export interface OpenStoreOptions {
  readonly database: Config['database']
  readonly keys: StoreKeys
  /** The bundled `initialize` script, run in a child process for a new embedded database. */
  readonly initializer: URL
  readonly onConnectionError: (error: Error) => void
}

export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const driver = await openDriver(options)
  try {
    await migrate(driver)
  } catch (error) {
    await driver.close()
    throw error
  }
  return createStore(driver, options.keys)
}

/** Each driver is loaded only where it is used: PGlite's modules are memory that a PostgreSQL installation need not pay. */
async function openDriver({ database, initializer, onConnectionError }: OpenStoreOptions): Promise<Driver> {
  if ('url' in database) {
    const { openPostgresDriver } = await import('./postgres-driver.ts')
    return openPostgresDriver({ url: database.url, onConnectionError })
  }
  const { openEmbeddedDriver } = await import('./pglite-driver.ts')
  return openEmbeddedDriver({
    directory: database.directory,
    initialize: (dataDirectory) => runInitializer(initializer, dataDirectory),
  })
}

function runInitializer(initializer: URL, dataDirectory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [initializer.pathname, dataDirectory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const errors: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`The embedded database could not be made: ${Buffer.concat(errors).toString()}`))
    })
  })
}
