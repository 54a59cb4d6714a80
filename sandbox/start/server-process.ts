/** Precert as its own process, started the way any installation starts it: one configuration file, nothing else. */
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { findRoot } from '../root.ts'

const STOP_MS = 8_000
const READY_MS = 60_000
const POLL_MS = 40

export interface ServerProcess {
  /** Resolves when `/health` answers; rejects with the end of the log where the server dies first. */
  readonly ready: Promise<void>
  /** Resolves with a sentence when the server has ended, whatever the reason. */
  readonly ended: Promise<string>
  readonly pid: number | undefined
  stop(): Promise<void>
}

interface ServerProcessOptions {
  readonly configFile: string
  readonly logFile: string
  readonly healthUrl: string
}

/** Spawns the built server. */
export function startServer({ configFile, logFile, healthUrl }: ServerProcessOptions): ServerProcess {
  const logStart = existsSync(logFile) ? statSync(logFile).size : 0
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  const child = spawn(process.execPath, [join(findRoot(), 'dist/server/main.js')], {
    env: { ...process.env, PRECERT_CONFIG: configFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  let running = true
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`Precert could not be started: ${error.message}`))
    child.once('close', (code, signal) => {
      running = false
      log.end(() =>
        resolve(`Precert ended (${signal ?? `code ${code ?? 'unknown'}`}).\n${readTail(logFile, logStart)}`),
      )
    })
  })
  const pollHealth = async (): Promise<void> => {
    const until = Date.now() + READY_MS
    while (running && Date.now() < until) {
      if (await isHealthy(healthUrl)) return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error(running ? `Precert was not ready after ${READY_MS / 1000} s` : await ended)
  }
  return {
    ready: pollHealth(),
    ended,
    pid: child.pid,
    async stop() {
      if (!running) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

/** The last lines that this run wrote. */
function readTail(file: string, from: number): string {
  return readFileSync(file).subarray(from).toString('utf8').trimEnd().split('\n').slice(-8).join('\n')
}
