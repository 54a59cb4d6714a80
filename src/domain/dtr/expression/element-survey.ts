/**
 * One walk over all elements of a collection for several readings at once: readings that begin alike go together. It tells
 * which elements are odd to which reading, and indexes the elements by the texts at the end of a path.
 */
import type { Places, Visit } from './fhir-places.ts'
import { isText, type Reading } from './fhirpath-criterion.ts'
import { isJson, isNode, pathOf } from './resource-node.ts'

/** Positions of elements, in order, by the texts at the end of a path. */
export type TextIndex = ReadonlyMap<string, readonly number[]>

/** What the end of one or more readings learns of the elements. */
class End {
  readonly reading: Reading
  readonly odd = new Set<number>()
  readonly byText: Map<string, number[]> | null
  /** Ends seen so far, in all elements. */
  count = 0

  constructor(reading: Reading, indexed: boolean) {
    this.reading = reading
    this.byText = indexed ? new Map() : null
  }

  see(data: unknown, path: string, position: number): void {
    this.count += 1
    if (this.reading.text && !isText(data, path)) this.odd.add(position)
    if (this.byText !== null && typeof data === 'string') addPosition(this.byText, data, position)
  }
}

function addPosition(byText: Map<string, number[]>, text: string, position: number): void {
  const positions = byText.get(text)
  if (positions === undefined) byText.set(text, [position])
  else if (positions.at(-1) !== position) positions.push(position)
}

/**
 * A place on the way of readings: what ends here, and where it goes on. It is read for every resource of a chart, so its
 * loops make no iterators and no closures: those would be most of the garbage of a population.
 */
class Stop {
  readonly name: string
  /** The ends at this stop and behind it. */
  readonly ends: End[] = []
  private readonly own: End[] = []
  private readonly next: Stop[] = []
  /** Ends of which there may be one at most below an element of this stop. */
  private readonly single: End[] = []
  private readonly depth: number
  private readonly walk: SurveyWalk
  /** It never ends the walk: an element odd to one reading may suit another. */
  readonly visit: Visit = (data, path) => {
    this.read(data, path)
    return true
  }

  constructor(walk: SurveyWalk, name: string, depth: number) {
    this.name = name
    this.walk = walk
    this.depth = depth
  }

  add(end: End): void {
    this.ends.push(end)
    const { path, singleBelow } = end.reading
    const name = path[this.depth]
    if (name === undefined) return void this.own.push(end)
    if (singleBelow === this.depth) this.single.push(end)
    const known = this.next.find((stop) => stop.name === name)
    const stop = known ?? new Stop(this.walk, name, this.depth + 1)
    if (known === undefined) this.next.push(stop)
    stop.add(end)
  }

  read(data: unknown, path: string): void {
    const { walk, own, next, single } = this
    for (let at = 0; at < own.length; at += 1) own[at]?.see(data, path, walk.position)
    const before = single.length === 0 ? null : single.map(({ count }) => count)
    for (let at = 0; at < next.length; at += 1) {
      const stop = next[at]
      if (stop !== undefined && !walk.places.visitChildren(data, path, stop.name, stop.visit)) walk.markOdd(stop.ends)
    }
    if (before !== null) walk.markOdd(single.filter(({ count }, at) => count - (before[at] ?? 0) > 1))
  }
}

class SurveyWalk {
  readonly places: Places
  position = 0

  constructor(places: Places) {
    this.places = places
  }

  markOdd(ends: readonly End[]): void {
    for (const { odd } of ends) odd.add(this.position)
  }
}

export interface Survey {
  /** Positions that fhirpath must judge. */
  readonly odd: ReadonlySet<number>
  /** An odd element may lack some of its texts; it is a candidate anyway. Null where the reading was not to be indexed. */
  readonly byText: TextIndex | null
}

/**
 * @param nodes elements; one that JSON does not tell of is odd to every reading
 * @param isIndexed whether a reading's texts are indexed
 * @returns a survey for each reading, in their order
 */
export function surveyElements(
  nodes: readonly unknown[],
  places: Places,
  readings: readonly Reading[],
  isIndexed: (reading: Reading) => boolean,
): Survey[] {
  const walk = new SurveyWalk(places)
  const start = new Stop(walk, '', 0)
  const ends = readings.map((reading) => new End(reading, isIndexed(reading)))
  ends.forEach((end) => start.add(end))
  nodes.forEach((node, position) => {
    walk.position = position
    if (isNode(node) && isJson(node)) start.read(node.data, pathOf(node))
    else walk.markOdd(ends)
  })
  return ends
}
