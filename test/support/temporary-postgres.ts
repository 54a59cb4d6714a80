/** A PostgreSQL of a test's own, that may be stopped and started: made by `initdb` in a temporary folder, removed at the end. */
import { execFile, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface TemporaryPostgres {
  readonly url: string
  /** As a power cut would, without a word to who is connected; then it recovers and takes connections again. */
  readonly crashAndRestart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Whether the commands are there; a test without them is skipped. */
export const hasPostgresCommands = ['initdb', 'pg_ctl'].every(
  (command) => spawnSync(command, ['--version']).status === 0,
)

const run = promisify(execFile)

/** PostgreSQL does not run as root: the user that its package makes is taken then. */
function findUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'postgres']).stdout.toString()))
  if (uid === undefined || gid === undefined || uid === 0) throw new Error('There is no user for PostgreSQL')
  return { uid, gid }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

/** Makes and starts one with the settings that `initdb` gives. */
export async function openTemporaryPostgres(): Promise<TemporaryPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'precert-postgres-'))
  const user = findUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder }
  const port = await freePort()
  const settings = `-p ${String(port)} -k ${folder} -c listen_addresses=127.0.0.1`
  const control = (...args: string[]): Promise<unknown> =>
    run('pg_ctl', ['-D', data, '-w', '-t', '300', '-l', join(folder, 'log'), ...args], options)
  await run('initdb', ['-D', data, '-U', 'precert', '-A', 'trust', '-E', 'UTF8'], options)
  await control('-o', settings, 'start')
  return {
    url: `postgres://precert@127.0.0.1:${String(port)}/postgres`,
    async crashAndRestart() {
      await control('-m', 'immediate', '-o', settings, 'restart')
    },
    async close() {
      await control('-m', 'fast', 'stop')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
