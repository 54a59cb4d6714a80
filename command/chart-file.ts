/** A chart in a file, in place of an EHR: its searches, and what a launch in that chart would bring. */
import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4'
import type { LaunchResources, WantedSearch } from '../src/domain/dtr/population/chart.ts'
import type { ChartSearch } from '../src/domain/dtr/expression/expression.ts'
import { splitQuery } from '../src/domain/dtr/expression/fhir-query.ts'
import { listReferences, referenceTo } from '../src/domain/fhir/reference.ts'
import { isReferenceTo, spanOfElement } from '../src/domain/fhir/search-match.ts'
import { search, type SearchableEntry, type SearchFailure } from '../src/domain/fhir/search.ts'

export type Chart = readonly SearchableEntry[]

/**
 * The resources of a Bundle of any kind, as an EHR would hold them: what points to another entry by its full address points
 * to `Type/id` (R4 transaction rules). CQL compares references as text, and `urn:uuid:` would never be equal.
 */
export function readChart({ entry }: Bundle): Chart {
  const entries: readonly (BundleEntry | null)[] = Array.isArray(entry) ? entry : []
  const held = entries.flatMap((one) => {
    const resource = one?.resource as FhirResource | undefined
    if (typeof resource?.resourceType !== 'string') return []
    const fullUrl = typeof one?.fullUrl === 'string' ? one.fullUrl : undefined
    return [{ fullUrl, resource: withId(resource, fullUrl) }]
  })
  const addresses = new Map(held.flatMap(({ fullUrl, resource }) => addressOf(fullUrl, resource)))
  return held.map(({ fullUrl, resource }) => ({ fullUrl, resource: withReferences(resource, addresses) }))
}

/** An entry of a transaction may have no id yet: the last part of its address serves as one. */
function withId(resource: FhirResource, fullUrl: string | undefined): FhirResource {
  const id = /([A-Za-z0-9.-]{1,64})$/.exec(fullUrl ?? '')?.[1]
  return resource.id !== undefined || id === undefined ? resource : { ...resource, id }
}

function addressOf(fullUrl: string | undefined, resource: FhirResource): [string, string][] {
  const reference = referenceTo(resource)
  return fullUrl === undefined || reference === undefined ? [] : [[fullUrl, reference]]
}

/** The same resource where it points to nothing by a full address. */
function withReferences<T>(node: T, addresses: ReadonlyMap<string, string>): T {
  if (typeof node !== 'object' || node === null) return node
  const replaced = Object.entries(node).map(([name, value]: [string, unknown]): [string, unknown] => [
    name,
    name === 'reference' && typeof value === 'string'
      ? (addresses.get(value) ?? value)
      : withReferences(value, addresses),
  ])
  if (replaced.every(([name, value]) => (node as Fields)[name] === value)) return node
  return (Array.isArray(node) ? replaced.map(([, value]) => value) : Object.fromEntries(replaced)) as T
}

/** Makes one search or read, as an EHR would; what is not understood fails by name. */
export function searchChart(chart: Chart, { query }: WantedSearch): ChartSearch {
  const failed = (failure: string): ChartSearch => ({ query, bundle: null, found: null, complete: false, failure })
  const { resourceType, id, parameters } = splitQuery(query)
  if (id !== null) {
    const found = findIn(chart, `${resourceType}/${id}`)
    return found === undefined
      ? failed(`${resourceType}/${id} is not in the chart`)
      : { query, bundle: found, found: 1, complete: true, failure: null }
  }
  const found = search(chart, resourceType, parameters)
  if (!found.ok) return failed(wordsOf(found.error))
  const entry = found.value.map((resource) => ({ resource }))
  const bundle = { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }
  return { query, bundle, found: entry.length, complete: true, failure: null }
}

