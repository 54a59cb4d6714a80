import type { Tx } from './tx.ts'

/** What the store needs of a database: PGlite and PostgreSQL each give one. */
export interface Driver {
  /** Whether other processes can work on the same database: what only they would read need not be written otherwise. */
  readonly isShared: boolean
  /** Single statements, each its own transaction. */
  readonly db: Tx
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs several statements at once, outside of any prepared statement: for migrations only. */
  runScript(sql: string): Promise<void>
  /** Runs `work` while no other process of this database does. */
  exclusively(work: () => Promise<void>): Promise<void>
  /** Calls `onMessage` at each NOTIFY of a channel; messages may be lost while a connection is down, so poll too. */
  listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
