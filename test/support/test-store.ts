/**
 * A migrated, empty store for a test: PGlite in memory, or, where TEST_DATABASE_URL is set, a PostgreSQL database of its own
 * with a random name, dropped at the end. Never DATABASE_URL.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { findUp } from '../../server/find-up.ts'
import type { Driver } from '../../server/store/driver.ts'
import { createKeyring } from '../../server/store/keyring.ts'
import { migrate, readMigrations } from '../../server/store/migrate.ts'
import { pgliteDriver } from '../../server/store/pglite-driver.ts'
import { openPostgresDriver } from '../../server/store/postgres-driver.ts'
import type { Store, StoreKeys } from '../../server/store/store.ts'
import { createStore } from '../../server/store/store.ts'

export interface TestStore {
  readonly store: Store
  /** For tests that look behind the store. */
  readonly driver: Driver
  readonly keys: StoreKeys
  close(): Promise<void>
}

/** Keys made anew for each store. */
export function testStoreKeys(): StoreKeys {
  return {
    keyring: createKeyring({ current: 'k1', keys: { k1: randomBytes(32) } }),
    chainKey: randomBytes(32),
  }
}

export async function openTestStore(keys: StoreKeys = testStoreKeys()): Promise<TestStore> {
  const url = process.env['TEST_DATABASE_URL']
  const { driver, drop } = url === undefined || url === '' ? await openMemory() : await openRandomDatabase(url)
  const store = createStore(driver, keys)
  return {
    store,
    driver,
    keys,
    async close() {
      await store.close()
      await drop()
    },
  }
}

/** A copy of a migrated database kept on disk: 0.4 s instead of some 3 s for initdb. */
async function openMemory(): Promise<{ driver: Driver; drop: () => Promise<void> }> {
  const migrations = readMigrations(findUp('server/store/migrations'))
  const version = createHash('sha256')
    .update(migrations.map((each) => each.sha256).join())
    .digest('hex')
  const folder = findUp('node_modules')
  const file = join(folder, '.cache', 'precert', `database-${version.slice(0, 16)}.tar`)
  if (!existsSync(file)) await writeTemplate(file)
  const pglite = await PGlite.create({
    loadDataDir: new Blob([readFileSync(file)]),
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=8MB', '-c', 'timezone=UTC'],
  })
  return { driver: pgliteDriver(pglite), drop: () => Promise.resolve() }
}

async function writeTemplate(file: string): Promise<void> {
  const pglite = await PGlite.create()
  await migrate(pgliteDriver(pglite))
  const dump = Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer())
  await pglite.close()
  mkdirSync(join(file, '..'), { recursive: true })
  // Renamed into place: another test file may be writing the same at this moment.
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(own, dump)
  renameSync(own, file)
}

async function openRandomDatabase(url: string): Promise<{ driver: Driver; drop: () => Promise<void> }> {
  const name = `precert_test_${randomBytes(8).toString('hex')}`
  await runOn(url, `create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const driver = await openPostgresDriver({ url: own.href, onConnectionError: () => undefined })
  await migrate(driver)
  return { driver, drop: () => runOn(url, `drop database if exists ${name} with (force)`) }
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
