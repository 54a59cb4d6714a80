/** A resource inside another: an entry, a contained one, a parameter. Pure. */
import type { Definition } from './definition.ts'
import type { ProfileIssue } from './issue.ts'
import type { Json } from './path/item.ts'
import type { Place } from './places.ts'
import type { Run, Walk } from './walk.ts'

function placeOf(walk: Walk, run: Run, definition: Definition, resource: Json): Place {
  const owner = run.place
  // Entries have an address, by which others find them.
  walk.places.entries(owner)
  const known = walk.places.of(resource)
  if (known !== undefined) return known
  return walk.places.add({
    resource,
    type: String(resource['resourceType']),
    path: run.trail.path(),
    kind: definition.name === 'contained' ? 'contained' : 'other',
    owner,
    fullUrl: undefined,
  })
}

/** Judges a resource where it stands; where several profiles are named, one of them must fit. */
export function walkResource(walk: Walk, run: Run, definition: Definition, resource: Json): void {
  const place = placeOf(walk, run, definition, resource)
  const { types } = definition
  const allowed = types.find(({ code }) => code === place.type) ?? types.find(({ code }) => code === 'Resource')
  if (allowed === undefined) {
    const message = `${definition.path}: ${place.type}, expected ${types.map(({ code }) => code).join(', ')}`
    return walk.report(run, 'error', 'Bundle_BUNDLE_Entry_Type', message)
  }
  const profiles = (allowed.profiles ?? []).flatMap((url) => walk.set.profile(url) ?? [])
  if (profiles.length < 2) {
    run.issues.push(...walk.check(place, profiles))
    return
  }
  if (walk.followsOne(place, profiles)) {
    run.issues.push(...walk.check(place, []))
    return
  }
  let best: readonly ProfileIssue[] | undefined
  for (const profile of profiles) {
    const faults = walk.faultsAgainst(place, profile)
    if (best === undefined || faults.length < best.length) best = faults
  }
  const message = `no profile fits of ${profiles.map(({ url }) => url).join(', ')}`
  walk.report(run, 'error', 'BUNDLE_BUNDLE_ENTRY_MULTIPLE_PROFILES_NO_MATCH', message)
  run.issues.push(...(best ?? []), ...walk.check(place, []))
}
