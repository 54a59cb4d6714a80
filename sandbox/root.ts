/** Where the sandbox finds its data files, whether it runs from source or bundled in `dist`. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, upwards from this module. Throws where there is none. */
export function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('package.json was not found above the sandbox')
    folder = parent
  }
  return folder
}
