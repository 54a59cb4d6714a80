import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { executeNamed, type Tx } from './tx.ts'

test('a named statement is planned anew when it ran ten times as often', async () => {
  const names: string[] = []
  const prepareQuery = (_query: unknown, _fields: unknown, name: string) => {
    names.push(name)
    return { execute: () => Promise.resolve({ rows: [] }) }
  }
  const db = { _: { session: { prepareQuery } } } as unknown as Tx
  for (let run = 1; run <= 100; run++) await executeNamed(db, 'one', sql`select 1`)
  await executeNamed(db, 'another', sql`select 2`)
  const changes = names.flatMap((name, at) => (name === names[at - 1] ? [] : [[at + 1, name]]))
  expect(changes).toEqual([
    [1, 'one-0'],
    [10, 'one-1'],
    [100, 'one-2'],
    [101, 'another-0'],
  ])
})
