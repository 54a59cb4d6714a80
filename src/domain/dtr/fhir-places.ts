/**
 * Steps through FHIR JSON the way fhirpath does on R4 data, without making its nodes. Only where the data is as FHIR has
 * it: a null in a list, an element with extensions of its own (`_status`), a value that is no object give null ("odd"),
 * and fhirpath is asked about that resource instead.
 */

/** What fhirpath's R4 model says of types. */
export interface TypeModel {
  readonly pathsDefinedElsewhere: Readonly<Record<string, string>>
  readonly choiceTypePaths: Readonly<Record<string, readonly string[]>>
  readonly path2TypeWithoutElements: Readonly<Record<string, string>>
  readonly type2Parent: Readonly<Record<string, string>>
}

/** A value and the path or type that the model knows it by. */
export interface Place {
  readonly data: unknown
  readonly path: string
}

interface Field {
  readonly name: string
  readonly hidden: string
  readonly path: string
}

/** Names that plain objects answer to without having them. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype))

export class Places {
  private readonly model: TypeModel
  private readonly fields = new Map<string, Map<string, readonly Field[]>>()
  private readonly parents: ReadonlySet<string>

  constructor(model: TypeModel) {
    this.model = model
    this.parents = new Set(Object.values(model.type2Parent))
  }

  /** Whether an element may be stepped to by this name: no resource type, nothing that every object has. */
  isElement(name: string): boolean {
    return /^[a-z]\w*$/.test(name) && !INHERITED.has(name)
  }

  /** Whether nothing is derived from this type: then a place is of the type exactly if it bears its name. */
  isFinalType(name: string): boolean {
    // fhirpath knows the path of an extension, but not its type.
    return name !== 'Extension' && Object.hasOwn(this.model.type2Parent, name) && !this.parents.has(name)
  }

  /** What stands under a name, in order; null where the data is odd. */
  children({ data, path }: Place, name: string): readonly Place[] | null {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return null
    const element = data as Readonly<Record<string, unknown>>
    if (element['resourceType'] === name) return null
    for (const field of this.fieldsOf(path, name)) {
      if (element[field.hidden] !== undefined) return null
      const value = element[field.name]
      if (value !== undefined) return placesOf(value, field.path)
    }
    return []
  }

  private fieldsOf(path: string, name: string): readonly Field[] {
    let known = this.fields.get(path)
    if (known === undefined) this.fields.set(path, (known = new Map()))
    let fields = known.get(name)
    if (fields === undefined) known.set(name, (fields = this.findFields(path, name)))
    return fields
  }

  private findFields(path: string, name: string): readonly Field[] {
    const { pathsDefinedElsewhere, choiceTypePaths, path2TypeWithoutElements } = this.model
    const own = `${path}.${name}`
    const child = pathsDefinedElsewhere[own] ?? own
    const field = (suffix: string): Field => {
      const full = name === 'extension' ? 'Extension' : child + suffix
      const named = name + suffix
      return { name: named, hidden: `_${named}`, path: path2TypeWithoutElements[full] ?? full }
    }
    return choiceTypePaths[child]?.map(field) ?? [field('')]
  }
}

function placesOf(value: unknown, path: string): readonly Place[] | null {
  if (value === null) return []
  if (!Array.isArray(value)) return isOdd(value) ? null : [placeOf(value, path)]
  const values = value as readonly unknown[]
  return values.some(isOdd) ? null : values.map((one) => placeOf(one, path))
}

const typeOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null && 'resourceType' in data ? data.resourceType : undefined

function isOdd(data: unknown): boolean {
  const type = typeOf(data)
  return data === null || data === undefined || Array.isArray(data) || (type !== undefined && typeof type !== 'string')
}

/** A resource inside another is known by its own type. */
function placeOf(data: unknown, path: string): Place {
  const type = typeOf(data)
  return { data, path: typeof type === 'string' && type !== '' ? type : path }
}
