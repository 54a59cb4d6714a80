/**
 * Steps through FHIR JSON the way fhirpath does on R4 data, without making its nodes. Only where the data is as FHIR has
 * it: a null in a list, an element with extensions of its own (`_status`), a value that is no object are odd, and fhirpath
 * is asked about that resource instead. A place is a value and the path or type that the model knows it by; the two are
 * passed apart because this runs for every resource of a chart.
 */

/** What fhirpath's R4 model says of types. */
export interface TypeModel {
  readonly pathsDefinedElsewhere: Readonly<Record<string, string>>
  readonly choiceTypePaths: Readonly<Record<string, readonly string[]>>
  readonly path2TypeWithoutElements: Readonly<Record<string, string>>
  readonly type2Parent: Readonly<Record<string, string>>
}

/** Is told of a place; false ends the walk. */
export type Visit = (data: unknown, path: string) => boolean

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

  /** Visits what stands under a name, in order. False where the visit ended it or the data is odd. */
  visitChildren(data: unknown, path: string, name: string, visit: Visit): boolean {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
    const element = data as Readonly<Record<string, unknown>>
    if (element['resourceType'] === name) return false
    const fields = this.fieldsOf(path, name)
    // No iterator and no closure: this runs for every element of a chart.
    for (let choice = 0; choice < fields.length; choice += 1) {
      const field = fields[choice]
      if (field === undefined || element[field.hidden] !== undefined) return false
      const value = element[field.name]
      if (value === undefined) continue
      if (value === null) return true
      if (!Array.isArray(value)) return visitOne(value, field.path, visit)
      for (let at = 0; at < value.length; at += 1) if (!visitOne(value[at], field.path, visit)) return false
      return true
    }
    return true
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

/** A resource inside another is known by its own type. */
function visitOne(data: unknown, path: string, visit: Visit): boolean {
  if (data === null || data === undefined || Array.isArray(data)) return false
  const type = typeof data === 'object' ? (data as { resourceType?: unknown }).resourceType : undefined
  if (type === undefined || type === '') return visit(data, path)
  return typeof type === 'string' && visit(data, type)
}
