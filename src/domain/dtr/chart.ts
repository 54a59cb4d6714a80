/**
 * The chart as population collects it: launch contexts, and every search made so far with the item that needed it first.
 * A search that has not been made is remembered as wanted; the caller makes it and adds what came.
 */
import type { ChartAccess, ChartSearch, SourceResource } from './expression.ts'
import type { FormModel } from './form-model.ts'

export interface WantedSearch {
  readonly query: string
  /** Link id of the item that needed it. */
  readonly neededBy: string
}

export class CollectedChart implements ChartAccess {
  private readonly contexts: ReadonlyMap<string, readonly SourceResource[]>
  private readonly searches = new Map<string, ChartSearch>()
  private readonly wanted = new Map<string, string>()
  /** Link id of the item being evaluated, for the access log. */
  neededBy = ''

  constructor(contexts: ReadonlyMap<string, readonly SourceResource[]>) {
    this.contexts = contexts
  }

  value(key: string): readonly unknown[] | undefined {
    return this.contexts.get(key)
  }

  search(query: string): ChartSearch | undefined {
    if (query === '') return undefined
    const known = this.searches.get(query)
    if (known === undefined && !this.wanted.has(query)) this.wanted.set(query, this.neededBy)
    return known
  }

  takeWanted(): WantedSearch[] {
    const taken = [...this.wanted].map(([query, neededBy]) => ({ query, neededBy }))
    this.wanted.clear()
    return taken
  }

  add(search: ChartSearch): void {
    this.searches.set(search.query, search)
  }

  made(): number {
    return this.searches.size
  }
}

/** What a launch offers to a form: its resources, by the names that SDC gives them where it gives any. */
export interface LaunchResources {
  readonly patient: SourceResource
  readonly user: SourceResource | null
  readonly encounter: SourceResource | null
  readonly location: SourceResource | null
  readonly coverage: SourceResource
  readonly orders: readonly SourceResource[]
  /** Whatever else the orders name: requester, organization, medication. */
  readonly related: readonly SourceResource[]
}

/**
 * Gives the launch contexts that a form declares: by name first (patient, user, encounter, location, coverage), else all
 * resources of a declared type. Several orders of one type are all given: an expression sees a collection, and no last one
 * wins. What nothing fits stays an empty collection.
 */
export function bindLaunchContexts(
  model: FormModel,
  launch: LaunchResources,
): ReadonlyMap<string, readonly SourceResource[]> {
  const named: Readonly<Record<string, SourceResource | null>> = {
    patient: launch.patient,
    user: launch.user,
    encounter: launch.encounter,
    location: launch.location,
    coverage: launch.coverage,
  }
  const pool = [...launch.orders, launch.coverage, ...Object.values(named), ...launch.related]
  const bound = new Map<string, readonly SourceResource[]>()
  for (const { name, types } of model.launchContexts) {
    const own = named[name]
    const fits = (resource: SourceResource | null): resource is SourceResource =>
      resource !== null && types.includes(resource.resourceType)
    const byType = [...new Set(pool.filter(fits))]
    const fitting = own !== undefined && own !== null && (types.length === 0 || fits(own)) ? [own] : byType
    bound.set(name, own === null ? [] : fitting)
  }
  for (const [name, resource] of Object.entries(named))
    if (!bound.has(name) && resource !== null) bound.set(name, [resource])
  return bound
}
