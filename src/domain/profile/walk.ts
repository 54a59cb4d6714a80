/**
 * One validation of one message. A resource is walked once for each profile that it must follow; the answers are kept for
 * the run, since a profile asks of its references which profile their targets follow.
 */
import type { Definition, Profile } from './definition.ts'
import { issue, type ProfileIssue, type Severity } from './issue.ts'
import type { PathContext } from './path/compile.ts'
import { isJson, type Item, type Json } from './path/item.ts'
import { Places, type Place } from './places.ts'
import type { ProfileSet } from './profile-set.ts'
import { checkResourceRules } from './resource-rules.ts'
import { Trail } from './trail.ts'

/** Deeper than any FHIR message: a hostile body is refused, not walked. */
export const MAX_DEPTH = 64
/** More than any reader wants: a hostile body cannot make reports without end. */
const MAX_ISSUES = 2_000
/**
 * What is wrong with the JSON, or with what a resource contains, says nothing of a profile; nor does what we judge more
 * strictly than the standard (docs/profiles.md).
 */
const OWN_FAULTS = new Set([
  'Precert_Json_Shape',
  'Unrecognized_Property',
  'Contained_Orphan_DOM3',
  'Precert_Coding_Unknown',
  'Precert_Language_Unknown',
  'Precert_Coding_System_Relative',
  'Reference_REF_BadTargetType2',
])

const saysSomethingOfProfile = ({ severity, id }: ProfileIssue): boolean => severity === 'error' && !OWN_FAULTS.has(id)

export interface WalkOptions {
  /** Whether an extension that no table knows is an error; otherwise it is information. */
  readonly isStrict: boolean
  /**
   * Extensions and the elements where they may stand though their contexts say no: `url path`, and the url of the extension
   * around it in brackets behind the path.
   */
  readonly toleratedContexts: ReadonlySet<string>
  /** What is known of a value set that no table has: the system of its codes, and the codes where they are few. */
  impliedSet?(valueSet: string): { readonly system: string; readonly codes?: readonly string[] } | undefined
}

/** One walk of one resource along one profile. */
export interface Run {
  readonly place: Place
  readonly trail: Trail
  readonly issues: ProfileIssue[]
  readonly context: PathContext
  /** The url of the extension in which the walker is. */
  outer: string | undefined
}

/** The walk down an element, given from outside since it comes back to what is below. */
export type WalkElement = (walk: Walk, run: Run, definition: Definition, node: Json) => void

export class Walk {
  readonly places = new Places()
  readonly set: ProfileSet
  readonly options: WalkOptions
  private readonly element: WalkElement
  private readonly runs = new Map<Place, Map<Profile, readonly ProfileIssue[]>>()
  /** Objects with the type definitions along which they were walked already. */
  private readonly walked = new Map<object, Profile[]>()
  private readonly contexts = new Map<Place, PathContext>()
  private readonly named = new Map<Place, readonly Profile[]>()
  /** What the slices' discriminators ask for. */
  readonly room: { readonly set: ProfileSet; memberOf(item: Item, valueSet: string): boolean | undefined }
  private depth = 0

  constructor(set: ProfileSet, options: WalkOptions, element: WalkElement) {
    this.set = set
    this.options = options
    this.element = element
    this.room = { set, memberOf: (item, valueSet) => this.memberOf(item, valueSet) }
  }

  /** Everything that is wrong with a resource at its place: by its type, its declared profiles and those named. */
  check(place: Place, profiles: readonly Profile[]): ProfileIssue[] {
    const base = this.set.type(place.type)
    if (base === undefined || base.facts.kind !== 'resource')
      return [issue('error', place.path, 'Validation_VAL_Profile_NoDefinition', `unknown resource type ${place.type}`)]
    const found: ProfileIssue[] = []
    for (const profile of [base, ...profiles, ...this.declared(place)])
      for (const one of this.walkAlong(place, profile)) found.push(one)
    return found
  }

  /** What is wrong along one profile, with what that profile imposes. */
  private walkAlong(place: Place, profile: Profile): readonly ProfileIssue[] {
    if (profile.type !== place.type && profile.type !== 'Resource' && profile.type !== 'DomainResource') {
      const message = `expected ${profile.type}, not ${place.type}`
      return [issue('error', place.path, 'Validation_VAL_Profile_WrongType', message)]
    }
    const { imposes } = profile.facts
    if (imposes === undefined) return this.run(place, profile)
    const imposed = imposes.flatMap((url) => this.set.profile(url) ?? [])
    return [profile, ...imposed].flatMap((one) => [...this.run(place, one)])
  }

  /** The profiles that a resource says it follows. */
  private declared(place: Place): readonly Profile[] {
    const known = this.named.get(place)
    if (known !== undefined) return known
    const { meta } = place.resource
    const named = isJson(meta) && Array.isArray(meta['profile']) ? (meta['profile'] as unknown[]) : []
    const found = named.flatMap((url) => (typeof url === 'string' ? (this.set.profile(url) ?? []) : []))
    this.named.set(place, found)
    return found
  }

