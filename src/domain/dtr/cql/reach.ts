/**
 * What a define can reach: its references followed through all included libraries, without running anything. From this
 * follow its searches, the value sets it needs, and which part of a package is missing for it.
 */
import type { CqlLibrary } from './library.ts'
import { narrowedRetrieves, setOf } from './narrowing.ts'
import { definitionsOf, walkElm, type ElmLibrary, type ElmNode } from './elm.ts'

/** A node together with the library whose names it uses. */
export interface Placed {
  readonly library: CqlLibrary
  readonly node: ElmNode
}

export interface Reach {
  readonly retrieves: readonly Placed[]
  /** Canonicals of value sets, as the ELM writes them. */
  readonly valueSets: ReadonlySet<string>
  /** Parameters by library and name. */
  readonly parameters: readonly { readonly library: CqlLibrary; readonly name: string }[]
  /** Included libraries that the package does not hold, or holds in a form that cannot run: `id|version`. */
  readonly missing: readonly { readonly name: string; readonly fault: CqlLibrary['fault'] }[]
  /** Every library that takes part, the define's own first. */
  readonly libraries: ReadonlySet<CqlLibrary>
}

/** The library that an include means: by identifier and version among all of the package, else by identifier. */
export function findIncluded(
  libraries: readonly CqlLibrary[],
  include: { readonly path: string; readonly version?: string },
): CqlLibrary | undefined {
  const id = include.path.split('/').at(-1) ?? include.path
  const named = libraries.filter((library) => library.id === id || library.id === include.path)
  return include.version === undefined ? named[0] : named.find(({ version }) => version === include.version)
}

/** Follows a define. */
export function reachOf(libraries: readonly CqlLibrary[], library: CqlLibrary, define: string): Reach {
  const walk = new Walk(libraries)
  walk.enter(library, define)
  return walk
}

class Walk implements Reach {
  readonly retrieves: Placed[] = []
  readonly valueSets = new Set<string>()
  readonly parameters: { library: CqlLibrary; name: string }[] = []
  readonly missing: { name: string; fault: CqlLibrary['fault'] }[] = []
  readonly libraries = new Set<CqlLibrary>()
  private readonly all: readonly CqlLibrary[]
  private readonly seen = new Set<string>()
  private readonly narrowed = new Map<ElmNode, ElmNode>()

  constructor(all: readonly CqlLibrary[]) {
    this.all = all
  }

  /** Overloads of a function share a name: all are followed. */
  enter(library: CqlLibrary, name: string): void {
    const key = `${library.id}|${library.version ?? ''}|${name}`
    if (this.seen.has(key) || library.elm === null) return
    this.seen.add(key)
    this.join(library)
    for (const definition of definitionsOf(library.elm))
      if (definition.name === name) walkElm(definition.expression, (node) => this.look(library, node))
  }

  /** The engine loads every include of a library, whether a define uses it or not. */
  private join(library: CqlLibrary, above: readonly CqlLibrary[] = []): void {
    if (above.includes(library)) this.missing.push({ name: library.id, fault: 'malformed' })
    if (this.libraries.has(library)) return
    this.libraries.add(library)
    for (const include of library.elm?.includes?.def ?? []) {
      const found = findIncluded(this.all, include)
      if (found === undefined || found.elm === null)
        this.missing.push({
          name: include.version === undefined ? include.path : `${include.path}|${include.version}`,
          fault: found?.fault ?? null,
        })
      else this.join(found, [...above, library])
    }
  }

  private look(library: CqlLibrary, node: ElmNode): void {
    const { type, name } = node
    if (type === 'Query') for (const [whole, narrowed] of narrowedRetrieves(node)) this.narrowed.set(whole, narrowed)
    if (type === 'Retrieve') this.retrieves.push({ library, node: this.narrowed.get(node) ?? node })
    const tested = type === 'InValueSet' || type === 'AnyInValueSet' ? setOf(node) : undefined
    if (tested?.type === 'ValueSetRef' && tested.name !== undefined) {
      const holder = this.targetOf(library, tested)?.elm
      if (holder !== undefined && holder !== null) this.addValueSet(holder, tested.name)
    }
    if (name === undefined) return
    const target = this.targetOf(library, node)
    if (target?.elm === undefined || target.elm === null) return
    if (type === 'ExpressionRef' || type === 'FunctionRef') this.enter(target, name)
    else if (type === 'ParameterRef') this.parameters.push({ library: target, name })
    else if (type === 'ValueSetRef') this.addValueSet(target.elm, name)
  }

  private targetOf(library: CqlLibrary, { libraryName }: ElmNode): CqlLibrary | undefined {
    if (libraryName === undefined) return library
    const include = library.elm?.includes?.def?.find(({ localIdentifier }) => localIdentifier === libraryName)
    return include === undefined ? undefined : findIncluded(this.all, include)
  }

  private addValueSet(elm: ElmLibrary, name: string): void {
    const set = elm.valueSets?.def?.find((one) => one.name === name)
    if (set !== undefined) this.valueSets.add(set.version === undefined ? set.id : `${set.id}|${set.version}`)
  }
}
