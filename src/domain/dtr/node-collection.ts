/**
 * Elements of one immutable collection (all resources of a search, say) and what `where` lets through of them, answered
 * from a token index where it can be: the elements by the texts at the end of a path, in their order, built when first
 * asked for. What a criterion lets through is itself a collection and is kept, so that expressions share it.
 */
import type { Place, Places } from './fhir-places.ts'
import { isText, loosely, type Criterion, type Need, type Reading } from './fhirpath-criterion.ts'

/** What fhirpath's ResourceNode offers and is used here. */
export interface ResourceNode {
  readonly parentResNode: ResourceNode | null
  readonly propName: string | null | undefined
  readonly index: number | null | undefined
  readonly data: unknown
  readonly path: string | null
  readonly _data: unknown
  readonly fhirNodeDataType: string | null
}

export function isNode(value: unknown): value is ResourceNode {
  return typeof value === 'object' && value !== null && 'parentResNode' in value
}

/** A criterion by its text, and how to answer it. */
export interface Filter {
  readonly text: string
  /** The conjuncts that JSON alone answers; null where there are none. */
  readonly criterion: Criterion | null
  /** The other conjuncts, which fhirpath answers for every element once. */
  readonly others: readonly string[]
}

/** fhirpath's own `where`. Throws what fhirpath throws. */
export type Where = (nodes: readonly unknown[], criterion: string) => readonly unknown[]

/** Fewer elements are looked through faster than indexed. */
const WORTH_AN_INDEX = 16

interface PathIndex {
  /** Positions of elements by the texts that they hold at the end of the path. */
  readonly byText: ReadonlyMap<string, readonly number[]>
  /** Positions of elements that fhirpath must judge. */
  readonly odd: readonly number[]
}

export class NodeCollection {
  /** fhirpath's nodes; a value that was computed has none, and then there is no index either. */
  readonly nodes: readonly unknown[]
  private readonly places: Places
  private readonly indexes = new Map<string, PathIndex>()
  private readonly odd = new Map<string, ReadonlySet<number>>()
  private readonly derived = new Map<string, NodeCollection>()
  private readonly holding = new Map<string, ReadonlySet<unknown>>()

  constructor(nodes: readonly unknown[], places: Places) {
    this.nodes = nodes
    this.places = places
  }

  /** What comes of a step from here, kept under a key that stands for it. */
  derive(key: string, make: () => readonly unknown[]): NodeCollection {
    const known = this.derived.get(key)
    if (known !== undefined) return known
    const made = new NodeCollection(make(), this.places)
    this.derived.set(key, made)
    return made
  }

  /** The elements that a filter lets through, as fhirpath's `where` gives them. `time` stands for the clock, if it is read. */
  where(filter: Filter, run: Where, time: string): readonly unknown[] {
    const { criterion } = filter
    if (criterion === null || !this.nodes.every(isNode)) return run(this.nodes, filter.text)
    const others = filter.others.map((text) => this.nodesWith(text, run, time))
    const odd = this.oddFor(criterion.readings)
    const isLet = (node: ResourceNode, position: number): boolean =>
      odd.has(position)
        ? run([node], filter.text).length > 0
        : criterion.test(asPlace(node)) === true && others.every((holding) => holding.has(node))
    return this.candidates(criterion.needs, odd).flatMap((position) => {
      const node = this.nodes[position]
      return isNode(node) && isLet(node, position) ? [node] : []
    })
  }

  /** All elements for which a conjunct holds: also those that another conjunct bars, since it may fail on them. */
  private nodesWith(conjunct: string, run: Where, time: string): ReadonlySet<unknown> {
    const key = conjunct + time
    const known = this.holding.get(key) ?? new Set(run(this.nodes, `(${conjunct}) and true`))
    this.holding.set(key, known)
    return known
  }

  /** Positions of the elements that may be let through, in order. */
  private candidates(needs: readonly Need[], odd: ReadonlySet<number>): readonly number[] {
    if (needs.length === 0 || this.nodes.length < WORTH_AN_INDEX) return [...this.nodes.keys()]
    const found = needs.map((need) => this.positionsOf(need))
    const fewest = found.reduce((best, one) => (one.length < best.length ? one : best))
    return odd.size === 0 ? fewest : [...new Set([...fewest, ...odd])].sort((a, b) => a - b)
  }

  private positionsOf({ path, texts, loose }: Need): readonly number[] {
    const { byText } = this.index({ path, text: true, singleBelow: null })
    const wanted = new Set(loose ? texts.map(loosely) : texts)
    const keys = loose ? [...byText.keys()].filter((key) => wanted.has(loosely(key))) : [...wanted]
    const [only, more] = keys
    if (only === undefined) return []
    if (more === undefined) return byText.get(only) ?? []
    return [...new Set(keys.flatMap((key) => byText.get(key) ?? []))].sort((a, b) => a - b)
  }

  private oddFor(readings: readonly Reading[]): ReadonlySet<number> {
    const key = readings.map(keyOf).join(' ')
    const known = this.odd.get(key) ?? new Set(readings.flatMap((reading) => this.index(reading).odd))
    this.odd.set(key, known)
    return known
  }

  private index(reading: Reading): PathIndex {
    const key = keyOf(reading)
    const known = this.indexes.get(key) ?? this.buildIndex(reading)
    this.indexes.set(key, known)
    return known
  }

  private buildIndex(reading: Reading): PathIndex {
    const byText = new Map<string, number[]>()
    const odd: number[] = []
    this.nodes.forEach((node, position) => {
      const leaves = isNode(node) && isJson(node) ? leavesOf(this.places, asPlace(node), reading, 0) : null
      if (leaves === null) odd.push(position)
      for (const { data } of reading.text ? (leaves ?? []) : []) {
        if (typeof data !== 'string') continue
        const positions = byText.get(data)
        if (positions === undefined) byText.set(data, [position])
        else if (positions.at(-1) !== position) positions.push(position)
      }
    })
    return { byText, odd }
  }
}

const keyOf = ({ path, text, singleBelow }: Reading): string =>
  `${path.join('.')}:${text ? 'text' : 'any'}:${String(singleBelow)}`

/** Below a node that the model does not know, it knows nothing: `?` is the name of no type. */
const asPlace = ({ data, path }: ResourceNode): Place => ({ data, path: path ?? '?' })

/** Not a number, which fhirpath wraps, nor an element with extensions of its own. */
const isJson = ({ data, _data }: ResourceNode): boolean =>
  _data === null && (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) === Object.prototype)

/** The ends of a path below a place; null where the data is odd, or not what the reading needs. */
function leavesOf(places: Places, place: Place, reading: Reading, depth: number): readonly Place[] | null {
  const name = reading.path[depth]
  if (name === undefined) return reading.text && !isText(place) ? null : [place]
  const children = places.children(place, name)
  if (children === null) return null
  const leaves: Place[] = []
  for (const child of children) {
    const below = leavesOf(places, child, reading, depth + 1)
    if (below === null) return null
    leaves.push(...below)
  }
  return reading.singleBelow === depth && leaves.length > 1 ? null : leaves
}
