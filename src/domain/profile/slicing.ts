/** How a slice is told: its discriminators as predicates (R4 profiling §5.1.0.14). Pure. */
import type { Definition, Profile } from './definition.ts'
import { matchesPattern } from './pattern.ts'
import { compilePath, type PathContext, type Run } from './path/compile.ts'
import type { Item } from './path/item.ts'
import { isOfType } from './path/types.ts'

export type Matcher = (item: Item, context: PathContext) => boolean

interface Room {
  readonly set: {
    profile(canonical: string): Profile | undefined
    type(name: string): Profile | undefined
  }
  /** Whether a code, Coding or concept is in a set; undefined where that is not known. */
  memberOf(item: Item, valueSet: string): boolean | undefined
}

/** The steps of a discriminator's path: `a.b`, `extension('u').value`, `x as boolean`, `resolve()`. */
function stepsOf(path: string): string[] {
  const plain = path.replace(/\s+as\s+\w+\s*$/, '').replace(/\.ofType\(\w+\)/g, '')
  return plain.match(/extension\('[^']*'\)|[^.]+/g) ?? []
}

/** Below an element: its own children, or those of its type. */
function childBelow(definition: Definition, name: string, room: Room): Definition | undefined {
  const find = (owner: Definition): Definition | undefined =>
    owner.children.find((child) => child.name === name || (child.isChoice && child.name === name))
  const own = find(definition)
  if (own !== undefined) return own
  for (const { code, profiles } of definition.types) {
    for (const profile of profiles?.map((url) => room.set.profile(url)) ?? [room.set.type(code)]) {
      const found = profile === undefined ? undefined : find(profile.root)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function extensionSlice(definition: Definition, url: string, room: Room): Definition | undefined {
  const extension = childBelow(definition, 'extension', room)
  return extension?.slices.find(
    (slice) => slice.types.some(({ profiles }) => profiles?.includes(url)) || urlOf(slice) === url,
  )
}

/** The url that an extension slice stands for: its profile's, or its own fixed one. */
export function extensionUrl(slice: Definition): unknown {
  slice.matcher ??= slice.types[0]?.profiles?.[0] ?? urlOf(slice) ?? slice.facts.slice
  return slice.matcher
}

/** The fixed url of an inline extension. */
export function urlOf(slice: Definition): unknown {
  return slice.children.find(({ name }) => name === 'url')?.facts.fixed
}

/** The element that decides; undefined where the profile says nothing of it. */
function criterionOf(slice: Definition, path: string, room: Room): Definition | undefined {
  let at: Definition | undefined = slice
  for (const step of stepsOf(path)) {
    if (at === undefined || step === '$this') continue
    if (step === 'resolve()') return at
    const url = /^extension\('([^']*)'\)$/.exec(step)?.[1]
    at = url === undefined ? childBelow(at, step, room) : extensionSlice(at, url, room)
  }
  return at
}

const run = (path: Run, item: Item, context: PathContext): readonly Item[] =>
  path([item], { path: context, self: undefined, index: 0 })

/** The predicate of one discriminator; undefined where nothing can be told by it. */
function matcherOf(slice: Definition, by: string, path: string, room: Room): Matcher | undefined {
  const criterion = criterionOf(slice, path, room)
  const read = compilePath(path === '$this' ? '$this' : path)
  if (criterion === undefined || read === undefined) return undefined
  const { facts, types } = criterion
  if (facts.max === 0) return (item, context) => run(read, item, context).length === 0
  if (by === 'exists') return (item, context) => run(read, item, context).length > 0
  if (by === 'type')
    return (item, context) => run(read, item, context).some((one) => types.some(({ code }) => isOfType(one, code)))
  if (by === 'profile') {
    const isReference = path.endsWith('resolve()')
    const profiles = types.flatMap((type) => (isReference ? (type.targets ?? []) : (type.profiles ?? [])))
    if (profiles.length === 0) return () => true
    return (item, context) =>
      run(read, item, context).some((one) => profiles.some((profile) => context.conformsTo(one, profile)))
  }
  const wanted = facts.fixed ?? facts.pattern
  if (wanted !== undefined)
    return (item, context) => run(read, item, context).some(({ value }) => matchesPattern(value, wanted))
  const set = facts.bind?.required
  if (set !== undefined)
    return (item, context) => run(read, item, context).some((one) => room.memberOf(one, set) === true)
  return undefined
}

/** The predicate of a slice: all its discriminators. Undefined where none of them can tell. */
export function sliceMatcher(slicer: Definition, slice: Definition, room: Room): Matcher | undefined {
  const all = (slicer.slicing?.by ?? []).map(([by, path]) => matcherOf(slice, by, path, room))
  const known = all.filter((one) => one !== undefined)
  if (known.length === 0) return undefined
  return (item, context) => known.every((matches) => matches(item, context))
}
