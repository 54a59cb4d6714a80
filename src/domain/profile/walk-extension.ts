/** Extensions: known, in their place, with a value of their type (R4 §2.5). Pure. */
import type { Definition, Profile } from './definition.ts'
import { mayStand } from './extension-context.ts'
import { compilePath, holds as isTrue } from './path/compile.ts'
import { choiceType, isJson, isPrimitiveType, type Json } from './path/item.ts'
import { extensionUrl } from './slicing.ts'
import type { Run, Walk } from './walk.ts'

/** An element of another version of FHIR: only what the tables name is known. */
const CROSS_VERSION = /^http:\/\/hl7\.org\/fhir\/\d\.\d\/StructureDefinition\/extension-/
const EXT_1 = 'http://hl7.org/fhir/StructureDefinition/Extension#ext-1'

/** Judges one extension; `run.outer` is the url of the one around it. */
export function walkExtension(walk: Walk, run: Run, definition: Definition, extension: Json): void {
  const { url } = extension
  const { isCore } = definition.profile
  if (isCore) checkValueOrParts(walk, run, extension)
  if (typeof url !== 'string' || url === '') {
    if (isCore) walk.report(run, 'error', 'Extension_EXT_Url_NotFound', 'an extension must have a url')
    return
  }
  const profile = walk.set.profile(url)
  if (profile === undefined || profile.type !== 'Extension') {
    if (!/^[a-z][a-z0-9+.-]*:\S*$/i.test(url)) return checkPart(walk, run, definition, url)
    if (isCore) reportUnknown(walk, run, definition, url)
    return
  }
  if (walk.wasWalked(extension, profile)) return
  checkContext(walk, run, profile, extension)
  checkContextInvariants(walk, run, profile, extension)
  const isModifier = profile.root.facts.mod === 1
  if (isModifier !== (definition.name === 'modifierExtension')) {
    const id = isModifier ? 'Extension_EXT_Modifier_N' : 'Extension_EXT_Modifier_Y'
    walk.report(run, 'error', id, `${url} is ${isModifier ? 'a' : 'no'} modifier extension`)
  }
  checkValue(walk, run, profile, extension)
  const { outer } = run
  run.outer = url
  walk.walkOnce(run, profile, extension)
  run.outer = outer
}

/** A receiver ignores what it does not know, unless it is a modifier. */
function reportUnknown(walk: Walk, run: Run, definition: Definition, url: string): void {
  if (CROSS_VERSION.test(url))
    return walk.report(run, 'error', 'Extension_EXT_Version_Invalid', `unknown extension ${url}`)
  const isError = walk.options.isStrict || definition.name === 'modifierExtension'
  walk.report(run, isError ? 'error' : 'information', 'Extension_EXT_Unknown', `unknown extension ${url}`)
}

function checkValueOrParts(walk: Walk, run: Run, extension: Json): void {
  const hasParts = Array.isArray(extension['extension']) && extension['extension'].length > 0
  if (hasParts === (valueName(extension) !== undefined))
    walk.report(run, 'error', EXT_1, 'an extension has either a value or extensions')
}

/** An extension with a relative url is a part of the one around it, which names its parts. */
function checkPart(walk: Walk, run: Run, definition: Definition, url: string): void {
  const { outer } = run
  if (outer === undefined) return walk.report(run, 'error', 'Extension_EXT_URL_Absolute', `not an absolute url: ${url}`)
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) || definition.profile.url !== outer) return
  const { slice } = definition.facts
  const isPart = slice !== undefined || definition.slices.some((one) => extensionUrl(one) === url)
  if (!isPart) walk.report(run, 'error', 'Extension_EXT_SubExtension_Invalid', `${outer} has no part ${url}`)
}

