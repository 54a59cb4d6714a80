/**
 * A choice element of a type that is not allowed: at fault, and read as if of the only type that is, as the official validator
 * does. Pure.
 */
import type { Child, Definition, Profile } from './definition.ts'
import { isJson, isPrimitiveType, type Json } from './path/item.ts'
import { jsonTypeOf, primitiveFault } from './primitive.ts'
import type { Run, Walk } from './walk.ts'
import { reportCount, reportUnknown } from './walk-counts.ts'

/** More than any reader wants of one list: a hostile one may have millions. */
const MOST_PLACES = 100

/** Judges a choice element of a type that is not allowed; false where the standard itself has no such element. */
export function takesType(walk: Walk, run: Run, owner: Definition, child: Child, node: Json, name: string): boolean {
  const { definition, code } = child
  // The type of an extension's value is judged with the extension.
  if (definition.path === 'Extension.value[x]') {
    checkWrongValue(walk, run, child, node[name])
    return true
  }
  if (definition.profile.isCore) {
    reportUnknown(walk, run, owner, name)
    return false
  }
  if (!isOfBase(walk, definition, code)) return false
  run.trail.push(definition, -1, code)
  const message = `${definition.path}: ${code} is not allowed (${definition.profile.label})`
  walk.report(run, 'error', 'Extension_PROF_Type', message)
  checkAsAllowed(walk, run, child, node[name])
  run.trail.pop()
  return true
}

/** What the only type that is allowed does not have, or asks for, of a value of another type: it is read as if of that type. */
function checkAsAllowed(walk: Walk, run: Run, { definition, code: named }: Child, value: unknown): void {
  const [only, ...others] = definition.types
  if (only === undefined || others.length > 0) return
  const { code, profiles = [] } = only
  const type = profiles.length === 1 ? walk.set.profile(profiles[0] ?? '') : walk.set.type(code)
  if (type === undefined) return
  const node = isJson(value) ? value : {}
  const given = walk.set.type(named)
  for (const key in node) checkPartAsAllowed(walk, run, { type, given }, key, node[key])
  if (!type.isPrimitive) {
    for (const child of type.root.children)
      if (child.min > 0 && node[child.name] === undefined) reportCount(walk, run, child, 0)
  } else if (definition.facts.bind?.required !== undefined && isJson(value))
    walk.report(run, 'error', 'Terminology_TX_Code_ValueSet_MISSING', `${definition.path}: a code is required`)
}

interface Types {
  /** The type that is allowed, and the one that the value is of. */
  readonly type: Profile
  readonly given: Profile | undefined
}

/** A primitive has a `value` in FHIR's own model, which is what another type's `value` is held to be. */
function checkPartAsAllowed(walk: Walk, run: Run, { type, given }: Types, key: string, value: unknown): void {
  const name = key.startsWith('_') ? key.slice(1) : key
  if (name === 'id' || name === 'extension') return
  const at = `${run.trail.path()}.${name}`
  const places = Array.isArray(value)
    ? value.slice(0, MOST_PLACES).map((_one, index) => `${at}[${String(index)}]`)
    : [at]
  const report = (id: string, message: string): void => {
    for (const path of places) walk.report(run, 'error', id, `${type.type} ${message}`, { path })
  }
  if (type.isPrimitive && name === 'value') {
    if (jsonTypeOf(type.type) === 'string' && typeof value === 'string') return
    walk.report(run, 'error', 'ILLEGAL_PROPERTY', `a ${type.type} has no such value`)
    return report('Extension_PROF_Type', `has another ${name}`)
  }
  const wanted = type.root.child(name)
  if (wanted === undefined) report('Validation_VAL_Profile_NotAllowed', `has no ${name}`)
  else if (wanted.code !== given?.root.child(name)?.code) report('Extension_PROF_Type', `has another ${name}`)
}

/** A value of another type than the one that an extension takes, read as if it were of that type. */
function checkWrongValue(walk: Walk, run: Run, child: Child, value: unknown): void {
  const { definition } = child
  const [only, ...others] = definition.types
  if (only === undefined || others.length > 0) return
  run.trail.push(definition, -1, child.code)
  const isRead =
    isPrimitiveType(only.code) && !isJson(value) && !(only.code === 'boolean' && /^(true|false)$/.test(String(value)))
  const fault = isRead ? primitiveFault(String(value), only.code) : undefined
  if (fault !== undefined) walk.report(run, 'error', fault, `${definition.path}: not a valid ${only.code}`)
  checkAsAllowed(walk, run, child, value)
  const set = definition.facts.bind?.required
  if (only.code === 'CodeableConcept' && set !== undefined && walk.set.terminology.knowsSet(set))
    walk.report(run, 'error', 'Terminology_TX_Code_ValueSet', `${definition.path}: a code of ${set} is required`)
  run.trail.pop()
}

/** Whether the standard itself lets a choice element have a type. */
function isOfBase(walk: Walk, definition: Definition, type: string): boolean {
  const names = definition.path.split('.')
  let at = walk.set.type(names[0] ?? '')?.root
  for (const name of names.slice(1)) at = at?.children.find(({ facts }) => facts.n === name)
  return at === undefined || at.types.some(({ code }) => code === type)
}
