/**
 * Where in the chart a CQL result was found. A value that stands in one of the resources which its define could retrieve
 * names that resource and the place; one that stands in none was computed, and names those that it was computed from.
 */
import type { SourceResource, TypedValue, ValueSource } from '../expression/expression.ts'
import { referenceTo } from '../../fhir/reference.ts'

/** More resources than this say nothing about where a computed value comes from. */
const MAX_BASIS = 20
/** A value that stands in very many resources names the first of them. */
const MAX_PLACES = 20

export interface Provenance {
  readonly sources: readonly ValueSource[]
  readonly computed: boolean
}

/** `candidates`: what the define could retrieve, and the orders and patient that it could see. */
export function findProvenance(values: readonly TypedValue[], candidates: readonly SourceResource[]): Provenance {
  const found = values.map((value) => placesOf(value, candidates))
  if (values.length > 0 && found.every((places) => places.length > 0))
    return { sources: distinct(found.flat()).slice(0, Math.max(MAX_PLACES, values.length)), computed: false }
  const basis = candidates.length > MAX_BASIS ? [] : candidates.map((resource) => ({ resource, path: null }))
  const places = distinct(found.flat())
  return { sources: values.length === 0 ? [] : places.length > 0 ? places : basis, computed: true }
}

function placesOf({ value }: TypedValue, candidates: readonly SourceResource[]): ValueSource[] {
  if (typeof value === 'object' && value !== null && 'resourceType' in value) {
    const reference = referenceTo(value as SourceResource)
    const resource = candidates.find((one) => reference !== undefined && referenceTo(one) === reference)
    return resource === undefined ? [] : [{ resource, path: null }]
  }
  const key = keyOf(value)
  if (key === undefined) return []
  const places: ValueSource[] = []
  for (const resource of candidates) {
    const path = placesIn(resource).get(key)
    if (path !== undefined) places.push({ resource, path })
    if (places.length >= MAX_PLACES) break
  }
  return places
}

/** What a value is found again by; nothing for truth values and bare numbers, which stand everywhere. */
function keyOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length < 2 ? undefined : `s:${value.replace(/\.0+(?=Z|[+-]|$)/, '')}`
  if (typeof value !== 'object' || value === null) return undefined
  const { system, code, value: amount, coding, reference, family } = value as Record<string, unknown>
  if (typeof amount === 'number') return `q:${String(amount)}|${typeof code === 'string' ? code : ''}`
  if (typeof code === 'string') return `c:${typeof system === 'string' ? system : ''}|${code}`
  if (Array.isArray(coding)) return `k:${keyOf(coding[0]) ?? ''}`
  if (typeof reference === 'string') return `r:${reference}`
  return typeof family === 'string' ? `n:${family}` : undefined
}

const known = new WeakMap<SourceResource, ReadonlyMap<string, string>>()

/** The first place of each value in a resource, by its key. */
function placesIn(resource: SourceResource): ReadonlyMap<string, string> {
  const before = known.get(resource)
  if (before !== undefined) return before
  const places = new Map<string, string>()
  const visit = (node: unknown, path: string): void => {
    const key = keyOf(node)
    if (key !== undefined && !places.has(key)) places.set(key, path)
    if (Array.isArray(node)) node.forEach((entry, index) => visit(entry, `${path}[${String(index)}]`))
    else if (typeof node === 'object' && node !== null)
      for (const [name, value] of Object.entries(node))
        if (!SKIPPED.has(name)) visit(value, `${path}.${elementName(name)}`)
  }
  visit(resource, resource.resourceType)
  known.set(resource, places)
  return places
}

const SKIPPED: ReadonlySet<string> = new Set(['resourceType', 'meta', 'text', 'contained', 'implicitRules'])

const CHOICE =
  /^(value|effective|onset|abatement|performed|occurrence|medication|deceased|multipleBirth|code|timing|asNeeded|dose|rate|product|reported|item|content|used|allowed|serviced|location)(CodeableConcept|Coding|Quantity|Reference|String|Boolean|Integer|Decimal|DateTime|Date|Time|Period|Range|Ratio|Age|Instant|Timing|Uri|Attachment|Identifier|Duration|SimpleQuantity)$/

/** FHIRPath calls a choice element by its stem. */
const elementName = (name: string): string => CHOICE.exec(name)?.[1] ?? name

function distinct(sources: readonly ValueSource[]): ValueSource[] {
  const seen = new Set<string>()
  return sources.filter(({ resource, path }) => {
    const key = `${referenceTo(resource) ?? resource.resourceType}|${path ?? ''}`
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
}
