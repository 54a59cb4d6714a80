import type { SQL } from 'drizzle-orm'
import { PgDialect, type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core'

/**
 * A handle on the database: an open transaction, or single statements inside `Store.read`. Inside a transaction nothing
 * but calls that take this handle is awaited: PGlite has one connection, and whoever waits there for anything else stops
 * everybody (design.md, PGlite).
 */
export type Tx = PgDatabase<PgQueryResultHKT, Record<string, never>>

const dialect = new PgDialect()

/**
 * Runs a statement of the busiest paths: PostgreSQL reads and plans it once for each connection, not each time. A name
 * stands for one text for ever; values are parameters.
 */
export async function executeNamed(db: Tx, name: string, statement: SQL): Promise<readonly unknown[]> {
  const prepared = db._.session.prepareQuery(dialect.sqlToQuery(statement), undefined, name, false)
  // Both drivers answer with `rows`.
  return ((await prepared.execute()) as { readonly rows: readonly unknown[] }).rows
}
