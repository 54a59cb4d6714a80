/**
 * A FHIR search (R4) over resources in memory: the parameters that questionnaires use, with modifiers, prefixes, comma for
 * or, chains, `_sort`, `_include`. What is not understood fails the search and says what: a search that ignored it would
 * find too much and look right.
 */
import type { FhirResource } from 'fhir/r4'
import { err, ok, type Failure, type Result } from '../result.ts'
import { readFirst } from './first-matches.ts'
import {
  isReadable,
  isReferenceTo,
  matches,
  spanOfElement,
  splitEscaped,
  valuesAt,
  type Comparison,
} from './search-match.ts'
import { searchParametersOf, type SearchParameter } from './search-parameters.ts'

/** The resources of a chart with the URLs that they are known by. */
export interface SearchableEntry {
  readonly fullUrl: string | undefined
  readonly resource: FhirResource
}

export type SearchFailure = Failure<'unknown-type' | 'unknown-parameter' | 'unknown-modifier' | 'unreadable-value'>

/** Parameters that say how the answer is handed over; the whole answer is given here anyway, or the first that are wanted. */
const ABOUT_THE_ANSWER = new Set(['_count', '_format', '_total', '_pretty'])
const ORDERED = new Set(['_sort', '_include', '_revinclude'])

type Test = (resource: FhirResource) => boolean

/** Searches. Gives the matches in their order in the chart or as `_sort` says, then what is included with them. */
export function search(
  chart: readonly SearchableEntry[],
  resourceType: string,
  parameters: string,
): Result<readonly FhirResource[], SearchFailure> {
  const pairs = readPairs(parameters)
  const tests: Test[] = []
  for (const [name, value] of pairs.filter(([name]) => !ABOUT_THE_ANSWER.has(name) && !ORDERED.has(nameOf(name)))) {
    const test = readTest(chart, resourceType, name, value)
    if (!test.ok) return test
    tests.push(test.value)
  }
  if (searchParametersOf(resourceType) === undefined)
    return err({ reason: 'unknown-type', params: { type: resourceType } })
  const found = chart
    .map(({ resource }) => resource)
    .filter((resource) => resource.resourceType === resourceType && tests.every((test) => test(resource)))
  const sorted = sort(found, resourceType, pairs)
  return sorted.ok ? include(chart, sorted.value.slice(0, readFirst(parameters) ?? undefined), pairs) : sorted
}

const nameOf = (name: string): string => name.split(':')[0] ?? name

/** A `+` stays what it is: forms write times with an offset and do not escape it. */
function readPairs(parameters: string): [string, string][] {
  return parameters
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
      return [decode(name), decode(value)]
    })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function readTest(
  chart: readonly SearchableEntry[],
  resourceType: string,
  written: string,
  value: string,
): Result<Test, SearchFailure> {
  const table = searchParametersOf(resourceType)
  if (table === undefined) return err({ reason: 'unknown-type', params: { type: resourceType } })
  const [head = '', ...rest] = written.split('.')
  const [name = '', modifier] = head.split(':')
  const parameter = table.get(name)
  if (parameter === undefined) return err({ reason: 'unknown-parameter', params: { type: resourceType, name } })
  if (parameter.kind === 'reference' && (rest.length > 0 || (modifier !== undefined && /^[A-Z]/.test(modifier))))
    return readReference(chart, parameter, modifier ?? null, rest.join('.'), value)
  if (rest.length > 0) return err({ reason: 'unknown-parameter', params: { type: resourceType, name: written } })
  return readOwn(parameter, written, modifier ?? null, value)
}

const elementsOf = (resource: FhirResource, { elements }: SearchParameter): unknown[] =>
  elements.flatMap((element) => valuesAt(resource, element))

function readOwn(
  parameter: SearchParameter,
  written: string,
  modifier: string | null,
  value: string,
): Result<Test, SearchFailure> {
  if (modifier === 'missing') {
    const isMissing = value === 'true'
    return ok((resource) => (elementsOf(resource, parameter).length === 0) === isMissing)
  }
  const wanted = splitEscaped(value, ',')
  const unreadable = wanted.find((one) => !isReadable(parameter.kind, one))
  if (unreadable !== undefined || wanted.length === 0)
    return err({ reason: 'unreadable-value', params: { name: written } })
  const comparison = comparisonOf(parameter, modifier)
  const isNot = modifier === 'not' && parameter.kind === 'token'
  if (comparison === undefined && !isNot) return err({ reason: 'unknown-modifier', params: { name: written } })
  return ok((resource) => {
    const elements = elementsOf(resource, parameter)
    const isAny = wanted.some((one) =>
      elements.some((element) => matches(parameter.kind, element, one, comparison ?? null)),
    )
    return isAny !== isNot
  })
}

/** How a modifier compares; undefined for one that is not understood. */
function comparisonOf({ kind }: SearchParameter, modifier: string | null): Comparison | undefined {
  if (modifier === null) return null
  if (kind === 'string' && (modifier === 'exact' || modifier === 'contains')) return modifier
  return kind === 'token' && modifier === 'text' ? modifier : undefined
}

