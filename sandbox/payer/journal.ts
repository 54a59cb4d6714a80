/**
 * The payer's memory: one line of JSON for every fact, appended and fsynced before anything is answered, so that a payer
 * killed at any moment still knows what it has processed. State is what the lines add up to.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Journal<Entry> {
  append(entry: Entry): void
  close(): void
}

/** Opens the journal and hands every entry already there to `replay`. A torn last line (killed while writing) is left out. */
export function openJournal<Entry>(file: string, replay: (entry: Entry) => void): Journal<Entry> {
  mkdirSync(dirname(file), { recursive: true })
  if (existsSync(file))
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const entry = parseLine<Entry>(line)
      if (entry !== undefined) replay(entry)
    }
  const handle = openSync(file, 'a', 0o600)
  return {
    append(entry) {
      // The leading newline ends a line that a killed process may have left torn.
      writeSync(handle, `\n${JSON.stringify(entry)}`)
      fsyncSync(handle)
    },
    close() {
      closeSync(handle)
    },
  }
}

function parseLine<Entry>(line: string): Entry | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as Entry
  } catch {
    return undefined
  }
}
