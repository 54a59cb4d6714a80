/** Reads the rule tables of `fhir-profiles/tables` that belong together for a generation of guides (`sets.json`). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { ProfileSet } from '#domain/profile/profile-set.ts'
import { findUp } from './find-up.ts'

interface SetDescription {
  readonly name: string
  /** Guides that it answers for: `pas-2.2.1`. */
  readonly guides: readonly string[]
  /** In the order in which packages are loaded: what comes later wins. */
  readonly tables: readonly string[]
}

const readTable = (file: string): string => gunzipSync(readFileSync(file)).toString('utf8')

/** The sets that ship. */
export function describeProfileSets(): readonly SetDescription[] {
  return JSON.parse(readFileSync(join(findUp('fhir-profiles'), 'sets.json'), 'utf8')) as readonly SetDescription[]
}

/**
 * Loads the set of a guide; undefined where none ships for it.
 * @param further files of further tables, made by `npm run profiles:import`
 */
export function loadProfileSet(guide: string, further: readonly string[] = []): ProfileSet | undefined {
  const described = describeProfileSets().find(({ guides }) => guides.includes(guide))
  if (described === undefined) return undefined
  const folder = join(findUp('fhir-profiles'), 'tables')
  const files = described.tables.map((name) => join(folder, `${name}.table.gz`))
  return new ProfileSet([...files, ...further].map(readTable))
}

/** The set of a guide that ships. Throws where it is missing: the installation is broken. */
export function shippedProfileSet(guide: string): ProfileSet {
  const set = loadProfileSet(guide)
  if (set === undefined) throw new Error(`The rule tables of ${guide} are missing from this installation`)
  return set
}

/** The rule tables of a version of PAS, read when first asked for: few installations are called in 2.0.1. */
export function profilesBy(loaded: Partial<Record<PasVersion, ProfileSet>> = {}): (version: PasVersion) => ProfileSet {
  const known = { ...loaded }
  return (version) => (known[version] ??= shippedProfileSet(`pas-${version}`))
}
