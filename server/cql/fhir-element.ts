/**
 * FHIR JSON as cql-execution wants to see it: the same answers as cql-exec-fhir's own objects, at a fraction of the cost.
 * Those define thirty properties anew for each element at each look; here a class per type has them once, and what was
 * read is kept. A resource equals itself and no other, which the other way takes a walk through both to find out.
 */
import cql from 'cql-execution'
import comparison from 'cql-execution/lib/util/comparison.js'
import immutableUtil from 'cql-execution/lib/util/immutableUtil.js'
import { fhirModel, type ClassElement, type ClassInfo, type TypeSpecifier } from './fhir-types.ts'

type Json = Readonly<Record<string, unknown>>
type Compare = (a: unknown, b: unknown) => boolean | null

export class FhirElement {
  readonly _json: Json
  readonly _info: ClassInfo
  private readonly _values = new Map<string, unknown>()

  constructor(json: Json, info: ClassInfo) {
    this._json = json
    this._info = info
  }

  get(field: string): unknown {
    const known = this._values.get(field)
    if (known !== undefined || this._values.has(field)) return known
    const value = this.read(field)
    this._values.set(field, value)
    return value
  }

  private read(field: string): unknown {
    const dot = field.indexOf('.')
    if (dot >= 0) {
      const first = this.get(field.slice(0, dot))
      return first instanceof FhirElement ? first.get(field.slice(dot + 1)) : undefined
    }
    const element = this._info.findElement(field, true)
    if (element === undefined) return undefined
    const { property, type } = locate(element, field, this._json)
    if (type.namespace === 'System') return systemValue(this._json[property], type.name)
    const data = isPrimitive(type) ? primitiveData(this._json, property, type) : this._json[property]
    return data === undefined || data === null ? data : wrapAs(data, type)
  }

  getId(): unknown {
    return this._json['id']
  }

  getCode(field: string): unknown {
    const code = this.get(field)
    return code instanceof cql.Code ? code : toCode(code)
  }

  getDate(field: string): unknown {
    return this.unwrapped(field)
  }

  getInterval(field: string): unknown {
    return this.unwrapped(field)
  }

  getDateOrInterval(field: string): unknown {
    return this.unwrapped(field)
  }

  private unwrapped(field: string): unknown {
    const value = this.get(field)
    const inner = value instanceof FhirElement ? value.get('value') : undefined
    return inner === undefined || inner === null ? value : inner
  }

  getTypeInfo(): ClassInfo {
    return this._info
  }

  _is(specifier: { type: string; name: string }): boolean {
    return this._typeHierarchy().some(({ type, name }) => type === specifier.type && name === specifier.name)
  }

  _typeHierarchy(): readonly { name: string; type: string }[] {
    return hierarchyOf(this._info)
  }

  /** cql-execution asks the left side first. */
  equals(other: unknown): boolean | null {
    return this.compare(other, comparison.equals)
  }

  equivalent(other: unknown): boolean | null {
    return this.compare(other, comparison.equivalent)
  }

  private compare(other: unknown, by: Compare): boolean | null {
    if (!(other instanceof FhirElement)) return false
    if (this._json === other._json) return true
    if (isResource(this) && isResource(other)) return identityOf(this) === identityOf(other)
    const names = elementNames(this._info)
    const others = elementNames(other._info)
    if (names.length !== others.length || names.some((name, index) => name !== others[index])) return false
    let isUnknown = false
    for (const name of names) {
      const [a, b] = [this.get(name), other.get(name)]
      if ((a ?? null) === null && (b ?? null) === null) continue
      const same = by(a, b)
      if (same === false) return false
      if (same === null) isUnknown = true
    }
    return isUnknown ? null : true
  }
}

const isResource = ({ _json }: FhirElement): boolean => typeof _json['resourceType'] === 'string'

