/**
 * Many strikes at random moments between the click and the answer, and what came of them by the payer's own count: Precert is
 * killed, or its PostgreSQL crashes (a cluster of its own, by initdb). Every fifth request meets a payer that processes and
 * then drops the connection. `npm run bench -- faults [NUMBER] [kill|database] [MINUTES]`.
 */
import { isSound, runStrikes, type Strike } from '../test/support/fault-turns.ts'
import { openFaultStage } from '../test/support/fault-stage.ts'
import { openTemporaryPostgres } from '../test/support/temporary-postgres.ts'

const USUAL_STRIKES = 20
const AT_A_TIME = 10
const DROPS_ONE_OF = 5

export async function runFaults(): Promise<object> {
  const [count = String(USUAL_STRIKES), what = 'kill', minutes = 'Infinity'] = process.argv.slice(3)
  const postgres = what === 'database' ? await openTemporaryPostgres() : undefined
  const stage = await openFaultStage(postgres === undefined ? {} : { databaseUrl: postgres.url })
  const untilMs = performance.now() + Number(minutes) * 60_000
  const strikes: Strike[] = []
  try {
    while (strikes.length < Number(count) && performance.now() < untilMs) {
      const turns = Math.min(AT_A_TIME, Number(count) - strikes.length)
      const strike = postgres?.crashAndRestart ?? stage.killAndRestart
      strikes.push(...(await runStrikes(stage, { turns, strike, random: Math.random, dropsOneOf: DROPS_ONE_OF })))
      console.error(JSON.stringify(summarize(what, strikes)))
    }
  } finally {
    await stage.close()
    await postgres?.close()
  }
  return summarize(what, strikes)
}

function summarize(what: string, strikes: readonly Strike[]): object {
  const count = (test: (strike: Strike) => boolean): number => strikes.filter(test).length
  return {
    struck: what,
    strikes: strikes.length,
    decided: count(({ state }) => state === 'approved'),
    with_a_person: count(({ state }) => state === 'unknown'),
    lost: count(({ state, processed }) => state !== 'unknown' && processed === 0),
    processed_twice: count(({ processed }) => processed > 1),
    sent_again: count(({ received }) => received > 1),
    unsound: strikes.filter((strike) => !isSound(strike)),
  }
}
