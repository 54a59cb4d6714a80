/** Makes the table of a profile from the snapshot of its StructureDefinition: what every element has is left out. */
import type { ElementDefinition, ElementDefinitionType, Extension, Quantity, StructureDefinition } from 'fhir/r4'
import type {
  BindingFacts,
  ElementFacts,
  LimitFacts,
  ProfileFacts,
  SlicingFacts,
  TypeFacts,
} from '../../src/domain/profile/table.ts'

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet'
/** An additional binding of R5 in an R4 package: by the extension of FHIR's tools or by that of R5's element. */
const ADDITIONAL = /additional-binding$|extension-ElementDefinition[.]binding[.]additional$/
const IMPOSE = /structuredefinition-imposeProfile$/
const BEST_PRACTICE = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice'
const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.'
/** These stand on every element, and are native code. */
const EVERYWHERE = new Set(['ele-1', 'ext-1'])

/** Gives each invariant a number. */
export type Numbering = (id: string, severity: 'error' | 'warning', expression: string) => number

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const bare = (canonical: string): string => canonical.replace(/\|.*$/, '')
const BASE = 'http://hl7.org/fhir/StructureDefinition/'

const find = (extensions: readonly Extension[] | undefined, url: string): Extension | undefined =>
  extensions?.find((one) => one.url === url)

function typeOf(type: ElementDefinitionType): string | TypeFacts {
  const declared = find(type.extension, FHIR_TYPE)
  const code =
    declared?.valueUrl ??
    declared?.valueUri ??
    (type.code.startsWith(SYSTEM_TYPE) ? type.code.slice(SYSTEM_TYPE.length).toLowerCase() : type.code)
  const facts: Mutable<TypeFacts> = { code: code.startsWith(BASE) ? code.slice(BASE.length) : code }
  if (type.profile) facts.profiles = type.profile.map(bare)
  if (type.targetProfile) facts.targets = type.targetProfile.map(bare)
  if (type.aggregation) facts.modes = type.aggregation
  return Object.keys(facts).length === 1 ? facts.code : facts
}

/**
 * The sets of the additional bindings that every use must keep: one with a context of use holds for some uses alone, one with
 * `any` for one of several values; the other purposes require nothing.
 */
function alsoOf({ extension = [] }: NonNullable<ElementDefinition['binding']>): string[] {
  return extension
    .filter(({ url }) => ADDITIONAL.test(url))
    .flatMap(({ extension: parts }) => {
      const purpose = find(parts, 'purpose')?.valueCode
      const set = find(parts, 'valueSet')?.valueCanonical
      const isForAll = find(parts, 'usage') === undefined && find(parts, 'any')?.valueBoolean !== true
      return isForAll && set !== undefined && (purpose === 'required' || purpose === 'maximum') ? [bare(set)] : []
    })
}

function bindingOf({ binding }: ElementDefinition): BindingFacts | undefined {
  if (binding === undefined) return undefined
  const facts: Mutable<BindingFacts> = {}
  const max = find(binding.extension, MAX_VALUE_SET)
  const set = max?.valueCanonical ?? max?.valueUri
  if (binding.strength === 'required' && binding.valueSet !== undefined) facts.required = bare(binding.valueSet)
  else if (set !== undefined) facts.max = bare(set)
  const also = alsoOf(binding)
  if (also.length > 0) facts.also = also
  return Object.keys(facts).length === 0 ? undefined : facts
}

function valueAt(element: ElementDefinition, prefix: 'fixed' | 'pattern' | 'minValue' | 'maxValue'): unknown {
  const name = Object.keys(element).find((one) => one.startsWith(prefix) && /^[A-Z]/.test(one.slice(prefix.length)))
  return name === undefined ? undefined : (element as unknown as Record<string, unknown>)[name]
}

function slicingOf(element: ElementDefinition): SlicingFacts | undefined {
  const { slicing } = element
  if (slicing === undefined) return undefined
  const by = (slicing.discriminator ?? []).map(({ type, path }) => [type, path] as const)
  return { by, rules: slicing.rules, ...(slicing.ordered ? { ordered: 1 as const } : {}) }
}

/** A limit as the walker compares by it; null for one of which it cannot (a Quantity without a coded unit). */
function limitOf(value: unknown): LimitFacts | null {
  if (typeof value === 'number' || typeof value === 'string') return value
  const { value: amount, system, code } = (value ?? {}) as Partial<Quantity>
  return amount === undefined || system === undefined || code === undefined ? null : { value: amount, system, code }
}

function limitsOf(element: ElementDefinition, facts: Mutable<ElementFacts>): void {
  if ((element.min ?? 0) > 0) facts.min = element.min ?? 0
  if (element.max !== undefined && element.max !== '*') facts.max = Number(element.max)
  if (element.maxLength !== undefined) facts.maxLength = element.maxLength
  const range = [limitOf(valueAt(element, 'minValue')), limitOf(valueAt(element, 'maxValue'))] as const
  if (range.some((limit) => limit !== null)) facts.range = range
}

