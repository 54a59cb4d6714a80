import type { SQL } from 'drizzle-orm'
import { PgDialect, type PgDatabase, type PgQueryResultHKT } from 'drizzle-orm/pg-core'

/**
 * A handle on the database: an open transaction, or single statements inside `Store.read`. Inside a transaction nothing
 * but calls that take this handle is awaited: PGlite has one connection, and whoever waits there for anything else stops
 * everybody (design.md, PGlite).
 */
export type Tx = PgDatabase<PgQueryResultHKT, Record<string, never>>

const dialect = new PgDialect()

/** How often each named statement ran in this process. */
const runs = new Map<string, number>()

/**
 * Runs a statement of the busiest paths: PostgreSQL reads and plans it once for each connection, not each time. A name
 * stands for one text for ever; values are parameters. A plan is made for the tables as they are then: made while they are
 * empty it takes an index by chance, or none, and where nobody analyzes them it stays. So a name lasts until the statement
 * ran ten times as often as before.
 */
export async function executeNamed(db: Tx, name: string, statement: SQL): Promise<readonly unknown[]> {
  const run = (runs.get(name) ?? 0) + 1
  runs.set(name, run)
  const planned = `${name}-${String(Math.floor(Math.log10(run)))}`
  const prepared = db._.session.prepareQuery(dialect.sqlToQuery(statement), undefined, planned, false)
  // Both drivers answer with `rows`.
  return ((await prepared.execute()) as { readonly rows: readonly unknown[] }).rows
}
