/** A chart in memory that answers the searches of the engine: by type, and by the code, category and status they name. */
import type { WantedSearch } from '#domain/dtr/population/chart.ts'
import type { ChartSearch, SourceResource } from '#domain/dtr/expression/expression.ts'
import { splitQuery } from '#domain/dtr/expression/fhir-query.ts'

const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  code: ['code', 'codeCodeableConcept', 'medicationCodeableConcept'],
  type: ['type'],
  category: ['category'],
  status: ['status'],
  'vaccine-code': ['vaccineCode'],
}

/** Makes the searches of one round over these resources; types and whole queries in `refused` are forbidden. */
export function searchIn(
  chart: readonly SourceResource[],
  refused: readonly string[] = [],
  refusedQueries: readonly string[] = [],
) {
  return (wanted: readonly WantedSearch[]): Promise<ChartSearch[]> =>
    Promise.resolve(wanted.map(({ query }) => searchOne(chart, refused, refusedQueries, query)))
}

function searchOne(
  chart: readonly SourceResource[],
  refused: readonly string[],
  refusedQueries: readonly string[],
  query: string,
): ChartSearch {
  const { resourceType, id, parameters } = splitQuery(query)
  const failed = (failure: string): ChartSearch => ({ query, bundle: null, found: null, complete: false, failure })
  if (refused.includes(resourceType) || refusedQueries.includes(query)) return failed('forbidden')
  const ofType = chart.filter((resource) => resource.resourceType === resourceType)
  if (id !== null) {
    const read = ofType.find((resource) => resource.id === id)
    return read === undefined ? failed('not-found') : { query, bundle: read, found: 1, complete: true, failure: null }
  }
  const filters = [...new URLSearchParams(parameters)].filter(([name]) => name in ELEMENTS)
  const found = ofType.filter((resource) =>
    filters.every(([name, value]) => {
      const wanted = value.split(',')
      return (ELEMENTS[name] ?? []).some((element) =>
        tokensIn((resource as unknown as Record<string, unknown>)[element]).some((token) => wanted.includes(token)),
      )
    }),
  )
  const bundle = { resourceType: 'Bundle', type: 'searchset', entry: found.map((resource) => ({ resource })) }
  return { query, bundle, found: found.length, complete: true, failure: null }
}

/** `code` and `system|code` of everything coded in an element. */
function tokensIn(element: unknown): string[] {
  if (typeof element === 'string') return [element]
  if (Array.isArray(element)) return element.flatMap(tokensIn)
  if (typeof element !== 'object' || element === null) return []
  const { system, code, coding } = element as { system?: string; code?: string; coding?: unknown }
  const own = code === undefined ? [] : [code, ...(system === undefined ? [] : [`${system}|${code}`])]
  return [...own, ...tokensIn(coding)]
}
