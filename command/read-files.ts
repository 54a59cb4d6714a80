/** Reads FHIR files, plain or gzipped. A file that cannot be read is named, with why. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { FhirResource, Library } from 'fhir/r4'
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

/** What `--library` names: a resource, or CQL as it is written, which is given the shape of a Library. */
export function readLibrary(file: string): Result<FhirResource, string> {
  if (!/\.cql(\.gz)?$/.test(file)) return readResource(file)
  const text = readText(file)
  return text.ok ? ok(asLibrary(text.value, basename(file).replace(/\.cql(\.gz)?$/, ''))) : text
}

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
    content: [{ contentType: 'text/cql', data: Buffer.from(source, 'utf8').toString('base64') }],
  }
}
