/** Forward-only migrations: numbered SQL files, each in its own transaction, once, under a lock. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { findUp } from '../find-up.ts'
import type { Driver } from './driver.ts'

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/

const migrationTable = pgTable('migration', { number: integer('number').notNull(), sha256: text('sha256').notNull() })

interface Migration {
  readonly number: number
  readonly name: string
  readonly script: string
  readonly sha256: string
}

/** Brings the database to the newest schema; throws where a migration that ran has been changed since. */
export async function migrate(driver: Driver, folder: string = findUp('server/store/migrations')): Promise<void> {
  const migrations = readMigrations(folder)
  await driver.exclusively(async () => {
    await driver.runScript(
      `create table if not exists migration (number integer primary key, name text not null, sha256 text not null,
       ran_at timestamptz(3) not null default now())`,
    )
    const rows = await driver.db.select().from(migrationTable)
    const ran = new Map(rows.map((row) => [row.number, row.sha256]))
    for (const migration of migrations) {
      const before = ran.get(migration.number)
      if (before === migration.sha256) continue
      if (before !== undefined) throw new Error(`Migration ${migration.name} was changed after it ran`)
      await driver.runScript(scriptOf(migration))
    }
  })
}

/** The migrations of a folder in their order; throws on a name or a number that does not fit. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).sort()
  return names.map((name, index) => {
    const number = Number(FILE_NAME.exec(name)?.[1])
    if (number !== index + 1) throw new Error(`${name} is not migration number ${index + 1}`)
    const script = readFileSync(join(folder, name), 'utf8')
    return { number, name, script, sha256: createHash('sha256').update(script).digest('hex') }
  })
}

/** The name has passed FILE_NAME and the hash is hex: neither can break out of its quotes. */
function scriptOf({ number, name, script, sha256 }: Migration): string {
  return `begin;\n${script}\n;insert into migration (number, name, sha256) values (${number}, '${name}', '${sha256}');\ncommit;`
}
