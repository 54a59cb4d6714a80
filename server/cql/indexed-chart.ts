/**
 * The chart as cql-execution asks for it, for all libraries of a form: by type, and within a type by code. A retrieve with
 * codes is given only what holds one of them, in chart order; the engine still judges each, so that the index can only
 * leave out what it would have refused.
 */
import type { FhirElement } from './fhir-element.ts'
import { wrapFhir } from './fhir-element.ts'
import { fhirModel } from './fhir-types.ts'

interface RetrieveDetails {
  readonly datatype: string
  readonly codeProperty?: string
  readonly codes?: unknown
}

interface Kept {
  readonly element: FhirElement
  readonly json: Readonly<Record<string, unknown>>
}

interface TypeShelf {
  readonly all: Kept[]
  /** Per code element: positions in `all` by code. Dropped when something is added. */
  readonly byCode: Map<string, Map<string, number[]>>
}

export class IndexedChart {
  private readonly shelves = new Map<string, TypeShelf>()
  private readonly known = new Map<string, FhirElement>()

  /** Adds resources; one that is here already, by type and id, is not added again. Gives the elements of all. */
  add(resources: readonly object[]): FhirElement[] {
    return resources.map((resource) => {
      const { resourceType, id } = resource as { resourceType: string; id?: string }
      const key = `${resourceType}/${id ?? ''}`
      const there = id === undefined ? undefined : this.known.get(key)
      if (there !== undefined) return there
      const element = wrapFhir(resource)
      if (id !== undefined) this.known.set(key, element)
      const shelf: TypeShelf = this.shelves.get(resourceType) ?? { all: [], byCode: new Map() }
      this.shelves.set(resourceType, shelf)
      shelf.all.push({ element, json: resource as Kept['json'] })
      shelf.byCode.clear()
      return element
    })
  }

  /** What cql-execution calls for each Retrieve. */
  findRecords(profile: string, details?: RetrieveDetails): FhirElement[] {
    const info = fhirModel().findClass(details?.datatype ?? profile)
    const shelf = info === undefined ? undefined : this.shelves.get(info.name.replace(/^FHIR\./, ''))
    if (shelf === undefined) return []
    const codes = details?.codeProperty === undefined ? undefined : codesOf(details.codes)
    if (codes === undefined || details?.codeProperty === undefined) return shelf.all.map(({ element }) => element)
    const index = indexOf(shelf, details.codeProperty)
    const positions = new Set(codes.flatMap((code) => index.get(code) ?? []))
    return [...positions].sort((a, b) => a - b).flatMap((position) => shelf.all[position]?.element ?? [])
  }
}

/** The codes that a retrieve looks for; undefined where they are of a shape that is not indexed. */
function codesOf(codes: unknown): string[] | undefined {
  const list: unknown = Array.isArray(codes) ? codes : (codes as { codes?: unknown } | undefined)?.codes
  if (!Array.isArray(list)) return undefined
  const found: string[] = []
  for (const one of list as { code?: unknown; codes?: unknown }[]) {
    const inner = Array.isArray(one?.codes) ? (one.codes as { code?: unknown }[]) : [one]
    for (const { code } of inner) {
      if (typeof code !== 'string') return undefined
      found.push(code)
    }
  }
  return found
}

function indexOf(shelf: TypeShelf, property: string): ReadonlyMap<string, readonly number[]> {
  const known = shelf.byCode.get(property)
  if (known !== undefined) return known
  const index = new Map<string, number[]>()
  shelf.all.forEach(({ json }, position) => {
    for (const [name, value] of Object.entries(json))
      if (name.startsWith(property))
        for (const code of codesIn(value)) {
          const positions = index.get(code)
          if (positions === undefined) index.set(code, [position])
          else if (positions.at(-1) !== position) positions.push(position)
        }
  })
  shelf.byCode.set(property, index)
  return index
}

/** Every code in a code, Coding, CodeableConcept or list of them. */
function codesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(codesIn)
  if (typeof value !== 'object' || value === null) return []
  const { code, coding } = value as { code?: unknown; coding?: unknown }
  return [...(typeof code === 'string' ? [code] : []), ...codesIn(coding)]
}
