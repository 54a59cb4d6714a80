/** The engines that the benches run beside ours: installed from a lockfile of their own when a bench needs them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where they are, with a slash at the end. */
export const PEERS = fileURLToPath(new URL('./peers/', import.meta.url))
const STAMP = `${PEERS}node_modules/.installed-lock.json`

/** Installs them where they are not, or not those that the lockfile names. */
export function installPeers(): void {
  const lock = readFileSync(`${PEERS}package-lock.json`, 'utf8')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(STAMP, lock)
}
