/**
 * Entry of the server. Everything else is loaded after one setting: while modules load, the young generation is kept from
 * growing, which would stay resident for good (some 40 MB); afterwards it grows with the work again.
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--semi-space-growth-factor=1')
const { run } = await import('./run.ts')

run(new URL('./store/initialize.js', import.meta.url))
  .then(() => setFlagsFromString('--semi-space-growth-factor=2'))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : 'The server could not start')
    process.exit(1)
  })
