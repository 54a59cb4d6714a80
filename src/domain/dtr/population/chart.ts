/**
 * The chart as population collects it: launch contexts, and every search and CQL evaluation made so far with the item that
 * needed it first. What has not been made is remembered as wanted; the caller makes it and adds what came.
 */
import type { Expression } from 'fhir/r4'
import { listReferences, normalizeReference, referenceTo } from '../../fhir/reference.ts'
import { err, message, ok, type Result } from '../../result.ts'
import { cqlIdOf } from '../cql/language.ts'
import type { CqlEvaluation, CqlFinding, CqlPlan, CqlPlanner, WantedEvaluation } from '../cql/evaluation.ts'
import { narrowerSearch } from '../cql/search.ts'
import type { ChartAccess, ChartSearch, SourceResource } from '../expression/expression.ts'
import type { FormModel } from '../form/form-model.ts'
import type { Absence } from '../form/scope.ts'

export interface WantedSearch {
  readonly query: string
  /** Link id of the item that needed it. */
  readonly neededBy: string
}

export class CollectedChart implements ChartAccess {
  private readonly contexts: ReadonlyMap<string, readonly SourceResource[]>
  private readonly engine: CqlAtHand | null
  private readonly searches = new Map<string, ChartSearch>()
  private readonly wanted = new Map<string, string>()
  private readonly evaluations = new Map<string, CqlEvaluation>()
  private readonly wantedEvaluations = new Map<string, WantedEvaluation>()
  private readonly asked = new Set<string>()
  private neededBy = ''
  /** All that was launched with or found, by reference. */
  private readonly resources = new Map<string, SourceResource>()

  constructor(contexts: ReadonlyMap<string, readonly SourceResource[]>, engine: CqlAtHand | null = null) {
    this.contexts = contexts
    this.engine = engine
    this.hold([...[...contexts.values()].flat(), ...(engine?.launched ?? [])])
  }

  value(key: string): readonly unknown[] | undefined {
    return this.contexts.get(key)
  }

  held(reference: string): SourceResource | undefined {
    return this.resources.get(reference)
  }

  private hold(resources: readonly SourceResource[]): void {
    for (const resource of resources) {
      const reference = referenceTo(resource)
      if (reference !== undefined && !this.resources.has(reference)) this.resources.set(reference, resource)
    }
  }

  askFor(linkId: string): void {
    this.neededBy = linkId
  }

  search(query: string): ChartSearch | undefined {
    if (query === '') return undefined
    const known = this.searches.get(query)
    if (known === undefined && !this.wanted.has(query)) this.wanted.set(query, this.neededBy)
    return known
  }

  /** Wants the searches of an expression first, and its evaluation when all have come. */
  cql(expression: Expression): Result<CqlFinding, Absence> {
    const plan = this.engine?.planner.plan(expression)
    if (plan === undefined) {
      const text = message('form.lookup.unsupported-language', { language: expression.language ?? '?' })
      return err({ reason: 'failed', message: text, queries: [] })
    }
    if (!plan.ok) return err({ reason: 'failed', message: plan.error, queries: [] })
    const gathered = this.gather(plan.value)
    return gathered.ok ? this.evaluated(expression, plan.value, gathered.value) : gathered
  }

  /** A search that failed fails the expression; a referenced resource that cannot be read leaves it incomplete. */
  private gather({ searches, referenced }: CqlPlan): Result<Gathered, Absence> {
    const queries = searches.map((query) => this.orNarrower(query))
    const made = queries.map((query) => this.search(query))
    const open = queries.filter((_query, index) => made[index] === undefined)
    if (open.length > 0) return err({ reason: 'pending', queries: open })
    const failed = made.find((search) => search?.bundle === null)
    if (failed !== undefined) {
      const text = message('form.lookup.search-failed', { reason: failed.failure ?? '' })
      return err({ reason: 'failed', message: text, queries: [failed.query] })
    }
    const found = made.flatMap((search) => resourcesOf(search?.bundle ?? null))
    const reads = referenced.length === 0 ? { resources: [], isPartial: false } : this.follow(referenced, found)
    if (Array.isArray(reads)) return err({ reason: 'pending', queries: reads })
    return ok({
      resources: [...found, ...reads.resources],
      queries,
      partial:
        reads.isPartial ||
        made.some((search) => search?.complete === false) ||
        queries.some((query, index) => query !== searches[index]),
    })
  }

  /** What is searched for in place of a search that was refused. */
  private orNarrower(query: string): string {
    return this.searches.get(query)?.bundle === null ? (narrowerSearch(query) ?? query) : query
  }

  /** Reads what leads out of the compartment, and what that leads to in turn; the reads still to be made, if any. */
  private follow(
    types: readonly string[],
    found: readonly SourceResource[],
  ): string[] | { resources: SourceResource[]; isPartial: boolean } {
    const launched = this.engine?.launched ?? []
    const resources = launched.filter(({ resourceType }) => types.includes(resourceType))
    const seen = new Set<string>(launched.map((resource) => referenceTo(resource) ?? ''))
    const open: string[] = []
    let isPartial = false
    const anchors = found.filter(({ resourceType }) => LEADING_OUT.has(resourceType))
    for (let edge: readonly SourceResource[] = [...launched, ...anchors]; edge.length > 0;) {
      const read: SourceResource[] = []
      for (const reference of edge.flatMap((resource) => readableReferences(resource, types))) {
        if (seen.has(reference)) continue
        seen.add(reference)
        const search = this.search(reference)
        if (search === undefined) open.push(reference)
        else if (search.bundle === null) isPartial = true
        else read.push(search.bundle as SourceResource)
      }
      resources.push(...read)
      edge = read
    }
    return open.length > 0 ? open : { resources, isPartial }
  }

