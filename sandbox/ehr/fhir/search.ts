/**
 * A FHIR search, from query string to searchset Bundle (R4 search §3.1.1): strict about what it does not implement, paged,
 * with `_include` and `_revinclude` of the parameters that are references. What the caller may see is decided outside.
 */
import type { Bundle, BundleEntry } from 'fhir/r4'
import { err, ok, type Result } from '#domain/result.ts'
import { readPath, readPatientId, readText, toReference, type StoredResource } from '../resource.ts'
import { buildMatcher, readDateRange, type CriterionFault, type Matcher } from './search-matching.ts'
import { isInPatientCompartment, readSearchParameters, type SearchParameter } from './search-parameters.ts'
import type { ResourceStore } from '../store.ts'

const DEFAULT_COUNT = 50
const MAX_COUNT = 250

export interface SearchRequest {
  readonly type: string
  readonly query: URLSearchParams
  readonly store: ResourceStore
  /** FHIR base URL of the server. */
  readonly baseUrl: string
  /** `Prefer: handling=lenient` ignores what is not implemented and leaves it out of the self link. */
  readonly lenient: boolean
  /** The one patient a `patient/` scope is bound to, or null. */
  readonly patientId: string | null
  /** Whether the caller may see resources of a type (for what `_include` brings in). */
  readonly mayRead: (type: string) => boolean
}

interface SearchPlan {
  readonly matchers: readonly Matcher[]
  readonly sort: readonly { readonly parameter: SearchParameter; readonly descending: boolean }[]
  readonly includes: readonly Include[]
  readonly count: number
  readonly offset: number
  readonly totalOnly: boolean
  /** What was understood, for the self link. */
  readonly used: readonly (readonly [string, string])[]
}

interface Include {
  readonly reverse: boolean
  readonly source: string
  readonly parameter: SearchParameter
  readonly target: string | undefined
}

/** Why a search is refused: one sentence for each fault. */
export interface SearchFault {
  readonly texts: readonly [string, ...string[]]
}

/** Runs a search. Fails with every fault of the query at once; an unknown type is the caller's to refuse. */
export function runSearch(request: SearchRequest): Result<Bundle, SearchFault> {
  const plan = parseQuery(request)
  if (!plan.ok) return plan
  const { matchers, sort, count, offset, totalOnly } = plan.value
  const compartment = isInPatientCompartment(request.type) ? (request.patientId ?? undefined) : undefined
  const pool =
    request.type === 'Patient' && compartment !== undefined
      ? [request.store.read('Patient', compartment)].filter((found) => found !== undefined)
      : request.store.list(request.type, compartment)
  const matches = pool.filter((resource) => matchers.every((matches) => matches(resource)))
  const sorted = sort.length === 0 ? matches : [...matches].sort((a, b) => compareBy(sort, a, b))
  const page = totalOnly ? [] : sorted.slice(offset, offset + count)
  return ok(toBundle(request, plan.value, matches.length, page))
}

function toBundle(request: SearchRequest, plan: SearchPlan, total: number, page: readonly StoredResource[]): Bundle {
  const link = (offset: number): string => {
    const query = new URLSearchParams(plan.used.map(([name, value]) => [name, value]))
    if (offset > 0) query.set('_offset', String(offset))
    const text = query.toString()
    return `${request.baseUrl}/${request.type}${text === '' ? '' : `?${text}`}`
  }
  const entry =
    (mode: 'match' | 'include') =>
    (resource: StoredResource): BundleEntry => ({
      fullUrl: `${request.baseUrl}/${toReference(resource)}`,
      resource: resource,
      search: { mode },
    })
  const entries = [...page.map(entry('match')), ...listIncluded(request, plan.includes, page).map(entry('include'))]
  const next = plan.offset + page.length
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [
      { relation: 'self', url: link(plan.offset) },
      ...(page.length > 0 && next < total ? [{ relation: 'next', url: link(next) }] : []),
      ...(plan.offset > 0 ? [{ relation: 'previous', url: link(Math.max(0, plan.offset - plan.count)) }] : []),
    ],
    ...(entries.length === 0 ? {} : { entry: entries }),
  }
}

/** Everything a query asks for, with every fault named. */
function parseQuery(request: SearchRequest): Result<SearchPlan, SearchFault> {
  const parameters = readSearchParameters(request.type) ?? {}
  const plan: PlanDraft = {
    matchers: [],
    sort: [],
    includes: [],
    count: DEFAULT_COUNT,
    offset: 0,
    totalOnly: false,
    used: [],
  }
  const faults: string[] = []
  for (const [key, value] of request.query) {
    const [name = '', modifier = null] = key.split(':')
    const parameter = parameters[name]
    const problem =
      parameter === undefined
        ? readControl(plan, name, value, parameters)
        : readCriterion(plan, buildMatcher(parameter, name, modifier, value, request.baseUrl))
    if (problem === null) {
      if (name !== '_offset') plan.used.push([key, value])
    }
    // A known parameter with a value that makes no sense is an error however lenient the caller is.
    else if (parameter !== undefined || !request.lenient) faults.push(problem)
  }
  const [first, ...rest] = faults
  return first === undefined ? ok(plan) : err({ texts: [first, ...rest] })
}

/** A plan while its query is read; nobody else sees it. */
interface PlanDraft extends SearchPlan {
  readonly matchers: Matcher[]
  readonly includes: Include[]
  readonly used: [string, string][]
  sort: SearchPlan['sort']
  count: number
  offset: number
  totalOnly: boolean
}