/** `subject:Patient=1`, `subject:Patient.birthdate=…`, `requester.identifier=…`. */
function readReference(
  chart: readonly SearchableEntry[],
  parameter: SearchParameter,
  type: string | null,
  chained: string,
  value: string,
): Result<Test, SearchFailure> {
  if (chained === '') {
    const wanted = splitEscaped(value, ',').map((one) => (one.includes('/') ? one : `${type ?? ''}/${one}`))
    return ok((resource) =>
      elementsOf(resource, parameter).some((element) =>
        wanted.some((one) => matches('reference', element, one, null) && isOfType(chart, element, type)),
      ),
    )
  }
  const targets = chart.filter(({ resource }) => type === null || resource.resourceType === type)
  const types = [...new Set(targets.map(({ resource }) => resource.resourceType))]
  const tests = types.map((one) => [one, readTest(chart, one, chained, value)] as const)
  const known = tests.flatMap(([one, test]) => (test.ok ? [[one, test.value] as const] : []))
  const failed = tests.find(([, test]) => !test.ok)?.[1]
  // Without a type, those that have no such parameter are not meant.
  if (failed?.ok === false && (known.length === 0 || type !== null)) return failed
  const meant = targets.filter((entry) =>
    known.some(([one, test]) => one === entry.resource.resourceType && test(entry.resource)),
  )
  return ok((resource) =>
    elementsOf(resource, parameter).some((element) => meant.some((entry) => leadsTo(element, entry))),
  )
}

function leadsTo(element: unknown, { fullUrl, resource }: SearchableEntry): boolean {
  const { reference } = element as { reference?: unknown }
  return (
    (fullUrl !== undefined && reference === fullUrl) ||
    isReferenceTo(reference, `${resource.resourceType}/${resource.id ?? ''}`)
  )
}

/** Whether a reference leads to a resource of a type, by what it says or by what is there. */
function isOfType(chart: readonly SearchableEntry[], element: unknown, type: string | null): boolean {
  const { reference } = element as { reference?: unknown }
  if (type === null || (typeof reference === 'string' && reference.includes(`${type}/`))) return true
  return chart.some((entry) => entry.resource.resourceType === type && leadsTo(element, entry))
}

function sort(
  found: readonly FhirResource[],
  resourceType: string,
  pairs: readonly (readonly [string, string])[],
): Result<readonly FhirResource[], SearchFailure> {
  const keys = pairs.filter(([name]) => name === '_sort').flatMap(([, value]) => splitEscaped(value, ','))
  const orders: ((a: FhirResource, b: FhirResource) => number)[] = []
  for (const key of keys) {
    const [name, sign] = key.startsWith('-') ? [key.slice(1), -1] : [key, 1]
    const parameter = searchParametersOf(resourceType)?.get(name)
    if (parameter === undefined)
      return err({ reason: 'unknown-parameter', params: { type: resourceType, name: `_sort=${name}` } })
    orders.push((a, b) => compareKeys(sortKey(a, parameter), sortKey(b, parameter), sign))
  }
  return ok([...found].sort((a, b) => orders.reduce((order, compare) => order || compare(a, b), 0)))
}

function sortKey(resource: FhirResource, parameter: SearchParameter): string | number | undefined {
  const [element] = elementsOf(resource, parameter)
  if (parameter.kind === 'date') return spanOfElement(element)?.from
  return element === undefined ? undefined : typeof element === 'string' ? element : JSON.stringify(element)
}

/** What has no value comes last, whichever way. */
function compareKeys(a: string | number | undefined, b: string | number | undefined, sign: number): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return a === b ? 0 : a < b ? -sign : sign
}

/** `_include=MedicationRequest:medication`, `_revinclude=Provenance:target`; what is there already is not given twice. */
function include(
  chart: readonly SearchableEntry[],
  found: readonly FhirResource[],
  pairs: readonly (readonly [string, string])[],
): Result<readonly FhirResource[], SearchFailure> {
  const all = new Set(found)
  for (const [name, value] of pairs.filter(([name]) => nameOf(name).endsWith('include'))) {
    const [source = '', parameterName = '', target] = value.split(':')
    const parameter = searchParametersOf(source)?.get(parameterName)
    if (name.includes(':')) return err({ reason: 'unknown-modifier', params: { name } })
    if (parameter?.kind !== 'reference')
      return err({ reason: 'unknown-parameter', params: { type: source, name: `${name}=${value}` } })
    const backwards = name === '_revinclude'
    const isTarget = ({ resource }: SearchableEntry): boolean =>
      target === undefined || resource.resourceType === target
    const linked = (from: FhirResource, to: SearchableEntry): boolean =>
      from.resourceType === source && elementsOf(from, parameter).some((element) => leadsTo(element, to))
    const entries = backwards
      ? chart.filter(({ resource }) =>
          chart.some((to) => found.includes(to.resource) && isTarget(to) && linked(resource, to)),
        )
      : chart.filter((to) => isTarget(to) && found.some((from) => linked(from, to)))
    entries.forEach(({ resource }) => all.add(resource))
  }
  return ok([...all])
}
