import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { migrate } from '../../server/store/migrate.ts'
import { openEmbeddedDriver, openPglite } from '../../server/store/pglite-driver.ts'
import { createStore } from '../../server/store/store.ts'
import { testStoreKeys } from '../support/test-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'precert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const directory = join(folder, 'database')
const initialize = async (dataDirectory: string): Promise<void> => {
  await (await openPglite(dataDirectory)).close()
}
const writer = fileURLToPath(new URL('../support/database-writer.ts', import.meta.url))

test('the embedded database keeps every acknowledged row when its process is killed, and one process holds it', async () => {
  const child = fork(writer, [directory], { execArgv: ['--import', 'tsx'] })
  const acknowledged: string[] = []
  let refusal: unknown
  child.on('message', (id) => acknowledged.push(String(id)))
  await expect.poll(() => acknowledged.length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(20)
  await openEmbeddedDriver({ directory, initialize }).catch((error: unknown) => {
    refusal = error
  })
  child.kill('SIGKILL')
  await once(child, 'exit')

  expect(String(refusal)).toContain('is in use by process')
  const driver = await openEmbeddedDriver({ directory, initialize: () => Promise.reject(new Error('already there')) })
  await migrate(driver)
  const store = createStore(driver, testStoreKeys())
  const found = await store.transaction(async (tx) => {
    const used = await Promise.all(
      acknowledged.map((jti) => store.jtis.use(tx, { issuer: 'writer', jti, expiresAt: '2030-01-01T00:00:00Z' })),
    )
    return used.filter((isNew) => !isNew).length
  })
  await store.close()

  expect(found).toBe(acknowledged.length)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(existsSync(join(directory, 'lock'))).toBe(false)
}, 120_000)
