import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Finds a data folder of the product (`fhir-profiles`, `server/store/migrations`) from wherever this module runs: the source
 * tree, or the bundle beside which the build has copied it. Throws where it is missing: the installation is broken.
 */
export function findUp(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = join(folder, path)
    if (existsSync(candidate)) return candidate
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`The folder ${path} is missing from this installation`)
    folder = parent
  }
}
