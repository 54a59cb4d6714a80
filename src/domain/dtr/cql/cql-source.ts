/**
 * CQL source as a row of declarations, so that one which cannot be translated can be taken out and the others stay. Nothing
 * here reads expressions: a declaration reaches from its keyword to the next one's.
 */

export interface Declaration {
  readonly kind: string
  readonly name: string
  readonly isFunction: boolean
  readonly start: number
  /** Where its keyword and name end. */
  readonly head: number
  readonly end: number
}

/** A fault that a translator found. */
export interface SourceFault {
  readonly isSyntax: boolean
  /** Of the library in which it is; null where the translator could not tell. */
  readonly library: string | null
  /** Where in the source it is. */
  readonly line: number
  readonly column: number
}

/** Strings, quoted names and comments hold no keywords. */
const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*/g
const NAME_AFTER = /\s+((?:(?:function|fluent)\s+)*)(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.]*))/y
const ACCESS = /\b(?:public|private)\s+$/

/** `define` and `context` are words of the language everywhere; after the first define, these are names of elements, too. */
const BEFORE_DEFINES: ReadonlySet<string> = new Set([
  'library',
  'using',
  'include',
  'codesystem',
  'valueset',
  'code',
  'concept',
  'parameter',
])

/** The declarations of a library in their order. */
export function readDeclarations(source: string): Declaration[] {
  const found: Omit<Declaration, 'end'>[] = []
  let hasDefine = false
  for (const { 0: kind, index } of source.matchAll(TOKEN)) {
    const isHere = kind === 'define' || ((kind === 'context' || !hasDefine) && isFirstOnLine(source, index))
    if (!isHere || !(kind === 'define' || kind === 'context' || BEFORE_DEFINES.has(kind))) continue
    NAME_AFTER.lastIndex = index + kind.length
    const after = NAME_AFTER.exec(source)
    if (after === null) continue
    hasDefine ||= kind === 'define'
    const access = ACCESS.exec(source.slice(Math.max(0, index - 30), index))?.[0].length ?? 0
    const [, functional = '', quoted, plain = ''] = after
    const name = quoted ?? plain
    found.push({ kind, name, isFunction: functional !== '', start: index - access, head: NAME_AFTER.lastIndex })
  }
  return found.map((one, at) => ({ ...one, end: found[at + 1]?.start ?? source.length }))
}

const isFirstOnLine = (source: string, index: number): boolean =>
  /^\s*((public|private)\s+)?$/.test(source.slice(source.lastIndexOf('\n', index - 1) + 1, index))

/** Without these a library is none. */
const INDISPENSABLE: ReadonlySet<string> = new Set(['library', 'using', 'context'])

/**
 * The declarations that faults stand in; null where one is in none that can be spared. Where the grammar is broken, only the
 * first fault counts, since what follows it may be read wrongly; one at the head of a define is that of the define before,
 * which did not end. Of two defines of one name nobody can tell which is meant: both are faulty.
 */
export function faultyDeclarations(source: string, faults: readonly SourceFault[]): readonly Declaration[] | null {
  const declarations = readDeclarations(source)
  const lines = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const own = declarations.find(({ kind }) => kind === 'library')?.name
  const placed = faults.map((fault) => ({
    ...fault,
    offset: Math.min((lines[fault.line - 1] ?? source.length) + fault.column, source.length - 1),
  }))
  const broken = placed.filter(({ isSyntax }) => isSyntax).sort((a, b) => a.offset - b.offset)
  const found = (broken.length > 0 ? broken.slice(0, 1) : placed).map(({ isSyntax, library, offset }) => {
    const isElsewhere = library !== null && library !== own && !isSyntax
    if (isElsewhere) return declarations.find(({ kind, name }) => kind === 'include' && tailOf(name) === library)
    const at = declarations.findIndex(({ start, end }) => start <= offset && offset < end)
    const [before, here] = [declarations[at - 1], declarations[at]]
    const isOfBefore = isSyntax && here !== undefined && offset < here.head && before?.kind === 'define'
    return isOfBefore ? before : here
  })
  if (found.length === 0 || found.some((one) => one === undefined || INDISPENSABLE.has(one.kind))) return null
  const isSame = (one: Declaration, other: Declaration | undefined): boolean =>
    one === other ||
    (one.kind === 'define' &&
      other?.kind === 'define' &&
      one.name === other.name &&
      !one.isFunction &&
      !other.isFunction)
  return declarations.filter((one) => found.some((faulty) => isSame(one, faulty)))
}

const tailOf = (name: string): string => name.split('.').at(-1) ?? name

/** The source with declarations made blank: what stays, stays where it is. */
export function withoutDeclarations(source: string, out: readonly Declaration[]): string {
  let left = source
  for (const { start, end } of out)
    left = left.slice(0, start) + left.slice(start, end).replace(/[^\n]/g, ' ') + left.slice(end)
  return left
}

const INCLUDED = /^include\s+(?:"([^"]+)"|([\w.]+))(?:\s+version\s+'([^']+)')?(?:\s+called\s+(?:"([^"]+)"|(\w+)))?/

/** What an include is called in its library, and what it includes: `id|version`. */
export function readInclude(source: string, { start, end }: Declaration): { alias: string; name: string } {
  const [, quoted, plain = '', version, quotedAlias, plainAlias] = INCLUDED.exec(source.slice(start, end)) ?? []
  const id = quoted ?? plain
  return { alias: quotedAlias ?? plainAlias ?? tailOf(id), name: version === undefined ? id : `${id}|${version}` }
}

/** Whether a declaration uses what an alias stands for. */
export function usesAlias(source: string, { start, end }: Declaration, alias: string): boolean {
  const escaped = alias.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?:"${escaped}"|\\b${escaped})\\s*\\.`).test(source.slice(start, end))
}
