/** The sandbox as `npm start` runs it, built beforehand: a process of its own, so that nothing of the bench weighs on it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const READY_WITHIN_MS = 60_000

export interface RunningSandbox {
  readonly ehr: string
  readonly precert: string
  /** From spawning the command to its readiness. */
  readonly startMs: number
  /** Resident memory of Precert's own process, in MB (10⁶ bytes). */
  readonly readServerRss: () => number
  /** Calls the sandbox's control API. */
  readonly control: <T>(path: string, body?: object) => Promise<T>
  readonly stop: () => Promise<void>
}

export async function startBuilt(directory: string): Promise<RunningSandbox> {
  // A developer's own database or settings are never a bench's.
  const { DATABASE_URL: _database, SANDBOX_CHARTS: _charts, ...env } = process.env
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['dist/sandbox/start.js'], {
    env: { ...env, PRECERT_DIR: directory, SANDBOX_DELAY_MS: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let output = ''
  const startMs = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not ready after ${READY_WITHIN_MS} ms`)), READY_WITHIN_MS)
    void ended.then(() => reject(new Error('The sandbox ended before it was ready')))
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (!/^Ready in/m.test(output) || readAddresses(output).length < 2) return
      clearTimeout(timer)
      resolve(performance.now() - startedAt)
    })
  })
  const [ehr = '', precert = ''] = readAddresses(output)
  return {
    ehr,
    precert,
    startMs,
    readServerRss: () => readRss(findServer(child.pid)),
    async control<T>(path: string, body?: object): Promise<T> {
      const response = await fetch(`${ehr}/sandbox/api/${path}`, {
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as T
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Addresses stand alone on their lines: the EHR's first, then Precert's. */
function readAddresses(output: string): readonly string[] {
  return output.match(/^http:\/\/\S+$/gm) ?? []
}

/** The child of the sandbox that is Precert (Linux). */
function findServer(parent: number | undefined): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(/\s+/).map(Number)
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server/main.js'))
  if (found === undefined) throw new Error('Precert’s process was not found')
  return found
}

export function readRss(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kilobytes) * 1024) / 1e6
}

/** Ticks of the kernel's clock in a second. */
const TICKS = 100

/** Milliseconds of processor time that a process took so far (Linux): what a loaded machine hardly changes. */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (((user ?? 0) + (system ?? 0)) * 1000) / TICKS
}
