/**
 * One process per database directory: two PGlites on one directory lose acknowledged rows without a word
 * (electric-sql/pglite#1106).
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Takes the directory; gives the way to leave it. Throws while another living process holds it. */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, 'lock')
  if (!tryToWrite(file)) {
    const holder = Number(readFileSync(file, 'utf8'))
    if (holder !== process.pid && isAlive(holder))
      throw new Error(`The database directory ${directory} is in use by process ${holder}`)
    rmSync(file, { force: true })
    if (!tryToWrite(file)) throw new Error(`The database directory ${directory} was taken by another process`)
  }
  return () => {
    rmSync(file, { force: true })
  }
}

function tryToWrite(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
