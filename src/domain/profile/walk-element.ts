/** The walk down an element: its children by name, how many there are, which slice each is. Pure. */
import type { Child, Definition } from './definition.ts'
import { isEmpty, isJson, type Item, type Json } from './path/item.ts'
import { primitiveFault } from './primitive.ts'
import { extensionUrl, sliceMatcher, type Matcher } from './slicing.ts'
import { MAX_DEPTH, type Run, type Walk } from './walk.ts'
import { takesType } from './walk-choice.ts'
import { checkCounts, reportUnknown, type SliceCounts } from './walk-counts.ts'
import { walkValue } from './walk-value.ts'

/** Walks the children of an element along a definition that names them. */
export function walkElement(walk: Walk, run: Run, definition: Definition, node: Json): void {
  if (run.trail.level > MAX_DEPTH) return walk.report(run, 'error', 'Precert_Too_Deep', 'nested too deep')
  const { counted } = definition
  const counts = counted.length === 0 ? undefined : new Array<number>(counted.length).fill(0)
  let slices: SliceCounts | undefined
  for (const key in node) {
    if (key === 'resourceType') continue
    const isBeside = key.charCodeAt(0) === 95
    const name = isBeside ? key.slice(1) : key
    if (isBeside && node[name] !== undefined) continue
    const child = definition.child(name)
    if (child === undefined) {
      if (definition.profile.isCore || definition.profile.type === 'Extension')
        reportUnknown(walk, run, definition, name)
      continue
    }
    const { countedAt } = child.definition
    if (child.definition.slices.length > 0) slices ??= new Map()
    if (child.named !== undefined && child.type === undefined && !takesType(walk, run, definition, child, node, name))
      continue
    const count = walkChild(walk, run, child, node, name, slices)
    if (counts !== undefined && countedAt >= 0) counts[countedAt] = (counts[countedAt] ?? 0) + count
  }
  if (counts !== undefined) checkCounts(walk, run, counted, counts, slices)
  // Those of an element below were run when it was met.
  if (definition.invariants.length === 0 || definition !== definition.profile.root) return
  const type = run.trail.level === 0 ? run.place.type : (definition.types[0]?.code ?? definition.profile.type)
  walk.checkInvariants(run, definition, { value: node, type })
}

