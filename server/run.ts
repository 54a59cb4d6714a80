/**
 * Starts the server: configuration, keys, database, listening. Says that it is ready in one line of the log. Refuses to start
 * where anything is missing, naming it.
 */
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { createDependencies } from './dependencies.ts'
import { featureRoutes } from './feature-routes.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createLog } from './http/log.ts'
import { describeError } from './http/send-failure.ts'
import { createRooms } from './rooms.ts'

const GRACE_MS = 5_000

/** `initializer`: the bundled script that makes an embedded database in a process of its own. */
export async function run(initializer: URL): Promise<void> {
  const startedAt = performance.now()
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const deps = await createDependencies(config, {
    log,
    initializer,
  })
  const rooms = await createRooms(deps)
  const app = await buildApp(deps, featureRoutes(deps, rooms))
  let stopHousekeeping: (() => Promise<void>) | undefined
  closeWithGrace({ delay: GRACE_MS, logger: false }, async ({ err: error }) => {
    if (error !== undefined) log.fatal({ bug: describeError(error) }, 'stopping after an error')
    await stopHousekeeping?.()
    await app.close()
    await rooms.stop()
    await deps.close()
  })
  await app.listen(config.listen)
  await rooms.start()
  log.info({ address: config.baseUrl, ms: Math.round(performance.now() - startedAt) }, 'ready')
  stopHousekeeping = startHousekeeping(deps)
}