  /** Whether it follows one of several profiles; those that it declares are asked about first, as they are walked anyway. */
  followsOne(place: Place, profiles: readonly Profile[]): boolean {
    const declared = this.declared(place)
    const isDeclared = (profile: Profile): boolean => declared.includes(profile)
    return (
      profiles.some((profile) => isDeclared(profile) && this.follows(place, profile)) ||
      profiles.some((profile) => !isDeclared(profile) && this.follows(place, profile))
    )
  }

  /** Whether nothing is wrong with a resource by its type, by a profile and by what it declares. */
  follows(place: Place, profile: Profile): boolean {
    const base = this.set.type(place.type)
    if (base === undefined || !this.isClean(place, base) || !this.isClean(place, profile)) return false
    return this.declared(place).every((one) => this.isClean(place, one))
  }

  private isClean(place: Place, profile: Profile): boolean {
    const issues = this.walkAlong(place, profile)
    return issues.length === 0 || !issues.some(saysSomethingOfProfile)
  }

  /** Why a resource does not follow a profile: what is wrong by its type, by that profile and by what it declares. */
  faultsAgainst(place: Place, profile: Profile): ProfileIssue[] {
    return this.check(place, [profile]).filter(saysSomethingOfProfile)
  }

  private run(place: Place, profile: Profile): readonly ProfileIssue[] {
    let known = this.runs.get(place)
    if (known === undefined) this.runs.set(place, (known = new Map()))
    const answered = known.get(profile)
    if (answered !== undefined) return answered
    const issues: ProfileIssue[] = []
    // A cycle of references comes back here: what is being walked is taken as it is so far.
    known.set(profile, issues)
    if (this.depth > MAX_DEPTH) {
      issues.push(issue('error', place.path, 'Precert_Too_Deep', 'nested too deep'))
      return issues
    }
    this.depth += 1
    const trail = new Trail(place.path, place.type)
    const run: Run = { place, trail, issues, context: this.contextOf(place), outer: undefined }
    this.element(this, run, profile.root, place.resource)
    if (profile.isCore) issues.push(...checkResourceRules(place))
    this.depth -= 1
    return issues
  }

  private contextOf(place: Place): PathContext {
    let known = this.contexts.get(place)
    if (known === undefined) this.contexts.set(place, (known = this.createContext(place)))
    return known
  }

  private createContext(place: Place): PathContext {
    let root = place
    while (root.kind === 'contained' && root.owner !== undefined) root = root.owner
    return {
      resource: { value: place.resource, type: place.type },
      rootResource: { value: root.resource, type: root.type },
      resolve: (reference) => {
        const target = this.places.resolve(reference, place)?.place
        return target && { value: target.resource, type: target.type }
      },
      memberOf: (item, valueSet) => this.memberOf(item, valueSet),
      conformsTo: (item, url) => {
        const profile = this.set.profile(url)
        const target = isJson(item.value) ? this.places.of(item.value) : undefined
        if (profile === undefined || target === undefined) return isJson(item.value)
        return target.type === profile.type && this.follows(target, profile)
      },
    }
  }

  /** Whether a code, Coding or concept is in a set; undefined where no table can tell. */
  memberOf({ value }: Item, valueSet: string): boolean | undefined {
    const isConcept = isJson(value) && Array.isArray(value['coding'])
    const codings: readonly unknown[] = isConcept
      ? (value['coding'] as unknown[])
      : [isJson(value) ? value : { code: value }]
    let answer: boolean | undefined = false
    for (const coding of codings) {
      if (!isJson(coding) || typeof coding['code'] !== 'string') continue
      const { system, code } = coding
      // A coding without a system is in no set; a code alone takes the system of the set.
      if (isJson(value) && typeof system !== 'string') continue
      const one = this.set.terminology.inSet(valueSet, typeof system === 'string' ? system : undefined, code)
      if (one === 'in') return true
      if (one === 'unknown') answer = undefined
    }
    return answer
  }

  /** Walks the children of an element along a definition that names them. */
  walkElement(run: Run, definition: Definition, node: Json): void {
    this.element(this, run, definition, node)
  }

  /** Runs an element's invariants; one that cannot be judged says nothing. */
  checkInvariants(run: Run, { invariants }: Definition, item: Item): void {
    for (const invariant of invariants)
      if (invariant.holds(item, run.context) === false)
        this.report(run, invariant.severity, invariant.id, `${invariant.key} does not hold`)
  }

  /** Walks an object along the definition of its type, once however often it is met. */
  walkOnce(run: Run, profile: Profile, value: Json): void {
    const known = this.walked.get(value)
    if (known === undefined) this.walked.set(value, [profile])
    else if (known.includes(profile)) return
    else known.push(profile)
    this.element(this, run, profile.root, value)
  }

  wasWalked(value: Json, profile: Profile): boolean {
    return this.walked.get(value)?.includes(profile) === true
  }

  /** Walks an object along a profile on trial: what is wrong is told, not reported. */
  try(run: Run, profile: Profile, value: Json): readonly ProfileIssue[] {
    const trial: Run = { ...run, issues: [] }
    this.element(this, trial, profile.root, value)
    return trial.issues
  }

  /** Reports at the element where the walker is, or at the path given. */
  report(run: Run, severity: Severity, id: string, message: string, more: Partial<ProfileIssue> = {}): void {
    if (run.issues.length < MAX_ISSUES) run.issues.push({ ...issue(severity, run.trail.path(), id, message), ...more })
  }
}
