/**
 * `npm run scenarios -- --out DIR`: starts the whole sandbox in a folder of its own, plays every scenario over HTTP as a
 * browser would, and writes down every message that passed. Ends with an error where a scenario does not come to rest as
 * it should. `--only ID` plays one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openMessageFiles, type MessageFiles } from './player/message-files.ts'
import { listPlays, type Play } from './player/plays.ts'
import { startSandbox, type Sandbox } from './start.ts'
import { PAYERS } from './start/configuration.ts'

/** Late messages of a scenario (a notification's acknowledgement) still belong to it. */
const SETTLE_MS = 400
const PEND_MS = 3000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, only: { type: 'string' }, keep: { type: 'boolean' } },
  })
  if (values.out === undefined) {
    console.error('Usage: npm run scenarios -- --out DIR [--only SCENARIO] [--keep]')
    return 2
  }
  const out = resolve(values.out)
  const directory = mkdtempSync(join(tmpdir(), 'precert-scenarios-'))
  const olderDialects = new Set<string>(PAYERS.filter(({ dialect }) => dialect !== '2.2').map(({ id }) => id))
  const olderPas = new Set<string>(PAYERS.filter(({ pasVersion }) => pasVersion !== '2.2.1').map(({ id }) => id))
  const files = openMessageFiles({ directory: out, olderDialects, olderPas })
  const sandbox = await startSandbox({ directory, pendMs: PEND_MS })
  const failures: string[] = []
  try {
    const plays = listPlays(sandbox).filter(({ id }) => values.only === undefined || values.only === id)
    for (const play of plays) if (!(await run(play, sandbox, files))) failures.push(play.id)
    const rows = files.rows()
    const count = (kind: string): number => rows.filter((row) => row.file.startsWith(kind)).length
    console.log(
      `${plays.length - failures.length} of ${plays.length} scenarios came to rest as they should; ${count('fhir/')} FHIR resources, ${count('http/')} other messages in ${out}`,
    )
  } finally {
    files.finish()
    await sandbox.stop()
    if (values.keep === true) console.log(`Kept ${directory}`)
    else rmSync(directory, { recursive: true, force: true })
  }
  return failures.length === 0 ? 0 : 1
}

/** Plays one scenario, writes its messages, prints its line; whether it came to rest as it should. */
async function run(play: Play, sandbox: Sandbox, files: MessageFiles): Promise<boolean> {
  const startedAt = performance.now()
  const before = files.rows().length
  const outcome = await attempt(play.run)
  await new Promise((done) => setTimeout(done, SETTLE_MS))
  const written = await attempt(async () => files.write(play.id, sandbox.recorder.drain()))
  const isWell = outcome.ok && written.ok
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const text = [outcome, written].filter((one) => !one.ok || one.text !== '').map((one) => one.text)
  console.log(
    `${isWell ? 'ok    ' : 'failed'} ${play.id.padEnd(20)} ${seconds.padStart(5)} s  ${files.rows().length - before} messages  ${text.join(' ')}`,
  )
  return isWell
}

async function attempt(action: () => Promise<string | void>): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    return { ok: true, text: (await action()) ?? '' }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
