/**
 * Elements of one immutable collection (all resources of a search, say) and what `where` lets through of them, answered
 * from a token index where it can be: the elements by the texts at the end of a path, in their order, built when first
 * asked for. What a criterion lets through is itself a collection and is kept, so that expressions share it.
 */
import type { Places } from './fhir-places.ts'
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

export class NodeCollection {
  /** fhirpath's nodes; a value that was computed has none, and then there is no index either. */
  readonly nodes: readonly unknown[]
  private readonly areNodes: boolean
  private readonly places: Places
  /** Positions of elements by the texts that they hold at the end of a path, by that path. */
  private readonly indexes = new Map<string, ReadonlyMap<string, readonly number[]>>()
  /** Positions of elements that fhirpath must judge, by what is read of them. */
  private readonly odd = new Map<string, ReadonlySet<number>>()
  private readonly derived = new Map<string, NodeCollection>()
  private readonly holding = new Map<string, ReadonlySet<unknown>>()

  constructor(nodes: readonly unknown[], places: Places) {
    this.nodes = nodes
    this.areNodes = nodes.every(isNode)
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
    if (criterion === null || !this.areNodes) return run(this.nodes, filter.text)
    const others = filter.others.map((text) => this.nodesWith(text, run, time))
    const odd = this.oddFor(criterion.readings)
    const isLet = (node: ResourceNode, position: number): boolean =>
      odd.has(position)
        ? run([node], filter.text).length > 0
        : criterion.test(node.data, pathOf(node)) === true && others.every((holding) => holding.has(node))
    const found: ResourceNode[] = []
    for (const position of this.candidates(criterion.needs, odd)) {
      const node = this.nodes[position]
      if (isNode(node) && isLet(node, position)) found.push(node)
    }
    return found
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
    let fewest: readonly number[] | null = null
    for (const need of byPromise(needs)) {
      // Few enough to be looked at one by one: another index would cost more than it saves.
      if (fewest !== null && fewest.length * 8 < this.nodes.length) break
      const found = this.positionsOf(need)
      if (fewest === null || found.length < fewest.length) fewest = found
    }
    if (fewest === null) return [...this.nodes.keys()]
    return odd.size === 0 ? fewest : [...new Set([...fewest, ...odd])].sort((a, b) => a - b)
  }

  private positionsOf({ path, texts, loose }: Need): readonly number[] {
    const byText = this.index(path)
    const wanted = new Set(loose ? texts.map(loosely) : texts)
    const keys = loose ? [...byText.keys()].filter((key) => wanted.has(loosely(key))) : [...wanted]
    const [only, more] = keys
    if (only === undefined) return []
    if (more === undefined) return byText.get(only) ?? []
    return [...new Set(keys.flatMap((key) => byText.get(key) ?? []))].sort((a, b) => a - b)
  }

  private index(path: readonly string[]): ReadonlyMap<string, readonly number[]> {
    const key = path.join('.')
    const known = this.indexes.get(key)
    if (known !== undefined) return known
    const byText = new Map<string, number[]>()
    const leaves: unknown[] = []
    this.nodes.forEach((node, position) => {
      leaves.length = 0
      if (isNode(node))
        readLeaves(this.places, node.data, pathOf(node), { path, text: false, singleBelow: null }, 0, leaves)
      for (const leaf of leaves) addPosition(byText, leaf, position)
    })
    this.indexes.set(key, byText)
    return byText
  }

  /** Positions of the elements that are odd to any of the readings. */
  private oddFor(readings: readonly Reading[]): ReadonlySet<number> {
    const all = readings.map(keyOf).join(' ')
    const known = this.odd.get(all)
    if (known !== undefined) return known
    const odd = new Set(readings.flatMap((reading) => (isWithin(reading, readings) ? [] : [...this.oddTo(reading)])))
    this.odd.set(all, odd)
    return odd
  }

  private oddTo(reading: Reading): ReadonlySet<number> {
    const known = this.odd.get(keyOf(reading))
    if (known !== undefined) return known
    const odd = new Set<number>()
    this.nodes.forEach((node, position) => {
      if (!isNode(node) || !isJson(node) || !readLeaves(this.places, node.data, pathOf(node), reading, 0, []))
        odd.add(position)
    })
    this.odd.set(keyOf(reading), odd)
    return odd
  }
}

/** A code tells more elements apart than anything else that is asked for. */
const byPromise = (needs: readonly Need[]): Need[] =>
  [...needs].sort((a, b) => Number(b.path.at(-1) === 'code') - Number(a.path.at(-1) === 'code'))

/** Whether another reading goes through the places of this one. */
function isWithin({ path, text, singleBelow }: Reading, readings: readonly Reading[]): boolean {
  return (
    !text &&
    singleBelow === null &&
    readings.some((other) => other.path.length > path.length && path.every((name, at) => other.path[at] === name))
  )
}

function addPosition(byText: Map<string, number[]>, leaf: unknown, position: number): void {
  if (typeof leaf !== 'string') return
  const positions = byText.get(leaf)
  if (positions === undefined) byText.set(leaf, [position])
  else if (positions.at(-1) !== position) positions.push(position)
}

const keyOf = ({ path, text, singleBelow }: Reading): string =>
  `${path.join('.')}:${text ? 'text' : 'any'}:${String(singleBelow)}`

/** Below a node that the model does not know, it knows nothing: `?` is the name of no type. */
const pathOf = ({ path }: ResourceNode): string => path ?? '?'

/** Not a number, which fhirpath wraps, nor an element with extensions of its own. */
const isJson = ({ data, _data }: ResourceNode): boolean =>
  _data === null && (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) === Object.prototype)

/** Adds the ends of a path below a place; false where the data is odd, or not what the reading needs. */
function readLeaves(
  places: Places,
  data: unknown,
  path: string,
  reading: Reading,
  depth: number,
  leaves: unknown[],
): boolean {
  const name = reading.path[depth]
  if (name === undefined) {
    leaves.push(data)
    return !reading.text || isText(data, path)
  }
  const before = leaves.length
  const read = (child: unknown, at: string): boolean => readLeaves(places, child, at, reading, depth + 1, leaves)
  return places.visitChildren(data, path, name, read) && (reading.singleBelow !== depth || leaves.length - before < 2)
}
