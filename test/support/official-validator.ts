/** The official FHIR validator, where it stands beside the repository: asked over HTTP, started where none is served yet. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { OfficialIssue } from './official-faults.ts'

/** Where the validator of a guide is served: `run --ig GUIDE --serve PORT`. */
const PORTS: Readonly<Record<string, number>> = { 'pas-2.2.1': 7471, 'pas-2.0.1': 7473 }
const RUN = resolve(import.meta.dirname, '../../../shared/tools/official-validator/run')

export const hasOfficialValidator = (): boolean => existsSync(RUN)

/** Whether it was built before: its first run takes minutes. */
export function isOfficialValidatorBuilt(): boolean {
  const { OFFICIAL_VALIDATOR_CACHE: own, XDG_CACHE_HOME: usual = join(homedir(), '.cache') } = process.env
  const cache = own ?? join(usual, 'official-validator')
  return (
    hasOfficialValidator() &&
    existsSync(cache) &&
    readdirSync(cache).some((one) => existsSync(join(cache, one, 'done')))
  )
}

export interface OfficialValidator {
  validate(body: string): Promise<readonly OfficialIssue[]>
  /** Resolves when it is gone, so that the next one does not meet it. */
  stop(): Promise<void>
}

async function isServed(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`)
    return true
  } catch {
    return false
  }
}

/** The one that is served already, or one of our own, which needs Java, 1.8 GB and half a minute to start. */
export async function openOfficialValidator(guide: string): Promise<OfficialValidator> {
  const port = PORTS[guide]
  if (port === undefined) throw new Error(`no port for ${guide}`)
  const stop = (await isServed(port)) ? () => Promise.resolve() : await serve(guide, port)
  return {
    validate: async (body) => {
      const answer = await post(`http://127.0.0.1:${port}/validate`, body)
      return ((await answer.json()) as { issues: readonly OfficialIssue[] }).issues
    },
    stop,
  }
}

/** Once more where it closed an idle connection just as the message came. */
async function post(url: string, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', body })
  } catch {
    return fetch(url, { method: 'POST', body })
  }
}

async function serve(guide: string, port: number): Promise<() => Promise<void>> {
  const child = spawn(RUN, ['--ig', guide, '--serve', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((ready, failed) => {
    child.once('exit', () => failed(new Error('the official validator did not start')))
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('ready')) ready()
    })
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return () => {
    child.kill()
    return gone
  }
}
