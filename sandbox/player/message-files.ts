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

export interface MessageFileOptions {
  readonly directory: string
  /** Payers whose hook answers are in an older dialect: their resources obey other profiles than the judged ones. */
  readonly olderDialects: ReadonlySet<string>
  /** Payers that are spoken to in PAS 2.0.1: what they send and get is judged by that, and stands in a folder of its own. */
  readonly olderPas: ReadonlySet<string>
}

const OLDER_PAS = 'pas-2.0.1'
/** Operations, Subscriptions and notifications of PAS; a payer's other addresses have versions of their own. */
const IS_PAS = /\/(Claim\/\$(submit|inquire)|Subscription(\/[^/]+)?(\/\$status)?|pas\/notify\/[^/]+)(\?|$)/

/** Empties `fhir/` and `http/` of the folder and writes into them; `fhir/pas-2.0.1/` holds the messages of that version. */
export function openMessageFiles({ directory, olderDialects, olderPas }: MessageFileOptions): MessageFiles {
  const rows: ManifestRow[] = []
  for (const folder of ['fhir', 'http', `fhir/${OLDER_PAS}`]) {
    rmSync(join(directory, folder), { recursive: true, force: true })
    mkdirSync(join(directory, folder), { recursive: true })
  }
  const put = (scenario: string, { time, from, to, kind }: RecordedMessage, { folder, name, text }: Written): void => {
    const file = `${folder}/${String(rows.length + 1).padStart(5, '0')}-${scenario}-${name}.json`
    writeFileSync(join(directory, file), text)
    rows.push({ scenario, time, from, to, kind, file })
  }
  return {
    write(scenario, messages) {
      for (const message of messages) {
        if (message.kind === 'fhir' && isJson(message)) {
          const isOlder = (olderPas.has(message.from) || olderPas.has(message.to)) && IS_PAS.test(message.url)
          const resource = describeResource(message)
          put(scenario, message, isOlder ? { ...resource, folder: `fhir/${OLDER_PAS}` } : resource)
        } else put(scenario, message, describeMessage(message))
        if (message.kind !== 'cds-hooks' || olderDialects.has(message.from)) continue
        for (const resource of listEmbedded(parseBody(message.body)))
          put(scenario, message, describeEmbedded(message, resource))
      }
    },
    rows: () => rows,
    finish: () => writeFileSync(join(directory, 'manifest.json'), `${JSON.stringify(rows, null, 1)}\n`),
  }
}

interface Written {
  readonly folder: 'fhir' | 'http' | 'fhir/pas-2.0.1'
  readonly name: string
  readonly text: string
}

/** The resource byte for byte as it passed. */
function describeResource(message: RecordedMessage): Written {
  return { folder: 'fhir', name: `${message.direction}-${readResourceType(message)}`, text: message.body }
}

/** A document read as it is (Binary by its own type) is no resource on the wire. */
function isJson(message: RecordedMessage): boolean {
  return /json/.test(message.contentType ?? 'json')
}

function readResourceType(message: RecordedMessage): string {
  const value = parseBody(message.body)
  if (!isResource(value))
    throw new Error(`${message.method} ${message.url} (${message.direction}) carries no FHIR resource`)
  return value.resourceType
}

interface Embedded {
  readonly resourceType: string
}

function isResource(value: unknown): value is Embedded {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && typeof value.resourceType === 'string'
  )
}

/** The resources inside a hook message: draft orders, prefetch, what a system action writes. A Bundle is one of them. */
function listEmbedded(value: unknown): readonly Embedded[] {
  if (isResource(value)) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(listEmbedded)
}

function describeEmbedded({ direction }: RecordedMessage, resource: Embedded): Written {
  return { folder: 'fhir', name: `hook-${direction}-${resource.resourceType}`, text: JSON.stringify(resource) }
}

function describeMessage(message: RecordedMessage): Written {
  const { time, from, to, kind, method, url, direction, status, contentType, location, body } = message
  const shown = { time, from, to, kind, method, url, direction, status, contentType, location, body: parseBody(body) }
  return { folder: 'http', name: `${kind}-${direction}`, text: `${JSON.stringify(shown, null, 1)}\n` }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
