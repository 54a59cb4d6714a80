/**
 * Makes the searches that a form needs, a few at a time, through the launch's own access: each is logged with the item
 * that needed it. A search that wants the first few of an order gets those (`first-matches.ts`), any other all its pages. One
 * that fails or is not complete says so; it never looks like an empty chart.
 */
import type { FhirResource } from 'fhir/r4'
import type { ChartSearch } from '#domain/dtr/expression/expression.ts'
import type { WantedSearch } from '#domain/dtr/population/chart.ts'
import { splitQuery } from '#domain/dtr/expression/fhir-query.ts'
import { readFirst } from '#domain/fhir/first-matches.ts'
import type { EhrClient } from '../context.ts'

const AT_ONCE = 8

const bundleOf = (resources: readonly FhirResource[]): object => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ resource })),
})

/** Makes all searches of one round. `onDone` hears of each that is back. */
export async function makeSearches(
  ehr: EhrClient,
  caseId: string,
  wanted: readonly WantedSearch[],
  onDone: () => void,
): Promise<ChartSearch[]> {
  const made: ChartSearch[] = []
  const waiting = [...wanted]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      made.push(await makeSearch(ehr, caseId, next))
      onDone()
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, worker))
  return made
}

async function makeSearch(ehr: EhrClient, caseId: string, { query, neededBy }: WantedSearch): Promise<ChartSearch> {
  const { resourceType, id, parameters } = splitQuery(query)
  const purpose = { caseId, neededBy }
  const failed = (failure: string): ChartSearch => ({ query, bundle: null, found: null, complete: false, failure })
  if (id !== null) {
    const read = await ehr.read(`${resourceType}/${id}`, purpose)
    return read.ok ? { query, bundle: read.value, found: 1, complete: true, failure: null } : failed(read.error.reason)
  }
  const search = await ehr.search(resourceType, parameters, purpose, readFirst(parameters))
  if (!search.ok) return failed(search.error.reason)
  const { resources, complete } = search.value
  return { query, bundle: bundleOf(resources), found: resources.length, complete, failure: null }
}
