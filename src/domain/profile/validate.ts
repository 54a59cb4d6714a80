/**
 * Validates a FHIR message against the profiles of a table set. Pure; never throws, whatever it is given.
 */
import { issue, type ProfileIssue } from './issue.ts'
import { isJson } from './path/item.ts'
import { forgetNarratives } from './narrative.ts'
import type { Place } from './places.ts'
import type { ProfileSet } from './profile-set.ts'
import { Walk, type WalkOptions } from './walk.ts'
import { walkElement } from './walk-element.ts'

export interface ValidationOptions extends Partial<WalkOptions> {
  /** Profiles besides those that the message declares. */
  readonly profiles?: readonly string[]
}

/** Every departure from the type, the declared profiles and the named ones. */
export function validateMessage(set: ProfileSet, body: unknown, options: ValidationOptions = {}): ProfileIssue[] {
  if (!isJson(body) || typeof body['resourceType'] !== 'string')
    return [issue('error', '', 'Precert_Json_Shape', 'not a FHIR resource')]
  const type = body['resourceType']
  const walk = new Walk(set, { isStrict: true, toleratedContexts: new Set(), ...options }, walkElement)
  const place = walk.places.add({
    resource: body,
    type,
    path: type,
    kind: 'root',
    owner: undefined,
    fullUrl: undefined,
  })
  try {
    return checkAll(set, walk, place, options.profiles ?? [])
  } finally {
    forgetNarratives()
  }
}

function checkAll(set: ProfileSet, walk: Walk, place: Place, named: readonly string[]): ProfileIssue[] {
  const unknown = named.filter((url) => set.profile(url) === undefined)
  const found = walk.check(
    place,
    named.flatMap((url) => set.profile(url) ?? []),
  )
  const missing = unknown.map((url) =>
    issue('error', place.path, 'Validation_VAL_Profile_Unknown', `unknown profile ${url}`),
  )
  return distinctIssues([...missing, ...found])
}

/** A fault that several profiles find is one fault. */
export function distinctIssues(issues: readonly ProfileIssue[]): ProfileIssue[] {
  const seen = new Set<string>()
  return issues.filter(({ path, id, element = '', severity }) => {
    const key = `${path}\n${id}\n${element}\n${severity}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
