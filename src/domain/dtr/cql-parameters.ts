/**
 * What a library's parameters are given: the launch's resources of the type that the parameter declares. Names are no help:
 * `device_request`, `DeviceRequest` and `order` all occur (DTR "Parameters/context"). What nothing fits stays out, and the
 * library sees null or its own default.
 */
import type { CqlLibrary } from './cql-library.ts'
import { fhirTypeOf, type ElmNode } from './elm.ts'
import type { SourceResource } from './expression.ts'

export type CqlParameters = Readonly<Record<string, SourceResource | readonly SourceResource[]>>

/** `launched`: the patient first, then the orders in their order, then the rest. */
export function bindParameters(libraries: readonly CqlLibrary[], launched: readonly SourceResource[]): CqlParameters {
  const bound: Record<string, SourceResource | readonly SourceResource[]> = {}
  for (const { elm } of libraries)
    for (const { name, parameterTypeSpecifier } of elm?.parameters?.def ?? []) {
      const value = parameterTypeSpecifier === undefined ? undefined : fitting(parameterTypeSpecifier, launched)
      if (value !== undefined) bound[name] ??= value
    }
  return bound
}

function fitting(
  specifier: ElmNode,
  launched: readonly SourceResource[],
): SourceResource | readonly SourceResource[] | undefined {
  switch (specifier.type) {
    case 'NamedTypeSpecifier': {
      const type = fhirTypeOf(specifier.name)
      return launched.find(({ resourceType }) => resourceType === type)
    }
    case 'ChoiceTypeSpecifier': {
      const types = ((specifier['choice'] ?? []) as ElmNode[]).map(({ name }) => fhirTypeOf(name))
      return launched.find(({ resourceType }) => types.includes(resourceType))
    }
    case 'ListTypeSpecifier': {
      const type = fhirTypeOf((specifier['elementType'] as ElmNode | undefined)?.name)
      const all = launched.filter(({ resourceType }) => resourceType === type)
      return all.length === 0 ? undefined : all
    }
    default:
      return undefined
  }
}
