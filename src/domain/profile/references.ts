/** References: the type and the profiles of what they point to inside the message (R4 §2.3). Pure. */
import type { Definition, Profile } from './definition.ts'
import type { ProfileIssue } from './issue.ts'
import type { Json } from './path/item.ts'
import type { TypeFacts } from './table.ts'
import type { Run, Walk } from './walk.ts'

const BASE = 'http://hl7.org/fhir/StructureDefinition/'
const ANY = `${BASE}Resource`

/** What a reference may point to, made ready. */
interface Targets {
  readonly targets: readonly string[]
  /** Those that the tables have. */
  readonly profiles: readonly Profile[]
  /** Whether anything may be its target. */
  readonly isOpen: boolean
  /** Whether nothing but the type of the target is asked for. */
  readonly isByType: boolean
}

const OPEN: Targets = { targets: [], profiles: [], isOpen: true, isByType: true }
/** A type's facts belong to one set. */
const known = new WeakMap<TypeFacts, Targets>()

function targetsOf({ set }: Walk, type: TypeFacts | undefined): Targets {
  const targets = type?.targets
  if (type === undefined || targets === undefined || targets.length === 0) return OPEN
  let made = known.get(type)
  if (made === undefined) {
    const profiles = targets.flatMap((url) => set.profile(url) ?? [])
    const isByType = profiles.every(({ url }) => url.startsWith(BASE))
    known.set(type, (made = { targets, profiles, isOpen: targets.includes(ANY), isByType }))
  }
  return made
}

/** Judges one Reference by its definition. */
export function checkReference(
  walk: Walk,
  run: Run,
  definition: Definition,
  type: TypeFacts | undefined,
  value: Json,
): void {
  const reference = typeof value['reference'] === 'number' ? String(value['reference']) : value['reference']
  if (typeof reference !== 'string' || reference === '') return
  if (/\s/.test(reference)) walk.report(run, 'error', 'Reference_REF_Invalid_Ref', 'a reference holds no blanks')
  checkRelative(walk, run, reference)
  const found = walk.places.resolve(reference, run.place)
  if (found?.isAmbiguous)
    walk.report(run, 'error', 'Bundle_BUNDLE_MultipleMatches', 'several entries have this address')
  const target = found?.place
  const { targets, profiles: all, isOpen, isByType } = targetsOf(walk, type)
  const named =
    target?.type ?? /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference)?.[1]
  const declared = typeof value['type'] === 'string' ? value['type'].replace(BASE, '') : undefined
  if (declared !== undefined) {
    if (named !== undefined && named !== declared)
      walk.report(
        run,
        'error',
        'Reference_REF_BadTargetType',
        `${definition.path}: type says ${declared}, target is ${named}`,
      )
    if (!isOpen && !all.some((profile) => profile.type === declared))
      walk.report(run, 'error', 'Reference_REF_WrongTarget', `${definition.path}: ${declared} is no target`)
  }
  if (isOpen) return
  if (target === undefined) return checkNamedType(walk, run, definition, targets, named)
  const profiles = all.filter((profile) => profile.type === target.type)
  if (profiles.length === 0) {
    walk.report(run, 'error', 'Reference_REF_BadTargetType', `${definition.path}: ${target.type} is no target`)
    return
  }
  // The type alone is asked for: the target is judged at its own place.
  if (isByType || profiles.every(({ url }) => url.startsWith(BASE))) return
  if (walk.followsOne(target, profiles)) return
  let best: readonly ProfileIssue[] | undefined
  for (const profile of profiles) {
    const faults = walk.faultsAgainst(target, profile)
    if (best === undefined || faults.length < best.length) best = faults
  }
  const urls = profiles.map(({ url }) => url).join(', ')
  walk.report(run, 'error', 'Reference_REF_CantMatchChoice', `${definition.path}: the target follows none of ${urls}`, {
    details: best ?? [],
  })
}

/** Inside a Bundle a relative reference is read from its entry's fullUrl (R4 §2.36.4.1). */
function checkRelative(walk: Walk, run: Run, reference: string): void {
  if (run.place.kind !== 'entry' || reference.startsWith('#') || /^[a-z][a-z0-9+.-]*:/i.test(reference)) return
  if (run.place.fullUrl === undefined)
    walk.report(run, 'error', 'Bundle_BUNDLE_FullUrl_Missing', 'a relative reference in an entry without a fullUrl')
  else if (![2, 4].includes(reference.split('/').length))
    walk.report(run, 'error', 'Reference_REF_Format2', 'a relative reference is Type/id')
}

/** Stricter than the official validator: what is not in the message still says its type in the reference. */
function checkNamedType(
  walk: Walk,
  run: Run,
  definition: Definition,
  targets: readonly string[],
  named: string | undefined,
): void {
  if (named === undefined || walk.set.type(named)?.facts.kind !== 'resource') return
  const types = targets.flatMap((url) => walk.set.profile(url)?.type ?? [])
  if (types.length < targets.length || types.includes(named) || types.includes('Resource')) return
  walk.report(run, 'error', 'Reference_REF_BadTargetType2', `${definition.path}: ${named} is no target`)
}
