/**
 * SMART scopes of version 1 (`patient/Observation.read`) and 2 (`patient/Observation.rs?category=lab`) in one form. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 */

/** Create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's'

interface ResourceScope {
  readonly context: string
  readonly resourceType: string
  readonly permissions: ReadonlySet<Permission>
  readonly query: string
}

const ORDER: readonly Permission[] = ['c', 'r', 'u', 'd', 's']
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }
/** What these ask for shows in the token response itself: a patient, an id_token, a fhirUser. */
const SHOWN_OTHERWISE = new Set(['launch', 'launch/patient', 'openid', 'fhirUser'])

/** Splits a scope string; the order of a server's list means nothing. */
export function splitScopes(scope: string): string[] {
  return scope.split(/\s+/).filter((each) => each !== '')
}

/**
 * What was asked for and not granted, as version 2 scopes with only the missing permissions. A grant limited by a query does
 * not cover an unlimited request.
 */
export function missingScopes(requested: readonly string[], granted: readonly string[]): string[] {
  return requested.flatMap((scope) => {
    const wanted = parseResourceScope(scope)
    if (wanted === undefined) return granted.includes(scope) || SHOWN_OTHERWISE.has(scope) ? [] : [scope]
    const missing = [...wanted.permissions].filter((permission) => !isCovered(wanted, permission, granted))
    return missing.length === 0 ? [] : [format(wanted, missing)]
  })
}

/**
 * What a server grants of what was asked for: each scope as it was written where all of it is registered, else the part that
 * is, in version 2. A wildcard becomes the types that are registered. Scopes limited by a query are not granted.
 */
export function grantScopes(asked: readonly string[], registered: readonly string[]): string[] {
  const granted = asked.flatMap((scope) => {
    const wanted = parseResourceScope(scope)
    if (wanted === undefined || wanted.query !== '') return []
    return typesOf(wanted, registered).flatMap((resourceType) => {
      const single = { ...wanted, resourceType }
      const held = [...wanted.permissions].filter((permission) => isCovered(single, permission, registered))
      if (held.length === 0) return []
      const isWhole = resourceType === wanted.resourceType && held.length === wanted.permissions.size
      return [isWhole ? scope : format(single, held)]
    })
  })
  return [...new Set(granted)]
}

function typesOf(wanted: ResourceScope, registered: readonly string[]): string[] {
  if (wanted.resourceType !== '*') return [wanted.resourceType]
  return [...new Set(registered.flatMap((scope) => parseResourceScope(scope)?.resourceType ?? []))]
}

/** Whether somebody may do something with a resource type, through whichever of the scopes granted. */
export function permits(granted: readonly string[], resourceType: string, permission: Permission): boolean {
  return granted.some((scope) => {
    const parsed = parseResourceScope(scope)
    return parsed !== undefined && covers(parsed, resourceType) && parsed.permissions.has(permission)
  })
}

function isCovered(wanted: ResourceScope, permission: Permission, granted: readonly string[]): boolean {
  return granted.some((scope) => {
    const given = parseResourceScope(scope)
    return (
      given !== undefined &&
      given.context === wanted.context &&
      covers(given, wanted.resourceType) &&
      given.permissions.has(permission) &&
      (given.query === '' || given.query === wanted.query)
    )
  })
}

function covers(given: ResourceScope, resourceType: string): boolean {
  return given.resourceType === '*' || given.resourceType === resourceType
}

function format({ context, resourceType, query }: ResourceScope, permissions: readonly Permission[]): string {
  return `${context}/${resourceType}.${permissions.join('')}${query === '' ? '' : `?${query}`}`
}

/** Undefined for what is no resource scope (`openid`, `launch`, `online_access`) or has letters out of order. */
function parseResourceScope(scope: string): ResourceScope | undefined {
  const match = /^(patient|user|system)\/(\*|[A-Za-z]+)\.([a-z]+|\*)(?:\?(.*))?$/.exec(scope)
  if (match === null) return undefined
  const [, context = '', resourceType = '', access = '', query = ''] = match
  const letters = VERSION_1[access] ?? access
  const permissions = ORDER.filter((permission) => letters.includes(permission))
  return permissions.join('') === letters
    ? { context, resourceType, permissions: new Set(permissions), query }
    : undefined
}
