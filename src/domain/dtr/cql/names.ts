/**
 * What an expression names: `"Lib".Define`, `Lib.Define`, `"Lib"."Define"`, or a define alone. Anything else is CQL to be
 * translated. The library is found by its CQL identifier first, then by Library.name, then by the tail of its canonical:
 * the three differ in real packages (DTR spec-97, 98 and "Name resolution").
 */
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { CqlLibrary } from './library.ts'
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

const PREFIXED = /^\s*(?:"((?:[^"\\]|\\.)+)"|([A-Za-z_][\w-]*))\s*\.\s*(.+?)\s*$/s

/**
 * Readings of a text that is not written as a name but may be one all the same: real forms leave out the quotes around
 * defines of several words (`FHIR Context`, `"Lib".Most Recent Value`). Whoever tries them takes only a define that is there.
 */
export function looseNames(text: string): CqlName[] {
  const unquoted = (part: string): string => part.trim().replace(/^"(.*)"$/s, '$1')
  const found = PREFIXED.exec(text)
  const prefix = found?.[1] ?? found?.[2]
  const whole = { library: null, define: unquoted(text) }
  return prefix === undefined || found?.[3] === undefined
    ? [whole]
    : [{ library: prefix, define: unquoted(found[3]) }, whole]
}

const tailOf = (canonical: string): string => (canonical.split('|')[0] ?? '').split('/').at(-1) ?? ''

/** The library that a name means, in the order in which real packages can be understood. */
export function findLibrary(libraries: readonly CqlLibrary[], name: string): CqlLibrary | undefined {
  // One that came without its text may come with it elsewhere in the package.
  const first = (isIt: (library: CqlLibrary) => boolean): CqlLibrary | undefined =>
    libraries.find((library) => isIt(library) && library.fault !== 'no-content') ?? libraries.find(isIt)
  return (
    first(({ id }) => id === name) ??
    first((library) => library.name === name) ??
    first(({ url }) => url !== null && tailOf(url) === name)
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
    const [broken] = main.filter((library) => isLeftOut(library, define))
    if (only === undefined) return broken === undefined ? undefined : err(whyLeftOut(broken, define))
    if (more.length > 0) return err(message('form.lookup.cql-several-libraries', { name: define }))
    return ok({ library: only, define })
  }
  const library = findLibrary(libraries, prefix)
  const name = `${prefix}.${define}`
  if (library === undefined) return err(message('form.lookup.cql-no-library', { name: prefix }))
  if (library.fault !== null) return err(message(`form.lookup.cql-${library.fault}`, { name: prefix }))
  if (hasDefine(library, define)) return ok({ library, define })
  return err(isLeftOut(library, define) ? whyLeftOut(library, define) : message('form.lookup.cql-no-define', { name }))
}

const isLeftOut = ({ leftOut }: CqlLibrary, define: string): boolean => leftOut.some(({ name }) => name === define)

/** Of a define that was not translated: what it would have needed, or that it is wrong itself. */
function whyLeftOut({ id, leftOut }: CqlLibrary, define: string): Message {
  const missing = leftOut.find(({ name }) => name === define)?.missing ?? null
  return missing === null
    ? message('form.lookup.cql-untranslated', { name: `${id}.${define}` })
    : message('form.lookup.cql-no-library', { name: missing })
}

function hasDefine({ elm }: CqlLibrary, define: string): boolean {
  return elm !== null && definitionsOf(elm).some(({ name, type }) => name === define && type !== 'FunctionDef')
}
