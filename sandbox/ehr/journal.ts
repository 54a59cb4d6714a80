/**
 * One JSON line per write, appended before the answer leaves: what was ordered or filed in the simulated EHR is still
 * there after a restart. A line cut short by a kill is left out.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { isObject, isResource, type StoredResource } from './resource.ts'

export type JournalEntry = { readonly put: StoredResource } | { readonly removed: string }

export interface Journal {
  append(entry: JournalEntry): void
  /** Everything written before this start, in order. */
  replay(): readonly JournalEntry[]
}

export const NO_JOURNAL: Journal = { append: () => undefined, replay: () => [] }

/** A journal kept in a file (0600), made when the first line is written. */
export function openJournal(file: string): Journal {
  return {
    append: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }),
    replay() {
      if (!existsSync(file)) return []
      const text = readFileSync(file, 'utf8')
      if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
      return text.split('\n').flatMap(parseLine)
    },
  }
}

function parseLine(line: string): readonly JournalEntry[] {
  try {
    const entry: unknown = JSON.parse(line)
    if (!isObject(entry)) return []
    if (typeof entry['removed'] === 'string') return [{ removed: entry['removed'] }]
    const put = entry['put']
    return isResource(put) && put.id !== undefined ? [{ put: put as StoredResource }] : []
  } catch {
    return []
  }
}
