import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/**
 * A handle on the database: an open transaction, or single statements inside `Store.read`. Inside a transaction nothing
 * but calls that take this handle is awaited: PGlite has one connection, and whoever waits there for anything else stops
 * everybody (design.md, PGlite).
 */
export type Tx = PgDatabase<PgQueryResultHKT, Record<string, never>>
