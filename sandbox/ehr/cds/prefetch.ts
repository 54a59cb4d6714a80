/**
 * Fills a CDS service's prefetch templates from the chart (CDS Hooks 2.0, Prefetch template; CRD 2.2 §prefetch): a resolver of
 * tokens, not a string replace. Data that does not exist is `null`; a template that cannot be resolved is left out.
 */
import type { Bundle } from 'fhir/r4'
import { isObject, readPath } from '../resource.ts'

export type HookContext = Readonly<Record<string, unknown>>

export interface PrefetchSource {
  /** A resource, or undefined. */
  readonly read: (type: string, id: string) => unknown
  /** A searchset with all its pages in one, or undefined where the search is not possible. */
  readonly search: (type: string, query: URLSearchParams) => Bundle | undefined
}

/** Values for every key that could be resolved, in the order of the templates. */
export function fillPrefetch(
  templates: Readonly<Record<string, string>>,
  context: HookContext,
  source: PrefetchSource,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(templates).flatMap(([key, template]) => {
      const query = resolveTemplate(template, context)
      if (query === undefined) return []
      const value = query === null ? null : fetchLocally(query, source)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** The query with its tokens filled; null where a token has no value; undefined where a token is not understood. */
export function resolveTemplate(template: string, context: HookContext): string | null | undefined {
  let state: 'filled' | 'empty' | 'unknown' = 'filled'
  const query = template.replace(/\{\{\s*([^}]*?)\s*\}\}/g, (_match, token: string) => {
    const value = resolveToken(token, context)
    if (value === undefined) state = 'unknown'
    else if (value === '' && state === 'filled') state = 'empty'
    return value ?? ''
  })
  return (state as string) === 'unknown' ? undefined : (state as string) === 'empty' ? null : query
}

const USER_TOKENS: Readonly<Record<string, string>> = {
  userPractitionerId: 'Practitioner',
  userPractitionerRoleId: 'PractitionerRole',
  userPatientId: 'Patient',
  userRelatedPersonId: 'RelatedPerson',
}

function resolveToken(token: string, context: HookContext): string | undefined {
  const userType = USER_TOKENS[token]
  if (userType !== undefined) {
    const [type, id] = String(context['userId'] ?? '').split('/')
    return type === userType ? (id ?? '') : ''
  }
  const [root, ...path] = token.split('.')
  if (root !== 'context' || path.length === 0 || path.some((step) => !/^[A-Za-z]+$/.test(step))) return undefined
  return readContext(context, path).join(',')
}

/** Navigates the context; a resource type in the path picks those resources out of a Bundle. */
function readContext(context: HookContext, path: readonly string[]): readonly string[] {
  let values: readonly unknown[] = [context]
  for (const step of path)
    values = /^[A-Z]/.test(step)
      ? values
          .flatMap((value) => readPath(value, 'entry.resource'))
          .filter((resource) => isObject(resource) && resource['resourceType'] === step)
      : values.flatMap((value) => readPath(value, step))
  return values.filter((value): value is string => typeof value === 'string')
}

function fetchLocally(query: string, source: PrefetchSource): unknown {
  const [path = '', parameters] = query.split('?')
  const [type = '', id] = path.split('/')
  if (parameters !== undefined && id === undefined) return source.search(type, new URLSearchParams(parameters))
  return id === undefined ? undefined : (source.read(type, id) ?? null)
}