/** Walks the values under one JSON name; gives how many there are. */
function walkChild(
  walk: Walk,
  run: Run,
  child: Child,
  node: Json,
  name: string,
  slices: SliceCounts | undefined,
): number {
  const value = node[name]
  const { definition, code, isPrimitive } = child
  const { isCore } = definition.profile
  if (definition.isPlain && isPlainlyShaped(isPrimitive, value)) return Array.isArray(value) ? value.length : 1
  const beside = code === '' || isPrimitive ? node[child.besideName] : undefined
  if (child.isFormatOnly && beside === undefined && typeof value === child.jsonType && !primitiveFault(value, code))
    return 1
  if (!Array.isArray(value) && !Array.isArray(beside)) {
    if (isCore && definition.max > 1) reportShape(walk, run, child, 'must be an array')
    return walkOne(walk, run, child, value, beside, -1, slices) ? 1 : 0
  }
  if (isCore && definition.max === 1) {
    reportShape(walk, run, child, 'must not be an array')
    return 0
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : []
  const besides: readonly unknown[] = Array.isArray(beside) ? beside : []
  const length = Math.max(values.length, besides.length)
  if (isCore && length === 0) reportShape(walk, run, child, 'must not be empty')
  let count = 0
  for (let at = 0; at < length; at++) if (walkOne(walk, run, child, values[at], besides[at], at, slices)) count += 1
  return count
}

/** Whether nothing about the JSON needs a closer look. */
function isPlainlyShaped(isPrimitive: boolean, value: unknown): boolean {
  if (!Array.isArray(value)) return isPlain(isPrimitive, value)
  for (const one of value as unknown[]) if (!isPlain(isPrimitive, one)) return false
  return true
}

const isPlain = (isPrimitive: boolean, value: unknown): boolean =>
  isPrimitive ? value !== undefined && typeof value !== 'object' : isJson(value)

function reportShape(walk: Walk, run: Run, { definition, code }: Child, message: string): void {
  run.trail.push(definition, -1, code)
  walk.report(run, 'error', 'Precert_Json_Shape', `${definition.path} ${message}`)
  run.trail.pop()
}

/** Walks one value; false where it does not count as there. */
function walkOne(
  walk: Walk,
  run: Run,
  child: Child,
  value: unknown,
  beside: unknown,
  index: number,
  slices: SliceCounts | undefined,
): boolean {
  const { definition, code } = child
  run.trail.push(definition, index, code === '' ? 'BackboneElement' : code)
  const isThere = isShaped(walk, run, child, value, beside)
  if (isThere) {
    const item: Item = { value: value ?? undefined, beside: isJson(beside) ? beside : undefined, type: code }
    if (definition.slices.length > 0) walkSlices(walk, run, child, item, slices)
    // What holds for the whole list holds for its slices too, whether or not the snapshot repeats it.
    walkValue(walk, run, child, item)
  }
  run.trail.pop()
  return isThere
}

function walkSlices(walk: Walk, run: Run, child: Child, item: Item, slices: SliceCounts | undefined): void {
  const { definition, code } = child
  const slice = sliceOf(walk, run, definition, item)
  if (slice === undefined) {
    if (definition.slicing?.rules !== 'closed' || definition.name === 'extension') return
    const message = `${definition.path}: no slice fits (${definition.profile.label})`
    return walk.report(run, 'error', 'Validation_VAL_Profile_NotSlice', message)
  }
  slices?.set(slice, (slices.get(slice) ?? 0) + 1)
  if (slice.isChoice && slice.types.length > 0 && !slice.types.some((one) => one.code === code)) {
    const message = `${slice.path}: ${code} is not allowed (${slice.profile.label})`
    walk.report(run, 'error', 'Extension_PROF_Type', message)
  }
  walkValue(walk, run, slice.as(child), item)
}

/** Whether the JSON is of the kind that FHIR has here; what is not does not count as there. */
function isShaped(walk: Walk, run: Run, child: Child, value: unknown, beside: unknown): boolean {
  if (child.isPrimitive ? typeof value !== 'object' && value !== undefined : isJson(value) && !isEmpty(value))
    return true
  const { definition, isPrimitive } = child
  if (value === undefined || value === null) {
    if (isJson(beside)) return true
    reportMisshapen(walk, run, definition, 'must not be null')
    return false
  }
  if (isPrimitive) {
    reportMisshapen(walk, run, definition, 'must be a simple value')
    return false
  }
  reportMisshapen(walk, run, definition, isJson(value) ? 'must have content' : 'must be an object')
  return isJson(value)
}

/** The standard's own definition sees every value; a profile's need not say it again. */
function reportMisshapen(walk: Walk, run: Run, { profile, path }: Definition, message: string): void {
  if (profile.isCore) walk.report(run, 'error', 'Precert_Json_Shape', `${path} ${message}`)
}

function sliceOf(walk: Walk, run: Run, definition: Definition, item: Item): Definition | undefined {
  if (definition.name === 'extension' || definition.name === 'modifierExtension') {
    const url = isJson(item.value) ? item.value['url'] : undefined
    return definition.slices.find((slice) => extensionUrl(slice) === url)
  }
  let found: Definition | undefined
  for (const slice of definition.slices) {
    // A slice of a slice stands after it, and wins; no other is asked for once one is found.
    if (found !== undefined && slice.facts.slice?.startsWith(`${found.facts.slice ?? ''}/`) !== true) continue
    slice.matcher ??= sliceMatcher(definition, slice, walk.room) ?? (() => false)
    if ((slice.matcher as Matcher)(item, run.context)) found = slice
  }
  return found
}
