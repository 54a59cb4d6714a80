/**
 * PostgreSQL goes down at a random moment between the click and the answer, and comes back: nothing is lost, nothing sent or
 * decided twice. On a cluster of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFaultStage, type FaultStage } from '../support/fault-stage.ts'
import { runStrikes } from '../support/fault-turns.ts'
import { hasPostgresCommands, openTemporaryPostgres, type TemporaryPostgres } from '../support/temporary-postgres.ts'

const STRIKES = 6
const LONG_MS = 300_000

describe.skipIf(!hasPostgresCommands)('PostgreSQL crashes (needs initdb and pg_ctl on the PATH)', () => {
  let postgres: TemporaryPostgres
  let stage: FaultStage
  beforeAll(async () => {
    postgres = await openTemporaryPostgres()
    stage = await openFaultStage({ databaseUrl: postgres.url })
  }, LONG_MS)
  afterAll(async () => {
    await stage?.close()
    await postgres?.close()
  })

  it(
    `${STRIKES} times under a request: each is processed once, and decided`,
    async () => {
      const strikes = await runStrikes(stage, {
        turns: STRIKES,
        strike: postgres.crashAndRestart,
        random: Math.random,
        dropsOneOf: 0,
      })
      expect(strikes).toHaveLength(STRIKES)
      expect(strikes.filter(({ state, processed }) => state !== 'approved' || processed !== 1)).toEqual([])
    },
    LONG_MS,
  )
})
