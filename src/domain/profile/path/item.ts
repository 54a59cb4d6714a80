/**
 * What FHIRPath works on here: a JSON value with its FHIR type where that is known (from a choice element's name, or from
 * the walker), and for a primitive the element that stands beside it under `_name`. Pure.
 */

export type Json = Readonly<Record<string, unknown>>

export interface Item {
  readonly value: unknown
  readonly beside?: Json | undefined
  readonly type?: string | undefined
}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Types that may end a choice element's name. */
const TYPE_NAMES = new Set(
  (
    'Base64Binary Boolean Canonical Code Date DateTime Decimal Id Instant Integer Markdown Oid PositiveInt String Time ' +
    'UnsignedInt Uri Url Uuid Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance ' +
    'Duration HumanName Identifier Money Period Quantity Range Ratio Reference SampledData Signature Timing ' +
    'ContactDetail Contributor DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition ' +
    'UsageContext Dosage Meta'
  ).split(' '),
)
/** The choice elements of R4, without `[x]`: `subscriber` is none though there is a `subscriberId`. */
const CHOICES = new Set(
  (
    'abatement additive age allowed amount answer asNeeded author born bounds characteristic chargeItem code ' +
    'collected content created date deceased defaultValue definingSubstance definition detail diagnosis dose ' +
    'doseNumber due duration effective entity event example fastingStatus fixed identified indication instances ' +
    'item legallyBinding location manufacturer maxValue medication minValue minimumVolume module multipleBirth name ' +
    'occurred occurrence offset onset participantEffective pattern performed probability procedure product quantity ' +
    'rate reported scheduled seriesDoses serviced source start statusReason studyEffective subject substance target ' +
    'time timing topic used value when'
  ).split(' '),
)
const PRIMITIVES = new Set(
  (
    'base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time ' +
    'unsignedInt uri url uuid xhtml'
  ).split(' '),
)

export const isPrimitiveType = (type: string): boolean => PRIMITIVES.has(type)

/** `Quantity` of `valueQuantity`, `dateTime` of `effectiveDateTime`; undefined where the name is no choice of the stem. */
export function choiceType(name: string, stem: string): string | undefined {
  if (!name.startsWith(stem)) return undefined
  const suffix = name.slice(stem.length)
  if (!TYPE_NAMES.has(suffix)) return undefined
  const lower = suffix.charAt(0).toLowerCase() + suffix.slice(1)
  return PRIMITIVES.has(lower) ? lower : suffix
}

/** `serviced.ofType(Period)` of `servicedPeriod`: the FHIRPath of a JSON name. */
export function pathOfName(name: string): string {
  for (const stem of CHOICES) {
    const type = choiceType(name, stem)
    if (type !== undefined) return `${stem}.ofType(${type})`
  }
  return name
}

function pushValues(found: Item[], value: unknown, beside: unknown, type: string | undefined): void {
  if (Array.isArray(value) || Array.isArray(beside)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : []
    const besides: readonly unknown[] = Array.isArray(beside) ? beside : []
    for (let at = 0; at < Math.max(values.length, besides.length); at++) {
      const next = besides[at]
      if (values[at] !== undefined && values[at] !== null)
        found.push({ value: values[at], beside: isJson(next) ? next : undefined, type })
      else if (isJson(next)) found.push({ value: undefined, beside: next, type })
    }
  } else if (value !== undefined && value !== null)
    found.push({ value, beside: isJson(beside) ? beside : undefined, type })
  else if (isJson(beside)) found.push({ value: undefined, beside, type })
}

/** Adds the children of an item under a name to what was found; choice elements go by their stem. */
export type ReadChildren = (item: Item, found: Item[]) => void

/** How the children under a name are read; made once, as it is asked for many times. */
export function childrenReader(name: string): ReadChildren {
  const besideName = `_${name}`
  const isChoice = CHOICES.has(name)
  return (item, found) => {
    const node = isJson(item.value) ? item.value : item.beside
    if (node === undefined) return
    const value = node[name]
    const beside = node[besideName]
    if (value !== undefined || beside !== undefined) pushValues(found, value, beside, undefined)
    else if (isChoice) pushChoice(node, name, found)
  }
}

function pushChoice(node: Json, stem: string, found: Item[]): void {
  for (const key in node) {
    const bare = key.charCodeAt(0) === 95 ? key.slice(1) : key
    if (!bare.startsWith(stem) || bare.length === stem.length) continue
    const type = choiceType(bare, stem)
    if (type === undefined || (bare !== key && node[bare] !== undefined)) continue
    const value = node[bare]
    // Neither an object in the place of a simple value nor an empty one is a value.
    if (isJson(value) && (PRIMITIVES.has(type) || isEmpty(value))) continue
    return pushValues(found, value, node[`_${bare}`], type)
  }
}

export function isEmpty(node: Json): boolean {
  for (const _name in node) return false
  return true
}

/** All children, whatever their names. */
export function allChildrenOf(item: Item, found: Item[]): void {
  const node = isJson(item.value) ? item.value : item.beside
  if (node === undefined) return
  for (const key in node) {
    if (key === 'resourceType') continue
    if (key.startsWith('_')) {
      if (node[key.slice(1)] === undefined) pushValues(found, undefined, node[key], undefined)
    } else pushValues(found, node[key], node[`_${key}`], undefined)
  }
}
