/**
 * Public data that stands beside the repository in some workplaces (`../shared/data`): official packages, foreign charts,
 * recorded answers. A test that needs it is skipped where it is absent, with a line that says what is missing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = resolve(import.meta.dirname, '../../../shared/data')

/** Whether this file or folder of the shared data is there. */
export function hasShared(path: string): boolean {
  return existsSync(resolve(ROOT, path))
}

/** The JSON documents of a folder of the shared data (plain or gzipped), by name without `.gz`. */
export function readSharedJson(folder: string): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const name of hasShared(folder) ? readdirSync(resolve(ROOT, folder)) : []) {
    if (!/[.]json([.]gz)?$/.test(name)) continue
    const bytes = readFileSync(resolve(ROOT, folder, name))
    const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
    found.set(name.replace(/[.]gz$/, ''), JSON.parse(text.toString('utf8')))
  }
  return found
}

/** The JSON documents of a FHIR package (`<name>.tgz`), by path inside it, e.g. `package/example/Bundle-x.json`. */
export function readSharedPackage(name: string, under: string): Map<string, unknown> {
  const path = `fhir-packages/${name}.tgz`
  const found = new Map<string, unknown>()
  if (!hasShared(path)) return found
  const tar = gunzipSync(readFileSync(resolve(ROOT, path)))
  for (let at = 0; at + 512 <= tar.length;) {
    const entry = tar
      .subarray(at, at + 100)
      .toString('utf8')
      .replace(/\0.*$/s, '')
    const size = parseInt(tar.subarray(at + 124, at + 136).toString('utf8'), 8) || 0
    if (entry.startsWith(under) && entry.endsWith('.json'))
      found.set(entry, JSON.parse(tar.subarray(at + 512, at + 512 + size).toString('utf8')))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found
}
