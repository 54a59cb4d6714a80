/**
 * x-fhir-query with embedded FHIRPath: `Observation?patient={{%patient.id}}&code=…`. Each `{{…}}` is full FHIRPath; its
 * values are escaped for a URL and joined by commas (SDC expressions, x-fhir-query).
 */
import { err, ok, type Result } from '../../result.ts'
import type { TypedValue } from './expression.ts'

/**
 * Fills the embedded expressions. Gives null where one of them has no value: a search with a hole in it would ask for
 * something else than the form means, so it is not made and finds nothing.
 */
export function fillQuery<E>(
  query: string,
  evaluate: (expression: string) => Result<readonly TypedValue[], E>,
): Result<string | null, E> {
  let filled = ''
  let at = 0
  let empty = false
  for (const match of query.matchAll(/\{\{(.*?)\}\}(?!\})/gs)) {
    const values = evaluate((match[1] ?? '').trim())
    if (!values.ok) return err(values.error)
    if (values.value.length === 0) empty = true
    filled += query.slice(at, match.index) + values.value.map(searchText).join(',')
    at = match.index + match[0].length
  }
  return ok(empty ? null : filled + query.slice(at))
}

/** A value as a search parameter writes it; a comma or pipe of its own is escaped (R4 search §3.1.1.5.8). */
function searchText({ value }: TypedValue): string {
  if (typeof value !== 'object' || value === null) return encodeURIComponent(String(value).replace(/[\\,|$]/g, '\\$&'))
  const coded = value as {
    system?: string
    code?: string
    value?: unknown
    reference?: string
    id?: string
    resourceType?: string
  }
  const token = coded.code ?? (typeof coded.value === 'string' ? coded.value : undefined)
  if (coded.reference !== undefined) return encodeURIComponent(coded.reference)
  if (coded.resourceType !== undefined) return encodeURIComponent(coded.id ?? '')
  if (token === undefined) return encodeURIComponent(String(coded.value ?? ''))
  return coded.system === undefined
    ? encodeURIComponent(token)
    : `${encodeURIComponent(coded.system)}|${encodeURIComponent(token)}`
}

/** The parts of a filled query: the resource type, and its parameters as they are sent; or a read by id. */
export function splitQuery(query: string): { resourceType: string; id: string | null; parameters: string } {
  const [path = '', parameters = ''] = query.split('?', 2)
  const [resourceType = '', id] = path.replace(/^\/+/, '').split('/')
  return { resourceType, id: id === undefined || id === '' ? null : id, parameters }
}
