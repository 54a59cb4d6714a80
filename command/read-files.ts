/** Reads FHIR files, plain or gzipped. A file that cannot be read is named, with why. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Attachment, FhirResource, Library } from 'fhir/r4'
import { err, ok, type Result } from '../src/domain/result.ts'

function readText(file: string): Result<string, string> {
  try {
    const bytes = readFileSync(file)
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    return ok((isZipped ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    return err(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A file that holds one resource. */
export function readResource(file: string): Result<FhirResource, string> {
  const text = readText(file)
  if (!text.ok) return text
  try {
    const body: unknown = JSON.parse(text.value)
    return typeof body === 'object' && body !== null && 'resourceType' in body && typeof body.resourceType === 'string'
      ? ok(body as FhirResource)
      : err(`${file} cannot be read: it holds no FHIR resource`)
  } catch {
    // The parser's own words may quote the file.
    return err(`${file} cannot be read: it is not JSON`)
  }
}

/**
 * What `--library` names: resources, or CQL as it is written. A Library that only points to its text is given the text: of a
 * file named here or of the one that lies where it says, beside it. CQL that no Library points to is one of its own.
 */
export function readLibraries(files: readonly string[]): Result<FhirResource, string>[] {
  const isSource = (file: string): boolean => /\.cql(\.gz)?$/.test(file)
  const used = new Set<string>()
  const resources = files
    .filter((file) => !isSource(file))
    .map((file) => {
      const read = readResource(file)
      if (!read.ok || read.value.resourceType !== 'Library') return read
      const library = read.value
      const url = Array.isArray(library.content)
        ? library.content.find((one) => one?.data === undefined)?.url
        : undefined
      if (typeof url !== 'string' || library.content?.some((one) => one?.data !== undefined) === true) return read
      const given = files.find((one) => isSource(one) && basename(one).replace(/\.gz$/, '') === basename(url))
      const text = readText(given ?? join(dirname(file), basename(url)))
      if (!text.ok) return read
      used.add(given ?? '')
      return ok({ ...library, content: [attachmentOf(text.value)] })
    })
  const sources = files.filter((file) => isSource(file) && !used.has(file))
  return [
    ...resources,
    ...sources.map((file) => {
      const text = readText(file)
      return text.ok ? ok(asLibrary(text.value, basename(file).replace(/\.cql(\.gz)?$/, ''))) : text
    }),
  ]
}

const attachmentOf = (source: string): Attachment => ({
  contentType: 'text/cql',
  data: Buffer.from(source, 'utf8').toString('base64'),
})

function asLibrary(source: string, fileName: string): Library {
  const declared = /^\s*library\s+"?([\w.-]+)"?(?:\s+version\s+'([^']+)')?/m.exec(source)
  const [, name = fileName, version] = declared ?? []
  return {
    resourceType: 'Library',
    id: name,
    url: `http://localhost/Library/${name}`,
    name,
    ...(version === undefined ? {} : { version }),
    status: 'active',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'logic-library' }] },
    content: [attachmentOf(source)],
  }
}