/** A chart holds each resource once: its type and id say which it is. Without an id, it is only itself. */
function identityOf(element: FhirElement): unknown {
  const { resourceType, id } = element._json
  return typeof id === 'string' ? `${String(resourceType)}/${id}` : element._json
}

/**
 * `distinct`, `union` and `except` make a key of each value, deep down. For a resource its identity says as much; for an
 * element, its values do.
 */
const originalKey = immutableUtil.toNormalizedKey
const identities = new WeakMap<object, string>()
let unnamed = 0

immutableUtil.toNormalizedKey = (value) => {
  if (!(value instanceof FhirElement)) return originalKey(value)
  if (!isResource(value)) {
    const names = elementNames(value._info)
    return originalKey(
      Object.fromEntries([['_type', value._info.name], ...names.map((name) => [name, value.get(name)])]),
    )
  }
  const identity = identityOf(value)
  if (typeof identity === 'string') return `\u0000${identity}`
  const known = identities.get(value._json) ?? `\u0000#${String((unnamed += 1))}`
  identities.set(value._json, known)
  return known
}

const classes = new Map<ClassInfo, typeof FhirElement>()
const hierarchies = new Map<ClassInfo, readonly { name: string; type: string }[]>()
const namesOf = new Map<ClassInfo, readonly string[]>()

/** A class per type: its elements are properties too, which sorting by a column reads. */
function classFor(info: ClassInfo): typeof FhirElement {
  const known = classes.get(info)
  if (known !== undefined) return known
  class Typed extends FhirElement {}
  for (const name of elementNames(info))
    Object.defineProperty(Typed.prototype, name, {
      get(this: FhirElement) {
        return this.get(name)
      },
    })
  classes.set(info, Typed)
  return Typed
}

function elementNames(info: ClassInfo): readonly string[] {
  const known = namesOf.get(info)
  if (known !== undefined) return known
  const names = new Set<string>()
  for (let at: ClassInfo | undefined = info; at !== undefined;) {
    at.elements.forEach(({ name }) => names.add(name))
    at = at.baseTypeSpecifier === undefined ? undefined : at.modelInfo.findClass(at.baseTypeSpecifier.fqn)
  }
  const sorted = [...names].sort()
  namesOf.set(info, sorted)
  return sorted
}

function hierarchyOf(info: ClassInfo): readonly { name: string; type: string }[] {
  const known = hierarchies.get(info)
  if (known !== undefined) return known
  const { name: model, url } = info.modelInfo
  const own = [info, ...info.parentClasses()].map((one) => {
    const space =
      one.namespace === model ? url : one.namespace === 'System' ? 'urn:hl7-org:elm-types:r1' : one.namespace
    const name = one.name.startsWith(`${model}.`) ? one.name.slice(model.length + 1) : one.name
    return { name: `{${space}}${name}`, type: 'NamedTypeSpecifier' }
  })
  const all = [...own, { name: '{urn:hl7-org:elm-types:r1}Any', type: 'NamedTypeSpecifier' }]
  hierarchies.set(info, all)
  return all
}

/** A resource, or any element by its type. Throws where the model has no such type. */
export function wrapFhir(json: object, type?: string): FhirElement {
  const name = type ?? (json as { resourceType?: string }).resourceType ?? ''
  const info = fhirModel().findClass(name)
  if (info === undefined) throw new Error('unknown FHIR type')
  return new (classFor(info))(json as Json, info)
}

function wrapAs(data: unknown, type: TypeSpecifier): unknown {
  if (type.isList) {
    const { elementType } = type
    if (!Array.isArray(data) || elementType === undefined) return undefined
    return data.map((item: unknown) => (item === undefined || item === null ? item : wrapAs(item, elementType)))
  }
  if (!type.isNamed || typeof data !== 'object' || data === null) return undefined
  const info = fhirModel().findClass(type.fqn)
  return info === undefined ? undefined : new (classFor(info))(data as Json, info)
}

