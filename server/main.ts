/**
 * Entry of the server. Everything else is loaded after one setting: while modules load and the
 * server warms up, the young generation is kept from growing, which would stay resident for good (some 40 MB); afterwards it
 * grows with the work again.
 */
import { setFlagsFromString } from 'node:v8'

const WARM_AFTER_MS = 3_000

setFlagsFromString('--semi-space-growth-factor=1')
const { run } = await import('./run.ts')

run(new URL('./store/initialize.js', import.meta.url))
  .then(() => setTimeout(() => setFlagsFromString('--semi-space-growth-factor=2'), WARM_AFTER_MS).unref())
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : 'The server could not start')
    process.exit(1)
  })