/** Under which name an extension has its value. */
function valueName(extension: Json): string | undefined {
  for (const name in extension) {
    if (!/^_?value[A-Z]/.test(name)) continue
    const bare = name.startsWith('_') ? name.slice(1) : name
    const value = extension[name]
    if (value === null) continue
    if (!isJson(value)) return bare
    // An object in the place of a simple value is no value.
    const isSimple = bare === name && isPrimitiveType(choiceType(bare, 'value') ?? '')
    if (!isSimple && Object.keys(value).length > 0) return bare
  }
  return undefined
}

function checkValue(walk: Walk, run: Run, profile: Profile, extension: Json): void {
  const value = profile.root.children.find(({ isChoice }) => isChoice)
  const allowed = value === undefined || value.max === 0 ? [] : value.types
  const name = valueName(extension)
  if (name !== undefined) {
    const type = choiceType(name, 'value')
    if (allowed.some(({ code }) => code === type)) return
    const message = `${profile.url}: a value of type ${type ?? name} is not allowed`
    return walk.report(run, 'error', 'Extension_EXT_Type', message)
  }
  if (allowed.length === 0) return
  const id = extension['extension'] === undefined ? 'Extension_EXT_Simple_Absent' : 'Extension_EXT_Simple_Wrong'
  walk.report(run, 'error', id, `${profile.url} must have a value`)
}

/** Where the element that holds an extension is named itself, nothing else need be known of the place. */
function isNamed(run: Run, { facts }: Profile): boolean {
  const { holderDefinition, holderType } = run.trail
  const path = holderDefinition === undefined ? run.place.type : holderDefinition.path
  return (facts.contexts ?? []).some(
    ([kind, expression]) =>
      kind === 'e' && (expression === path || expression === 'Element' || expression === holderType),
  )
}

function checkContext(walk: Walk, run: Run, profile: Profile, extension: Json): void {
  if (isNamed(run, profile)) return
  const held = run.trail.holder()
  const isFine = mayStand(profile, {
    paths: held.logicalPaths,
    isResource: held.isResource,
    outer: run.outer,
    type: (name) => walk.set.type(name),
    isFoundBy: (expression) => isFoundBy(run, expression, extension),
    conformsTo: (url) => {
      const wanted = walk.set.profile(url)
      return wanted?.type === run.place.type && walk.follows(run.place, wanted)
    },
  })
  if (isFine) return
  const { toleratedContexts } = walk.options
  const inside = run.outer === undefined ? '' : `[${run.outer}]`
  const isTolerated = [...held.logicalPaths].some((path) => toleratedContexts.has(`${profile.url} ${path}${inside}`))
  const severity = isTolerated ? 'warning' : 'error'
  const message = `${profile.url} must not stand here`
  walk.report(run, severity, 'Extension_EXTP_Context_Wrong', message, { path: held.path })
}

/** What the element that holds an extension must keep (R4 StructureDefinition.contextInvariant); the first that fails. */
function checkContextInvariants(walk: Walk, run: Run, { url, facts }: Profile, extension: Json): void {
  if (facts.contextInvariants === undefined) return
  const around = { path: run.context, self: undefined, index: 0 }
  const everything = compilePath('$this | descendants()')?.([run.context.resource], around) ?? []
  const holder = everything.find(({ value, beside }) => holds(value, extension) || holds(beside, extension))
  if (holder === undefined) return
  for (const expression of facts.contextInvariants) {
    const read = compilePath(expression)
    if (read === undefined || isTrue(read([holder], around)) !== false) continue
    const { path } = run.trail.holder()
    return walk.report(run, 'error', 'Profile_EXT_Not_Here', `${url} must not stand here: ${expression}`, { path })
  }
}

function isFoundBy(run: Run, expression: string, extension: Json): boolean {
  const read = compilePath(expression)
  if (read === undefined) return true
  const found = read([run.context.resource], { path: run.context, self: undefined, index: 0 })
  return found.some(({ value, beside }) => holds(value, extension) || holds(beside, extension))
}

const holds = (owner: unknown, extension: Json): boolean =>
  isJson(owner) &&
  ['extension', 'modifierExtension'].some((name) => {
    const list = owner[name]
    return Array.isArray(list) && (list as unknown[]).includes(extension)
  })
