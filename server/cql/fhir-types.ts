/** The FHIR model as cql-exec-fhir knows it: its classes and the types of their elements, read once per thread. */
import cqlFhir from 'cql-exec-fhir'

export interface TypeSpecifier {
  readonly namespace?: string
  readonly name: string
  readonly fqn: string
  readonly isNamed: boolean
  readonly isList: boolean
  readonly isChoice: boolean
  readonly elementType?: TypeSpecifier
  readonly choices?: readonly TypeSpecifier[]
}

export interface ClassElement {
  readonly name: string
  readonly typeSpecifier: TypeSpecifier
}

export interface ClassInfo {
  readonly name: string
  readonly namespace: string
  readonly elements: readonly ClassElement[]
  readonly baseTypeSpecifier: TypeSpecifier | undefined
  readonly modelInfo: ModelInfo
  parentClasses(): readonly ClassInfo[]
  findElement(name: string, allowExplicitChoice: boolean): ClassElement | undefined
}

export interface ModelInfo {
  readonly name: string
  readonly url: string
  findClass(name: string): ClassInfo | undefined
}

let model: ModelInfo | undefined

/** FHIR 4.0.1, which 4.0.0 is read as too: the names that libraries use are the same. */
export function fhirModel(): ModelInfo {
  model ??= (cqlFhir.FHIRWrapper.FHIRv401().wrap({ resourceType: 'Patient' }).getTypeInfo() as ClassInfo).modelInfo
  return model
}
