import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { lockDirectory } from './directory-lock.ts'
import type { Driver } from './driver.ts'
import { DurableNodeFS } from './durable-file-system.ts'

/** -F would turn fsync off; fdatasync is a no-op in NODEFS, so WAL is written with fsync; small buffers keep memory low. */
const START_PARAMS = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  ...['fsync=on', 'wal_sync_method=fsync', 'shared_buffers=8MB', 'timezone=UTC'].flatMap((setting) => ['-c', setting]),
]

/**
 * bytea as the hex text that goes over the protocol. PGlite's own conversion makes a string for every byte: 5 ms of each
 * hook and 50 ms of each form went there.
 */
const BYTEA = {
  serializers: { [types.BYTEA]: (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}` },
  parsers: { [types.BYTEA]: (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex')) },
}

/** Opens PGlite on a data directory, fsynced; makes the database where there is none. Without a lock: callers hold it. */
export async function openPglite(dataDirectory: string): Promise<PGlite> {
  return PGlite.create({ fs: new DurableNodeFS(dataDirectory), startParams: START_PARAMS, ...BYTEA })
}

export interface EmbeddedOptions {
  /** The database's own directory: made 0700, since PGlite creates its files readable for all. */
  readonly directory: string
  /** Makes a database in a directory, best in a child process: initdb leaves some 400 MB with the process that runs it. */
  readonly initialize: (dataDirectory: string) => Promise<void>
}

/** The embedded database: one process, one connection, every commit on the disk. */
export async function openEmbeddedDriver({ directory, initialize }: EmbeddedOptions): Promise<Driver> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
  const unlock = lockDirectory(directory)
  try {
    const dataDirectory = join(directory, 'data')
    if (!existsSync(dataDirectory)) {
      // Made aside and renamed, so that a database whose making was cut short is never opened.
      const unfinished = join(directory, 'unfinished')
      rmSync(unfinished, { recursive: true, force: true })
      await initialize(unfinished)
      renameSync(unfinished, dataDirectory)
    }
    const pglite = await openPglite(dataDirectory)
    return pgliteDriver(pglite, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** A driver over an open PGlite; `onClosed` runs after it is closed. */
export function pgliteDriver(pglite: PGlite, onClosed: () => void = () => undefined): Driver {
  const db = drizzle(pglite)
  return {
    isShared: false,
    db,
    transaction: (work) => db.transaction((tx) => work(tx)),
    async runScript(script) {
      await pglite.exec(script)
    },
    // The directory lock has seen to it already.
    exclusively: (work) => work(),
    async listen(channel, onMessage) {
      const stop = await pglite.listen(channel, onMessage)
      return () => stop()
    },
    async close() {
      await pglite.close()
      onClosed()
    },
  }
}
