/**
 * Elements of one immutable collection (all resources of a search, say) and what `where` lets through of them, answered
 * from a token index where it can be: the elements by the texts at the end of a path, in their order, built when first
 * asked for. What a criterion lets through is itself a collection and is kept, so that expressions share it.
 */
import { surveyElements, type Survey, type TextIndex } from './element-survey.ts'
import type { Places } from './fhir-places.ts'
import { loosely, type Criterion, type Need, type Reading } from './fhirpath-criterion.ts'
import { isNode, pathOf, type ResourceNode } from './resource-node.ts'

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

const NOTHING: TextIndex = new Map()

export class NodeCollection {
  /** fhirpath's nodes; a value that was computed has none, and then there is no index either. */
  readonly nodes: readonly unknown[]
  private readonly areNodes: boolean
  private readonly places: Places
  /** By what is read, and then by whether its texts are indexed. */
  private readonly surveys = new Map<string, Survey>()
  /** Positions of elements that fhirpath must judge, by all that is read of them. */
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
    const odd = this.oddFor(criterion)
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

  private index(path: readonly string[]): TextIndex {
    const reading = { path, text: true, singleBelow: null }
    this.survey([reading], path)
    return this.surveys.get(keyOf(reading))?.byText ?? NOTHING
  }

  /** Positions of the elements that are odd to any of the readings. */
  private oddFor({ readings, needs }: Criterion): ReadonlySet<number> {
    const all = readings.map(keyOf).join(' ')
    const known = this.odd.get(all)
    if (known !== undefined) return known
    const asked = readings.filter((reading) => !isWithin(reading, readings))
    this.survey(asked, byPromise(needs)[0]?.path ?? null)
    const odd = new Set(asked.flatMap((reading) => [...(this.surveys.get(keyOf(reading))?.odd ?? [])]))
    this.odd.set(all, odd)
    return odd
  }

  /** One walk for all that is not known yet; texts at the end of the indexed path are wanted, too. */
  private survey(readings: readonly Reading[], indexed: readonly string[] | null): void {
    const isIndexed = ({ path, text, singleBelow }: Reading): boolean =>
      text && singleBelow === null && path.join('.') === indexed?.join('.')
    const missing = new Map<string, Reading>()
    for (const reading of readings) {
      const known = this.surveys.get(keyOf(reading))
      if (known === undefined || (known.byText === null && isIndexed(reading))) missing.set(keyOf(reading), reading)
    }
    if (missing.size === 0) return
    const made = surveyElements(this.nodes, this.places, [...missing.values()], isIndexed)
    for (const [at, key] of [...missing.keys()].entries()) {
      const survey = made[at]
      if (survey !== undefined) this.surveys.set(key, survey)
    }
  }
}

/** A code tells more elements apart than anything else that is asked for, unless it is one that most of them share. */
const byPromise = (needs: readonly Need[]): Need[] =>
  [...needs].sort((a, b) => Number(isTelling(b)) - Number(isTelling(a)))

const isTelling = ({ path }: Need): boolean =>
  path.at(-1) === 'code' && !path.some((name) => /status|category/i.test(name))

/** Whether another reading goes through the places of this one. */
function isWithin({ path, text, singleBelow }: Reading, readings: readonly Reading[]): boolean {
  return (
    !text &&
    singleBelow === null &&
    readings.some((other) => other.path.length > path.length && path.every((name, at) => other.path[at] === name))
  )
}

const keyOf = ({ path, text, singleBelow }: Reading): string =>
  `${path.join('.')}:${text ? 'text' : 'any'}:${String(singleBelow)}`
