/**
 * `npm run profiles:import PACKAGE.tgz`: turns a FHIR package into a rule table under `fhir-profiles/tables/`, facts
 * alone. `--to FOLDER` writes it elsewhere; `--as NAME@VERSION` and `--only PATTERN` are for an archive that holds a
 * package's files under other paths. Ends with 2 where it is not told what to read, with 1 where it cannot be read.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { CodeSystem, FhirResource } from 'fhir/r4'
import { LINE, type InvariantFacts, type TableSource } from '../src/domain/profile/table.ts'
import { codeSystemFacts, valueSetFacts } from './profiles/code-facts.ts'
import { profileFacts } from './profiles/profile-facts.ts'
import { readPackageFiles } from './profiles/read-package.ts'

interface Package {
  readonly source: TableSource
  readonly resources: readonly FhirResource[]
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly date?: string
  readonly license?: string
}

const FOLDER = join(import.meta.dirname, '../fhir-profiles/tables')

function readPackage(file: string, only: RegExp, as: string | undefined): Package {
  let manifest: Manifest = {}
  const resources: FhirResource[] = []
  for (const { path, read } of readPackageFiles(file)) {
    if (path === 'package/package.json') manifest = read() as Manifest
    if (!only.test(path)) continue
    const body = read() as FhirResource
    const held: readonly FhirResource[] =
      body.resourceType === 'Bundle'
        ? ((body.entry ?? []) as { resource?: FhirResource }[]).flatMap(({ resource }) => resource ?? [])
        : [body]
    resources.push(...held)
  }
  const [name, version] = as?.split('@') ?? []
  const dates = resources.flatMap((one) => ('date' in one && typeof one.date === 'string' ? [one.date] : [])).sort()
  return {
    source: {
      name: name ?? manifest.name ?? basename(file),
      version: version ?? manifest.version ?? '',
      date: as === undefined ? (manifest.date ?? '') : (dates.at(-1) ?? ''),
      license: as === undefined ? (manifest.license ?? 'CC0-1.0') : 'CC0-1.0',
      ...(as === undefined ? {} : { from: `${manifest.name ?? ''}@${manifest.version ?? ''}` }),
    },
    resources,
  }
}

function tableOf({ source, resources }: Package): string {
  const invariants: InvariantFacts[] = []
  const numbers = new Map<string, number>()
  const number = (...facts: InvariantFacts): number => {
    const key = JSON.stringify(facts)
    const known = numbers.get(key) ?? invariants.push(facts) - 1
    numbers.set(key, known)
    return known
  }
  const systems = new Map<string, CodeSystem>()
  for (const one of resources) if (one.resourceType === 'CodeSystem' && one.url) systems.set(one.url, one)
  const lines: string[] = []
  const add = (kind: string, url: string, facts: unknown): number =>
    lines.push(`${kind}\t${url}\t${JSON.stringify(facts)}`)
  for (const one of resources) {
    if (one.resourceType === 'StructureDefinition') {
      const facts = profileFacts(one, number)
      if (facts !== undefined) add(LINE.profile, facts.url, facts)
    } else if (one.resourceType === 'ValueSet') {
      const facts = valueSetFacts(one, systems)
      if (facts !== undefined) add(LINE.valueSet, facts.url, facts)
    } else if (one.resourceType === 'CodeSystem' && one.url) add(LINE.codeSystem, one.url, codeSystemFacts(one))
  }
  const head = [`${LINE.source}\t\t${JSON.stringify(source)}`, `${LINE.invariant}\t\t${JSON.stringify(invariants)}`]
  return `${[...head, ...lines].join('\n')}\n`
}

function write(read: Package, folder: string): void {
  const text = tableOf(read)
  const packed = gzipSync(text, { level: 9 })
  const target = join(folder, `${read.source.name}-${read.source.version}.table.gz`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(target, packed)
  process.stdout.write(`${basename(target)}: ${text.length} characters, ${packed.length} bytes\n`)
}

const { values, positionals } = parseArgs({
  options: { as: { type: 'string' }, only: { type: 'string' }, to: { type: 'string' } },
  allowPositionals: true,
})
const [file] = positionals
if (file === undefined) {
  process.stderr.write('Usage: npm run profiles:import PACKAGE.tgz [-- --to FOLDER --as NAME@VERSION --only PATTERN]\n')
  process.exitCode = 2
} else {
  try {
    write(readPackage(file, new RegExp(values.only ?? '^package/[^/]+[.]json$'), values.as), values.to ?? FOLDER)
  } catch (error) {
    process.stderr.write(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