  private evaluated(expression: Expression, plan: CqlPlan, gathered: Gathered): Result<CqlFinding, Absence> {
    const id = cqlIdOf(expression)
    const { queries, partial, resources } = gathered
    const known = this.evaluations.get(id)
    if (known === undefined) {
      if (!this.asked.has(id)) this.wantedEvaluations.set(id, { id, expression, neededBy: this.neededBy, resources })
      this.asked.add(id)
      return err({ reason: 'pending', queries })
    }
    if (!known.result.ok) return err({ reason: 'failed', message: known.result.error, queries })
    const { values, sources, computed } = known.result.value
    const raw = values.map(({ value }) => value)
    return ok({ values, sources, computed, raw, queries, partial, foundBy: plan.foundBy ?? expression.name ?? null })
  }

  takeWanted(): WantedSearch[] {
    const taken = [...this.wanted].map(([query, neededBy]) => ({ query, neededBy }))
    this.wanted.clear()
    return taken
  }

  takeWantedEvaluations(): WantedEvaluation[] {
    const taken = [...this.wantedEvaluations.values()]
    this.wantedEvaluations.clear()
    return taken
  }

  add(search: ChartSearch): void {
    this.searches.set(search.query, search)
    this.hold(resourcesOf(search.bundle))
  }

  addEvaluation(evaluation: CqlEvaluation): void {
    this.evaluations.set(evaluation.id, evaluation)
  }

  made(): number {
    return this.searches.size
  }
}

/** What CQL needs besides the searches: who knows the libraries, and what the launch brought. */
export interface CqlAtHand {
  readonly planner: CqlPlanner
  readonly launched: readonly SourceResource[]
}

interface Gathered {
  readonly resources: readonly SourceResource[]
  readonly queries: readonly string[]
  readonly partial: boolean
}

/** From these, references are followed out of the compartment; from results by the thousand they are not (DTR sec-3). */
const LEADING_OUT: ReadonlySet<string> = new Set([
  'Encounter',
  'Coverage',
  'ServiceRequest',
  'DeviceRequest',
  'MedicationRequest',
  'MedicationStatement',
  'NutritionOrder',
  'CommunicationRequest',
  'VisionPrescription',
  'SupplyRequest',
  'Appointment',
])

function readableReferences(resource: SourceResource, types: readonly string[]): string[] {
  return listReferences(resource, '')
    .map(({ reference }) => normalizeReference(reference))
    .filter(
      (reference) =>
        types.includes(reference.split('/')[0] ?? '') && /^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(reference),
    )
}

/** The resources of a searchset, or the one resource that was read. */
function resourcesOf(bundle: object | null): SourceResource[] {
  const resource = bundle as (SourceResource & { entry?: { resource?: SourceResource }[] }) | null
  if (resource === null) return []
  if (resource.resourceType !== 'Bundle') return [resource]
  return (resource.entry ?? []).flatMap(({ resource: found }) => found ?? [])
}

/** All that a launch offers, once each. */
export function listLaunched({ patient, user, encounter, location, coverage, orders, related }: LaunchResources) {
  const all = [patient, ...orders, coverage, encounter, user, location, ...related]
  return [...new Set(all.filter((resource) => resource !== null))]
}

/** What a launch offers to a form: its resources, by the names that SDC gives them where it gives any. */
export interface LaunchResources {
  readonly patient: SourceResource | null
  readonly user: SourceResource | null
  readonly encounter: SourceResource | null
  readonly location: SourceResource | null
  readonly coverage: SourceResource | null
  readonly orders: readonly SourceResource[]
  /** Whatever else the orders name: requester, organization, medication. */
  readonly related: readonly SourceResource[]
}

/**
 * Gives the launch contexts that a form declares: by name first (patient, user, encounter, location, coverage), else all
 * resources of a declared type. Several orders of one type are all given: an expression sees a collection, and no last one
 * wins, unless the form says that it takes one alone. What nothing fits stays an empty collection.
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
  for (const { name, types, multiplesAllowed } of model.launchContexts) {
    const own = named[name]
    const fits = (resource: SourceResource | null): resource is SourceResource =>
      resource !== null && types.includes(resource.resourceType)
    const byType = [...new Set(pool.filter(fits))]
    const fitting = own !== undefined && own !== null && (types.length === 0 || fits(own)) ? [own] : byType
    // SDC 4: one resource is asked for, and none of several is picked. What reads it says so (`scope.ts`).
    if (multiplesAllowed === false && fitting.length > 1) continue
    bound.set(name, own === null ? [] : fitting)
  }
  for (const [name, resource] of Object.entries(named))
    if (!bound.has(name) && resource !== null) bound.set(name, [resource])
  return bound
}
