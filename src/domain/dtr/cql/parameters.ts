/**
 * What a library's parameters are given: the launch's resources of the type that the parameter declares. Names are no help:
 * `device_request`, `DeviceRequest` and `order` all occur (DTR "Parameters/context"). What nothing fits stays out, and the
 * library sees null or its own default.
 */
import type { CqlLibrary } from './library.ts'
import { fhirTypeOf, type ElmLibrary, type ElmNode } from './elm.ts'
import type { SourceResource } from '../expression/expression.ts'

/** By `parameterKey`: two libraries may call different things by one name. */
export type CqlParameters = ReadonlyMap<string, SourceResource | readonly SourceResource[]>

/** What a parameter of a library is known by among all libraries. */
export const parameterKey = ({ id, version }: ElmLibrary['identifier'], name: string): string =>
  `${id}|${version ?? ''}|${name}`

/** `launched`: the patient first, then the orders in their order, then the rest. */
export function bindParameters(libraries: readonly CqlLibrary[], launched: readonly SourceResource[]): CqlParameters {
  const bound = new Map<string, SourceResource | readonly SourceResource[]>()
  for (const { key, specifier } of listParameters(libraries)) {
    const value = fitting(specifier, launched)
    if (value !== undefined) bound.set(key, value)
  }
  return bound
}

/**
 * The parameters that take one resource where the launch brings several that fit: a library's answers are about the one
 * given here alone, and have to say so.
 */
export function chosenParameters(
  libraries: readonly CqlLibrary[],
  launched: readonly SourceResource[],
): ReadonlyMap<string, SourceResource> {
  const chosen = new Map<string, SourceResource>()
  for (const { key, specifier } of listParameters(libraries)) {
    if (specifier.type === 'ListTypeSpecifier') continue
    const first = fitting(specifier, launched)
    const others = launched.filter((one) => one !== first)
    if (first !== undefined && !Array.isArray(first) && fitting(specifier, others) !== undefined)
      chosen.set(key, first as SourceResource)
  }
  return chosen
}

/** Those that declare a type: a default alone may say nothing of resources. */
function listParameters(libraries: readonly CqlLibrary[]): { readonly key: string; readonly specifier: ElmNode }[] {
  return libraries.flatMap(({ elm }) =>
    (elm?.parameters?.def ?? []).flatMap(({ name, parameterTypeSpecifier: specifier }) =>
      elm === null || specifier === undefined ? [] : [{ key: parameterKey(elm.identifier, name), specifier }],
    ),
  )
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
