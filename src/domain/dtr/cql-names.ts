/**
 * What an expression names: `"Lib".Define`, `Lib.Define`, `"Lib"."Define"`, or a define alone. Anything else is CQL to be
 * translated. The library is found by its CQL identifier first, then by Library.name, then by the tail of its canonical:
 * the three differ in real packages (DTR spec-97, 98 and "Name resolution").
 */
import { err, message, ok, type Message, type Result } from '../result.ts'
import type { CqlLibrary } from './cql-library.ts'
import { definitionsOf } from './elm.ts'

export interface CqlName {
  readonly library: string | null
  readonly define: string
}

const PART = String.raw`(?:"((?:[^"\\]|\\.)+)"|([A-Za-z_][\w-]*))`
const NAME = new RegExp(`^\\s*(?:${PART}\\s*\\.\\s*)?${PART}\\s*$`)

/** Reads a name; undefined for an expression that is more than one. */
export function parseCqlName(text: string): CqlName | undefined {
  const found = NAME.exec(text)
  const define = found?.[3] ?? found?.[4]
  if (define === undefined) return undefined
  return { library: found?.[1] ?? found?.[2] ?? null, define }
}

const tailOf = (canonical: string): string => (canonical.split('|')[0] ?? '').split('/').at(-1) ?? ''

/** The library that a name means, in the order in which real packages can be understood. */
export function findLibrary(libraries: readonly CqlLibrary[], name: string): CqlLibrary | undefined {
  return (
    libraries.find(({ id }) => id === name) ??
    libraries.find((library) => library.name === name) ??
    libraries.find(({ url }) => url !== null && tailOf(url) === name)
  )
}

/** The library behind a canonical (`url|version`), a relative reference or an id. */
export function findByCanonical(libraries: readonly CqlLibrary[], canonical: string): CqlLibrary | undefined {
  const [url = '', version] = canonical.split('|')
  const isIt = (library: CqlLibrary): boolean => library.url === url || library.url === `Library/${tailOf(url)}`
  return (
    libraries.find((library) => isIt(library) && version !== undefined && library.version === version) ??
    libraries.find(isIt) ??
    findLibrary(libraries, tailOf(url))
  )
}

export interface ResolvedName {
  readonly library: CqlLibrary
  readonly define: string
}

/**
 * Resolves a name among the libraries of a package. A bare define is looked for in the form's main libraries: the only one
 * that has it; `pass` = undefined means that the text names nothing here and may be CQL of its own.
 */
export function resolveName(
  libraries: readonly CqlLibrary[],
  main: readonly CqlLibrary[],
  { library: prefix, define }: CqlName,
): Result<ResolvedName, Message> | undefined {
  if (prefix === null) {
    const having = main.filter((library) => hasDefine(library, define))
    const [only, ...more] = having
    if (only === undefined) return undefined
    if (more.length > 0) return err(message('form.lookup.cql-several-libraries', { name: define }))
    return ok({ library: only, define })
  }
  const library = findLibrary(libraries, prefix)
  const name = `${prefix}.${define}`
  if (library === undefined) return err(message('form.lookup.cql-no-library', { name: prefix }))
  if (library.fault !== null) return err(message(`form.lookup.cql-${library.fault}`, { name: prefix }))
  return hasDefine(library, define) ? ok({ library, define }) : err(message('form.lookup.cql-no-define', { name }))
}

function hasDefine({ elm }: CqlLibrary, define: string): boolean {
  return elm !== null && definitionsOf(elm).some(({ name, type }) => name === define && type !== 'FunctionDef')
}