/** Where the value of an element stands: a choice element is spelled with its type. */
function locate(element: ClassElement, field: string, json: Json): { property: string; type: TypeSpecifier } {
  const { typeSpecifier, name } = element
  if (!typeSpecifier.isChoice) return { property: name, type: typeSpecifier }
  const spelled = (choice: TypeSpecifier): string => {
    const type = choice.name === 'SimpleQuantity' ? 'Quantity' : choice.name
    return `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`
  }
  const isThere = (property: string): boolean =>
    (json[property] ?? null) !== null || (json[`_${property}`] ?? null) !== null
  const choice = typeSpecifier.choices?.find((one) =>
    field === name ? one.isNamed && isThere(spelled(one)) : spelled(one) === field,
  )
  return choice === undefined ? { property: name, type: typeSpecifier } : { property: spelled(choice), type: choice }
}

const primitives = new Map<string, boolean>()

/** FHIR's primitives are objects in CQL: a value, an id, extensions. Codes with their own class among them. */
function isPrimitive(type: TypeSpecifier): boolean {
  if (type.isList) return type.elementType !== undefined && isPrimitive(type.elementType)
  if (!type.isNamed) return false
  const known = primitives.get(type.fqn)
  if (known !== undefined) return known
  const info = fhirModel().findClass(type.fqn)
  const isCode =
    info?.baseTypeSpecifier?.fqn === 'FHIR.Element' &&
    info.elements.length === 1 &&
    info.findElement('value', false)?.typeSpecifier.fqn === 'System.String'
  const result = (type.namespace === 'FHIR' && type.name.charAt(0).toLowerCase() === type.name.charAt(0)) || isCode
  primitives.set(type.fqn, result)
  return result
}

/** Brings a primitive and its `_` twin together. */
function primitiveData(json: Json, property: string, type: TypeSpecifier): unknown {
  const value = json[property]
  const twin = json[`_${property}`]
  if ((value ?? null) === null && (twin ?? null) === null) return value
  if (!type.isList) return joined(value, twin)
  const values: unknown[] = Array.isArray(value) ? value : [value]
  const twins: unknown[] = Array.isArray(twin) ? twin : [twin]
  return Array.from({ length: Math.max(values.length, twins.length) }, (_none, at) => joined(values[at], twins[at]))
}

function joined(value: unknown, twin: unknown): unknown {
  if ((value ?? null) === null && (twin ?? null) === null) return value
  const own = value === undefined ? {} : { value }
  return typeof twin === 'object' && twin !== null ? { ...own, ...twin } : own
}

function systemValue(data: unknown, type: string): unknown {
  if (data === undefined || data === null) return data
  switch (type) {
    case 'Boolean':
    case 'Integer':
    case 'String':
    case 'Decimal':
      return data
    case 'DateTime':
      return cql.DateTime.parse(String(data).replace('Z', '+00:00'))
    case 'Date':
      return cql.DateTime.parse(String(data))?.getDate()
    case 'Time': {
      // cql-execution keeps a time as a date-time of the year 0.
      const time = cql.DateTime.parse(`0000-01-01T${String(data).replace('Z', '+00:00')}`)
      return time === null ? time : Object.assign(time, { timezoneOffset: null })
    }
    default:
      return undefined
  }
}

function toCode(value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (Array.isArray(value)) return value.map(toCode)
  if (!(value instanceof FhirElement)) return undefined
  const text = (name: string): string => (value.get(name) as FhirElement | undefined)?.get('value') as string
  switch (value._info.name.replace(/^FHIR\./, '')) {
    case 'CodeableConcept': {
      const coding = value.get('coding')
      if (!Array.isArray(coding)) return coding
      const codes = coding.map(toCode)
      return codes.length === 1 ? codes[0] : codes
    }
    case 'Coding':
      return new cql.Code(text('code'), text('system'), text('version'), text('display'))
    case 'code':
      return value.get('value')
    default:
      return undefined
  }
}
