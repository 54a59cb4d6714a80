/** Writes the sandbox's record as files: one FHIR resource a file, every other message beside it, and the list of all. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedMessage } from '../recorder.ts'

export interface ManifestRow {
  readonly scenario: string
  readonly time: string
  readonly from: string
  readonly to: string
  readonly kind: RecordedMessage['kind']
  readonly file: string
}

export interface MessageFiles {
  /** Writes the messages of one scenario. A FHIR body that is no FHIR resource fails the run: it is named by the error. */
  readonly write: (scenario: string, messages: readonly RecordedMessage[]) => void
  readonly rows: () => readonly ManifestRow[]
  /** Writes the manifest. */
  readonly finish: () => void
}

/** Empties `fhir/` and `http/` of the folder and writes into them. */
export function openMessageFiles(directory: string): MessageFiles {
  const rows: ManifestRow[] = []
  for (const folder of ['fhir', 'http']) {
    rmSync(join(directory, folder), { recursive: true, force: true })
    mkdirSync(join(directory, folder), { recursive: true })
  }
  return {
    write(scenario, messages) {
      for (const message of messages) {
        const number = String(rows.length + 1).padStart(5, '0')
        const { file, text } =
          message.kind === 'fhir' && isJson(message)
            ? describeResource(message, scenario, number)
            : describeMessage(message, scenario, number)
        writeFileSync(join(directory, file), text)
        const { time, from, to, kind } = message
        rows.push({ scenario, time, from, to, kind, file })
      }
    },
    rows: () => rows,
    finish: () => writeFileSync(join(directory, 'manifest.json'), `${JSON.stringify(rows, null, 1)}\n`),
  }
}

interface Written {
  readonly file: string
  readonly text: string
}

/** The resource byte for byte as it passed. */
function describeResource(message: RecordedMessage, scenario: string, number: string): Written {
  const type = readResourceType(message)
  return { file: `fhir/${number}-${scenario}-${message.direction}-${type}.json`, text: message.body }
}

/** A document read as it is (Binary by its own type) is no resource on the wire. */
function isJson(message: RecordedMessage): boolean {
  return /json/.test(message.contentType ?? 'json')
}

function readResourceType(message: RecordedMessage): string {
  const where = `${message.method} ${message.url} (${message.direction})`
  let value: unknown
  try {
    value = JSON.parse(message.body)
  } catch {
    throw new Error(`${where} carries no JSON`)
  }
  const type = typeof value === 'object' && value !== null && 'resourceType' in value ? value.resourceType : undefined
  if (typeof type !== 'string') throw new Error(`${where} carries no FHIR resource`)
  return type
}

function describeMessage(message: RecordedMessage, scenario: string, number: string): Written {
  const { time, from, to, kind, method, url, direction, status, contentType, location, body } = message
  const shown = { time, from, to, kind, method, url, direction, status, contentType, location, body: parseBody(body) }
  return { file: `http/${number}-${scenario}-${kind}-${direction}.json`, text: `${JSON.stringify(shown, null, 1)}\n` }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