function readCriterion(plan: PlanDraft, matcher: Result<Matcher, CriterionFault>): string | null {
  if (!matcher.ok) return matcher.error.text
  plan.matchers.push(matcher.value)
  return null
}

/** Takes a result parameter (`_count`, `_sort`, …) into the plan; the fault, or null. */
function readControl(
  plan: PlanDraft,
  name: string,
  value: string,
  parameters: Readonly<Record<string, SearchParameter>>,
): string | null {
  const unsupported = `${name}=${value} is not supported`
  switch (name) {
    case '_count':
    case '_offset':
      if (!/^\d+$/.test(value)) return unsupported
      if (name === '_offset') plan.offset = Number(value)
      else plan.count = Math.min(Number(value), MAX_COUNT)
      plan.totalOnly ||= name === '_count' && value === '0'
      return null
    case '_summary':
      plan.totalOnly = value === 'count'
      return plan.totalOnly ? null : unsupported
    case '_total':
      return null
    case '_format':
      return value.includes('json') ? null : unsupported
    case '_sort': {
      const sort = parseSort(value, parameters)
      if (sort === undefined) return unsupported
      plan.sort = sort
      return null
    }
    case '_include':
    case '_revinclude': {
      const include = parseInclude(name, value)
      if (include === undefined) return unsupported
      plan.includes.push(include)
      return null
    }
    default:
      return `there is no search parameter ${name} here`
  }
}

function parseSort(
  value: string,
  parameters: Readonly<Record<string, SearchParameter>>,
): SearchPlan['sort'] | undefined {
  const keys = value.split(',').map((key) => ({
    parameter: parameters[key.replace(/^-/, '')],
    descending: key.startsWith('-'),
  }))
  return keys.every((key): key is { parameter: SearchParameter; descending: boolean } => key.parameter !== undefined)
    ? keys
    : undefined
}

/** `Type:parameter[:Target]`. */
function parseInclude(name: string, value: string): Include | undefined {
  const [source = '', parameterName = '', target] = value.split(':')
  const parameter = readSearchParameters(source)?.[parameterName]
  return parameter?.kind === 'reference' ? { reverse: name === '_revinclude', source, parameter, target } : undefined
}

function compareBy(keys: SearchPlan['sort'], a: StoredResource, b: StoredResource): number {
  for (const { parameter, descending } of keys) {
    const order = compareKeys(readSortKey(parameter, a), readSortKey(parameter, b), descending)
    if (order !== 0) return order
  }
  return 0
}

/** Resources without the element come last, whichever way the sort goes. */
function compareKeys(a: number | string | undefined, b: number | string | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  const order = a < b ? -1 : a > b ? 1 : 0
  return descending ? -order : order
}

function readSortKey(parameter: SearchParameter, resource: StoredResource): number | string | undefined {
  for (const path of parameter.paths) {
    const [value] = readPath(resource, path)
    if (value === undefined) continue
    if (parameter.kind === 'date') return readDateRange(value)?.[0]
    return typeof value === 'string'
      ? value.toLowerCase()
      : (readText(value, 'coding.code') ?? readText(value, 'value') ?? readText(value, 'reference'))
  }
  return undefined
}

function listIncluded(
  request: SearchRequest,
  includes: readonly Include[],
  page: readonly StoredResource[],
): readonly StoredResource[] {
  const seen = new Set(page.map(toReference))
  const found: StoredResource[] = []
  // An included resource may itself be the source of another include (`_include:iterate`): two rounds reach all of ours.
  let round = page
  for (let depth = 0; depth < 2 && round.length > 0; depth++) {
    const fresh = includes
      .flatMap((include) =>
        include.reverse ? listReferring(request, include, round) : listReferred(request, include, round),
      )
      .filter((resource) => isVisible(request, resource) && !seen.has(toReference(resource)))
    const unique = [...new Map(fresh.map((resource) => [toReference(resource), resource])).values()]
    unique.forEach((resource) => seen.add(toReference(resource)))
    found.push(...unique)
    round = unique
  }
  return found
}

/** An include must not reach into another patient's chart. */
function isVisible(request: SearchRequest, resource: StoredResource): boolean {
  const owner = readPatientId(resource)
  const isOwn = request.patientId === null || owner === undefined || owner === request.patientId
  return isOwn && request.mayRead(resource.resourceType)
}

function listReferred(
  request: SearchRequest,
  include: Include,
  from: readonly StoredResource[],
): readonly StoredResource[] {
  return from
    .filter((resource) => resource.resourceType === include.source)
    .flatMap((resource) => include.parameter.paths.flatMap((path) => readPath(resource, `${path}.reference`)))
    .flatMap((reference) => {
      const [type = '', id = ''] = typeof reference === 'string' ? reference.split('/') : []
      const target = include.target === undefined || include.target === type ? request.store.read(type, id) : undefined
      return target === undefined ? [] : [target]
    })
}

function listReferring(
  request: SearchRequest,
  include: Include,
  to: readonly StoredResource[],
): readonly StoredResource[] {
  const wanted = new Set(to.map(toReference))
  return request.store
    .list(include.source, request.patientId ?? undefined)
    .filter((resource) =>
      include.parameter.paths
        .flatMap((path) => readPath(resource, `${path}.reference`))
        .some((reference) => typeof reference === 'string' && wanted.has(reference)),
    )
}