function wordsOf({ reason, params }: SearchFailure): string {
  const [name, type] = [String(params?.['name'] ?? ''), String(params?.['type'] ?? '')]
  switch (reason) {
    case 'unknown-type':
      return `“${type}” cannot be searched here`
    case 'unknown-parameter':
      return `the parameter “${name}” of ${type} is not known here`
    case 'unknown-modifier':
      return `the modifier of “${name}” is not known here`
    case 'unreadable-value':
      return `the value of “${name}” cannot be read`
  }
}

function findIn(chart: Chart, reference: string | undefined): FhirResource | undefined {
  if (reference === undefined) return undefined
  const exact = chart.find(({ fullUrl }) => fullUrl === reference)
  return (exact ?? chart.find(({ resource }) => isReferenceTo(reference, referenceTo(resource) ?? '')))?.resource
}

const ORDER_TYPES = new Set([
  'ServiceRequest',
  'MedicationRequest',
  'DeviceRequest',
  'NutritionOrder',
  'VisionPrescription',
  'CommunicationRequest',
  'SupplyRequest',
])

type Fields = Readonly<Record<string, unknown>>

const field = (resource: FhirResource | undefined, name: string): unknown =>
  (resource as unknown as Fields | undefined)?.[name]

function referenceIn(resource: FhirResource | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = field(resource, name)
    const { reference } = ((Array.isArray(value) ? (value as unknown[])[0] : value) ?? {}) as { reference?: unknown }
    if (typeof reference === 'string') return reference
  }
  return undefined
}

/** The one that begins last by the first of these elements that it has. */
function newest(resources: readonly FhirResource[], ...elements: readonly string[]): FhirResource | undefined {
  const begin = (resource: FhirResource): number =>
    elements.flatMap((name) => spanOfElement(field(resource, name))?.from ?? [])[0] ?? Number.NEGATIVE_INFINITY
  return resources.reduce<FhirResource | undefined>(
    (best, one) => (best === undefined || begin(one) > begin(best) ? one : best),
    undefined,
  )
}

export interface ChartLaunch extends LaunchResources {
  /** Whether the order that was asked for is in the chart; true where none was asked for. */
  readonly hasOrder: boolean
}

/**
 * The launch: the order that is named, or the newest active one; its patient, requester and encounter; the patient's
 * active coverage. What the chart does not have stays away.
 */
export function readLaunch(chart: Chart, orderReference: string | null): ChartLaunch {
  const all = chart.map(({ resource }) => resource)
  const of = (type: string): FhirResource[] => all.filter(({ resourceType }) => resourceType === type)
  const orders = all.filter(
    (resource) =>
      ORDER_TYPES.has(resource.resourceType) && ['active', 'draft'].includes(String(field(resource, 'status'))),
  )
  const order =
    orderReference === null ? newest(orders, 'authoredOn', 'dateTime', 'dateWritten') : findIn(chart, orderReference)
  const patient = findIn(chart, referenceIn(order, 'subject', 'patient')) ?? of('Patient')[0]
  const coverages = of('Coverage').filter((one) => {
    const beneficiary = findIn(chart, referenceIn(one, 'beneficiary'))
    return beneficiary === undefined || beneficiary === patient
  })
  const active = coverages.filter((one) => field(one, 'status') === 'active')
  const coverage = newest(active.length > 0 ? active : coverages, 'period')
  const user =
    findIn(chart, referenceIn(patient, 'generalPractitioner')) ??
    findIn(chart, referenceIn(order, 'requester', 'orderer', 'prescriber'))
  const encounter = findIn(chart, referenceIn(order, 'encounter')) ?? newest(of('Encounter'), 'period')
  const named = [order, coverage, patient].flatMap((resource) =>
    listReferences(resource, '').flatMap(({ reference }) => findIn(chart, reference) ?? []),
  )
  return {
    patient: patient ?? null,
    user: user ?? null,
    encounter: encounter ?? null,
    location: null,
    coverage: coverage ?? null,
    orders: order === undefined ? [] : [order],
    related: [...new Set(named)].filter((resource) => resource.resourceType !== 'Patient'),
    hasOrder: orderReference === null || order !== undefined,
  }
}
