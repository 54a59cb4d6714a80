/**
 * SMART scopes, version 1 (`patient/Observation.read`) and version 2 (`patient/Observation.rs`) alike
 * (SMART App Launch 2.2, Scopes for requesting FHIR resources). Pure.
 */
import { isInPatientCompartment } from '../fhir/search-parameters.ts'

export type Interaction = 'c' | 'r' | 'u' | 'd' | 's'

interface ResourceScope {
  readonly context: 'patient' | 'user'
  readonly type: string
  readonly interactions: string
}

const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }
const PLAIN = new Set(['openid', 'fhirUser', 'profile', 'launch', 'online_access', 'offline_access'])

function parseResourceScope(scope: string): ResourceScope | undefined {
  const match = /^(patient|user)\/([A-Z][A-Za-z]+|\*)\.(c?r?u?d?s?|read|write|\*)$/.exec(scope)
  const [, context, type, access] = match ?? []
  if (context === undefined || type === undefined || access === undefined || access === '') return undefined
  return { context: context === 'patient' ? 'patient' : 'user', type, interactions: V1[access] ?? access }
}

/**
 * What of the requested scopes a client gets: plain scopes it is registered for, and resource scopes whose every
 * interaction one of its registered scopes covers. A wildcard is granted to nobody (Oracle Health trims it silently).
 */
export function grantScopes(requested: readonly string[], registered: readonly string[]): string[] {
  const allowed = registered.flatMap((scope) => parseResourceScope(scope) ?? [])
  return requested.filter((scope) => {
    if (PLAIN.has(scope)) return registered.includes(scope)
    const asked = parseResourceScope(scope)
    if (asked === undefined || asked.type === '*') return false
    return [...asked.interactions].every((interaction) =>
      allowed.some(
        (rule) => rule.context === asked.context && rule.type === asked.type && rule.interactions.includes(interaction),
      ),
    )
  })
}

/**
 * What a token may do with a resource type: everything of the user's (`user`), the launch patient's alone (`patient`), or
 * nothing. A `patient/` scope reaches the patient's compartment only; practitioners and places need a `user/` scope.
 */
export function readAccess(
  scopes: readonly string[],
  type: string,
  interaction: Interaction,
): 'user' | 'patient' | 'none' {
  const fitting = scopes
    .flatMap((scope) => parseResourceScope(scope) ?? [])
    .filter((scope) => (scope.type === type || scope.type === '*') && scope.interactions.includes(interaction))
  if (fitting.some((scope) => scope.context === 'user')) return 'user'
  return fitting.length > 0 && isInPatientCompartment(type) ? 'patient' : 'none'
}
