/** Reads the JSON files of a FHIR package: a gzipped tar. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'

const BLOCK = 512
const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/\0.*$/s, '')

/** Path and content of each JSON file, in the order of the archive; a JSON file alone counts as a package of one. */
export function* readPackageFiles(file: string): Generator<{ path: string; read: () => unknown }> {
  if (file.endsWith('.json')) {
    yield { path: `package/${basename(file)}`, read: () => JSON.parse(readFileSync(file, 'utf8')) as unknown }
    return
  }
  const tar = gunzipSync(readFileSync(file))
  for (let at = 0; at + BLOCK <= tar.length;) {
    const name = textOf(tar.subarray(at, at + 100))
    const folder = textOf(tar.subarray(at + 345, at + 500))
    const size = parseInt(textOf(tar.subarray(at + 124, at + 136)), 8) || 0
    const body = tar.subarray(at + BLOCK, at + BLOCK + size)
    const path = folder === '' ? name : `${folder}/${name}`
    if (path.endsWith('.json')) yield { path, read: () => JSON.parse(body.toString('utf8')) as unknown }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
}
