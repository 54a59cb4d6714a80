/** One value against one definition: fixed and pattern values, codes, references, its type, its children. Pure. */
import { checkCoded } from './coded.ts'
import type { Child, Definition } from './definition.ts'
import type { ProfileIssue } from './issue.ts'
import { checkLimits } from './limits.ts'
import { departure, isFixed, matchesPattern } from './pattern.ts'
import { isEmpty, isJson, type Item, type Json } from './path/item.ts'
import { decodedLength, isHeldAbsolute, jsonTypeOf, primitiveFault } from './primitive.ts'
import { checkReference } from './references.ts'
import type { Run, Walk } from './walk.ts'
import { walkExtension } from './walk-extension.ts'
import { walkResource } from './walk-resource.ts'

/** Judges a value by a definition, as a value of the type that its name says. */
export function walkValue(walk: Walk, run: Run, child: Child, item: Item): void {
  const { definition, code } = child
  if (child.isPrimitive) {
    walkPrimitive(walk, run, definition, code, item)
    return walk.checkInvariants(run, definition, item)
  }
  const { value } = item
  if (!isJson(value)) return
  const { facts } = definition
  if (facts.range !== undefined) checkLimits(walk, run, definition, value)
  if (facts.fixed !== undefined && !isFixed(value, facts.fixed)) reportFixed(walk, run, definition, value, facts.fixed)
  if (facts.pattern !== undefined && !matchesPattern(value, facts.pattern))
    reportFixed(walk, run, definition, value, facts.pattern)
  if (typeof value['resourceType'] === 'string' && code !== '') return walkResource(walk, run, definition, value)
  walk.checkInvariants(run, definition, item)
  const { outer } = run
  switch (code) {
    case 'Extension':
      walkExtension(walk, run, definition, value)
      run.outer = outerUrl(value)
      break
    case 'Reference':
      checkReference(walk, run, definition, child.type, value)
      break
    case 'Coding':
    case 'CodeableConcept':
    case 'Quantity':
      checkCoded(walk, run, definition, code, value)
      break
    case 'Identifier':
      if (definition.profile.isCore) checkIdentifier(walk, run, value)
      break
    case 'Attachment':
      if (definition.profile.isCore) checkSize(walk, run, value)
      break
    default:
      break
  }
  walkType(walk, run, child, value)
  if (definition.children.length > 0) walk.walkElement(run, definition, value)
  run.outer = outer
}

/** The url of an extension for the parts in it; undefined where there is none, empty where it is no text. */
function outerUrl({ url }: Json): string | undefined {
  if (typeof url === 'string') return url
  return url === undefined || isJson(url) ? undefined : ''
}

function checkIdentifier(walk: Walk, run: Run, { system }: Json): void {
  const isSimple = typeof system === 'string' || typeof system === 'number'
  if (isSimple && !isHeldAbsolute(String(system)))
    walk.report(
      run,
      'error',
      'Type_Specific_Checks_DT_Identifier_System',
      'the system of an identifier must be absolute',
    )
}

/** The size that an attachment states is that of its data. */
function checkSize(walk: Walk, run: Run, { size, data }: Json): void {
  if (size === undefined || typeof size === 'object') return
  const stated = Number(size)
  if (!Number.isInteger(stated) || stated < 0)
    return walk.report(run, 'error', 'TYPE_SPECIFIC_CHECKS_DT_ATT_SIZE_INVALID', 'not a size')
  const actual = typeof data === 'string' ? decodedLength(data) : undefined
  if (actual !== undefined && actual !== stated)
    walk.report(run, 'error', 'TYPE_SPECIFIC_CHECKS_DT_ATT_SIZE_CORRECT', `the data has ${actual} bytes, not ${stated}`)
}

/** Along the definition of the type, or of one of the type's profiles. */
function walkType(walk: Walk, run: Run, { definition, type, code }: Child, value: Json): void {
  if (code === 'BackboneElement' || code === 'Element' || code === '') return
  const profiles = type?.profiles
  const only = profiles?.[0]
  if (profiles !== undefined && profiles.length > 1) walkOneOf(walk, run, definition, profiles, value)
  else if (only !== undefined) {
    const profile = walk.set.profile(only)
    if (profile === undefined) walk.report(run, 'error', 'Validation_VAL_Unknown_Profile', `unknown profile ${only}`)
    else if (code !== 'Extension') walk.walkOnce(run, profile, value)
  }
  const base = walk.set.type(code)
  if (base !== undefined) walk.walkOnce(run, base, value)
}

function walkOneOf(walk: Walk, run: Run, definition: Definition, profiles: readonly string[], value: Json): void {
  let best: readonly ProfileIssue[] | undefined
  for (const url of profiles) {
    const profile = walk.set.profile(url)
    if (profile === undefined) continue
    const issues = walk.try(run, profile, value)
    if (issues.every(({ severity }) => severity !== 'error')) return
    if (best === undefined || issues.length < best.length) best = issues
  }
  const message = `${definition.path}: no profile fits of ${profiles.join(', ')}`
  walk.report(run, 'error', 'Validation_VAL_Profile_NoMatch', message)
  run.issues.push(...(best ?? []))
}

function reportFixed(walk: Walk, run: Run, definition: Definition, value: unknown, wanted: unknown): void {
  const message = `${definition.path} must be ${JSON.stringify(wanted)} (${definition.profile.label})`
  const path = [run.trail.path(), ...departure(value, wanted)].join('.')
  walk.report(run, 'error', '_DT_Fixed_Wrong', message, { path })
}

function walkPrimitive(walk: Walk, run: Run, definition: Definition, code: string, item: Item): void {
  const { value, beside } = item
  const { facts, path } = definition
  const { isCore } = definition.profile
  if (value === undefined) {
    if (facts.bind?.required !== undefined && isCore)
      walk.report(run, 'error', 'Terminology_TX_Code_ValueSet_MISSING', `${path}: a code is required`)
  } else if (typeof value !== 'object') {
    if (isCore) checkFormat(walk, run, definition, code, value)
    if (typeof value !== 'boolean') checkLimits(walk, run, definition, value as string | number)
    const wanted = facts.fixed ?? facts.pattern
    if (wanted !== undefined && wanted !== value) reportFixed(walk, run, definition, value, wanted)
    if (facts.bind !== undefined && typeof value !== 'boolean') checkCoded(walk, run, definition, code, String(value))
  }
  if (beside === undefined) return
  if (isCore) walkBeside(walk, run, definition, beside)
  else if (definition.children.length > 0) walk.walkElement(run, definition, beside)
}

/** The standard's definition sees every value; a profile's need not look again. */
function checkFormat(walk: Walk, run: Run, { path }: Definition, code: string, value: unknown): void {
  const expected = jsonTypeOf(code)
  if (typeof value !== expected) walk.report(run, 'error', 'Precert_Json_Shape', `${path} must be a ${expected}`)
  const fault = primitiveFault(expected === 'string' ? String(value) : value, code)
  if (fault !== undefined) walk.report(run, 'error', fault, `${path}: not a valid ${code}`)
}

/** `_name`: id and extensions of a primitive. */
function walkBeside(walk: Walk, run: Run, definition: Definition, beside: Json): void {
  const element = walk.set.type('Element')
  if (element === undefined) return
  if (isEmpty(beside)) walk.report(run, 'error', 'Precert_Json_Shape', `${definition.path} must have content`)
  walk.walkOnce(run, element, beside)
}
