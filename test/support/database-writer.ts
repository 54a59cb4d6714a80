/** A process that writes rows into an embedded database until it is killed, and tells its parent of each that was kept. */
import { migrate } from '../../server/store/migrate.ts'
import { openEmbeddedDriver, openPglite } from '../../server/store/pglite-driver.ts'
import { createJtis } from '../../server/store/repositories/jtis.ts'

const driver = await openEmbeddedDriver({
  directory: process.argv[2] ?? '',
  initialize: async (dataDirectory) => {
    await (await openPglite(dataDirectory)).close()
  },
})
await migrate(driver)
const jtis = createJtis()
for (let row = 0; ; row++) {
  const jti = String(row)
  await driver.transaction((tx) => jtis.use(tx, { issuer: 'writer', jti, expiresAt: '2030-01-01T00:00:00Z' }))
  process.send?.(jti)
}