function factsOf(element: ElementDefinition, number: Numbering, url: string): Mutable<ElementFacts> {
  const facts: Mutable<ElementFacts> = { n: element.path.replace(/^.*[.]/, '') }
  if (element.sliceName !== undefined) facts.slice = element.sliceName
  limitsOf(element, facts)
  if (element.type) facts.t = element.type.map(typeOf)
  if (element.contentReference !== undefined) facts.same = element.contentReference.replace(/^[^#]*#/, '')
  const [fixed, pattern] = [valueAt(element, 'fixed'), valueAt(element, 'pattern')]
  if (fixed !== undefined) facts.fixed = fixed
  if (pattern !== undefined) facts.pattern = pattern
  const bind = bindingOf(element)
  if (bind) facts.bind = bind
  const inv = (element.constraint ?? []).flatMap(({ key, severity, expression, source, extension }) =>
    expression === undefined || EVERYWHERE.has(key) || find(extension, BEST_PRACTICE)?.valueBoolean === true
      ? []
      : [number(`${source ?? url}#${key}`, severity, expression)],
  )
  if (inv.length > 0) facts.inv = inv
  if (element.mustSupport) facts.ms = 1
  if (element.isModifier) facts.mod = 1
  const slicing = slicingOf(element)
  if (slicing) facts.slicing = slicing
  return facts
}

/** What every element of FHIR has: the compiler adds it again. */
function isUsual({ n, slice, min, max, t, slicing, slices, ch, inv }: ElementFacts): boolean {
  if (slice !== undefined || (min ?? 0) > 0 || slices || ch || inv) return false
  if (n === 'id') return max === 1
  const isByUrl = slicing === undefined || (slicing.by.length === 1 && slicing.by[0]?.[1] === 'url')
  return n === 'extension' && max === undefined && isByUrl && (t ?? []).every((type) => typeof type === 'string')
}

/** The tree of a snapshot. Slices of an element stand beside it under `slices`. */
function treeOf(elements: readonly ElementDefinition[], number: Numbering, url: string): Mutable<ElementFacts> {
  const [first, ...rest] = elements
  if (first === undefined) throw new Error('a snapshot without elements')
  const root = factsOf(first, number, url)
  const byId = new Map<string, Mutable<ElementFacts>>([[first.id ?? first.path, root]])
  for (const element of rest) {
    const facts = factsOf(element, number, url)
    const id = element.id ?? element.path
    byId.set(id, facts)
    const owner = byId.get(id.slice(0, id.lastIndexOf('.')))
    if (owner === undefined) throw new Error(`no owner of ${id}`)
    const last = id.slice(id.lastIndexOf('.') + 1)
    const sliced = last.includes(':') ? byId.get(id.slice(0, id.length - (last.length - last.indexOf(':')))) : undefined
    if (sliced === undefined) owner.ch = [...(owner.ch ?? []), facts]
    else sliced.slices = [...(sliced.slices ?? []), facts]
  }
  const prune = (facts: Mutable<ElementFacts>): void => {
    facts.ch?.forEach(prune)
    facts.slices?.forEach(prune)
    if (facts.ch) facts.ch = facts.ch.filter((child) => !isUsual(child))
    if (facts.ch?.length === 0) delete facts.ch
  }
  prune(root)
  return root
}

/** What a differential of a simple extension says, laid over what every extension has. */
function extensionSnapshot({ differential, type }: StructureDefinition): readonly ElementDefinition[] | undefined {
  if (differential === undefined || type !== 'Extension') return undefined
  const usual: ElementDefinition[] = [
    { id: 'Extension', path: 'Extension', min: 0, max: '*' },
    { id: 'Extension.extension', path: 'Extension.extension', min: 0, max: '*', type: [{ code: 'Extension' }] },
    { id: 'Extension.url', path: 'Extension.url', min: 1, max: '1', type: [{ code: `${SYSTEM_TYPE}String` }] },
    { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 0, max: '1', type: [] },
  ]
  return usual.map((element) => ({ ...element, ...differential.element.find(({ id }) => id === element.id) }))
}

/** The facts of a definition; undefined where it has no snapshot. */
export function profileFacts(definition: StructureDefinition, number: Numbering): ProfileFacts | undefined {
  const elements = definition.snapshot?.element ?? extensionSnapshot(definition)
  if (elements === undefined) return undefined
  const imposes = (definition.extension ?? []).flatMap(({ url, valueCanonical }) =>
    IMPOSE.test(url) && valueCanonical !== undefined ? [bare(valueCanonical)] : [],
  )
  const contexts = (definition.context ?? []).map(
    ({ type, expression }) => [type === 'extension' ? 'x' : type === 'fhirpath' ? 'p' : 'e', expression] as const,
  )
  return {
    url: definition.url,
    ...(definition.version === undefined ? {} : { version: definition.version }),
    type: definition.type.startsWith(BASE) ? definition.type.slice(BASE.length) : definition.type,
    kind: definition.kind,
    ...(definition.baseDefinition === undefined ? {} : { base: bare(definition.baseDefinition) }),
    ...(definition.abstract ? { abstract: 1 as const } : {}),
    ...(contexts.length === 0 ? {} : { contexts }),
    ...(definition.contextInvariant ? { contextInvariants: definition.contextInvariant } : {}),
    ...(imposes.length === 0 ? {} : { imposes }),
    root: treeOf(elements, number, definition.url),
  }
}
