/**
 * The one loader of the data that ships with Precert: questionnaire packages with their policies, and code tables. Read
 * once at start, by path; a broken file stops the start.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, whether this runs from source or from the bundle. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('package.json was not found above the program')
    folder = parent
  }
  return folder
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** Reads `fhir-profiles/<name>.json`. */
export function loadTable(name: string): unknown {
  return readJson(join(packageRoot(), 'fhir-profiles', `${name}.json`))
}

/** Every shipped `questionnaires/<id>/policy.json`, by the canonical (without version) of the questionnaire beside it. */
export function loadPolicies(): ReadonlyMap<string, unknown> {
  const folder = join(packageRoot(), 'questionnaires')
  return new Map(
    readdirSync(folder)
      .filter((id) => existsSync(join(folder, id, 'policy.json')))
      .map((id) => {
        const questionnaire = readJson(join(folder, id, 'questionnaire.json')) as { url: string }
        return [questionnaire.url, readJson(join(folder, id, 'policy.json'))]
      }),
  )
}
