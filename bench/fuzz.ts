/**
 * Mutated messages against the PAS server in this process, from a seed. `npm run bench -- fuzz [NUMBER] [SEED] [MINUTES]`.
 * On the embedded database, or on TEST_DATABASE_URL where it is given.
 */
import { runFuzz } from '../test/support/fuzz.ts'
import { openFixture } from '../test/support/intermediary-fixture.ts'
import { readRss } from './running-sandbox.ts'

const USUAL_BODIES = 20_000
const WARM_UP = 200

export async function runFuzzBench(): Promise<object> {
  const [bodies = USUAL_BODIES, seed = 1, minutes = Number.POSITIVE_INFINITY] = process.argv.slice(3).map(Number)
  const at = await openFixture()
  try {
    // What is made once, tables and compiled rules, is no growth.
    await runFuzz(at, { bodies: WARM_UP, seed: seed + 1 })
    const rssStart = readRss(process.pid)
    const startedAt = performance.now()
    const counts = await runFuzz(at, { bodies, seed, untilMs: startedAt + minutes * 60_000 })
    return {
      ...counts,
      seed,
      seconds: Math.round((performance.now() - startedAt) / 1000),
      rss_start_mb: Math.round(rssStart),
      rss_end_mb: Math.round(readRss(process.pid)),
    }
  } finally {
    await at.close()
  }
}
