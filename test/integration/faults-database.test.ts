/**
 * PostgreSQL goes down at a random moment between the click and the answer, and comes back: nothing is lost, nothing sent or
 * decided twice. On a cluster of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresDriver } from '../../server/store/postgres-driver.ts'
import { openCuttingProxy } from '../support/cutting-proxy.ts'
import { openFaultStage, type FaultStage } from '../support/fault-stage.ts'
import { runStrikes } from '../support/fault-turns.ts'
import { hasPostgresCommands, openTemporaryPostgres, type TemporaryPostgres } from '../support/temporary-postgres.ts'

const STRIKES = 6
const MORE_THAN_THE_POOL = 12
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

  it('takes no connection out of the pool that is lost as a transaction begins', async () => {
    const proxy = await openCuttingProxy(postgres.url)
    const driver = await openPostgresDriver({ url: proxy.url, onConnectionError: () => undefined })
    try {
      proxy.cutAt('begin')
      for (let lost = 0; lost < MORE_THAN_THE_POOL; lost++)
        await expect(driver.transaction(() => Promise.resolve())).rejects.toThrow()
      proxy.cutAt(null)
      expect(await driver.transaction(() => Promise.resolve('done'))).toBe('done')
    } finally {
      await driver.close()
      proxy.close()
    }
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
