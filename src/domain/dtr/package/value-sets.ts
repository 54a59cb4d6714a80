/**
 * Resolves answerValueSet: first among the resources contained in the questionnaire (by `#id` or by canonical), which is
 * also where the server puts the package's value sets before a form goes to a browser.
 */
import type { Coding, Questionnaire, ValueSet, ValueSetExpansionContains } from 'fhir/r4'

const bare = (canonical: string): string => canonical.split('|')[0] ?? canonical

/** Whether a value set answers to this canonical; a version asked for must be the set's own, where it states one. */
export function isValueSetFor(valueSet: ValueSet, canonical: string): boolean {
  if (canonical.startsWith('#')) return valueSet.id === canonical.slice(1) || valueSet.url === canonical
  const [url, version] = canonical.split('|')
  if (version !== undefined && valueSet.version !== undefined && valueSet.version !== version) return false
  return valueSet.url === url || `ValueSet/${valueSet.id ?? ''}` === url || valueSet.id === url
}

/** The contained value set that a canonical names. */
export function findContainedValueSet(questionnaire: Questionnaire, canonical: string): ValueSet | undefined {
  const sets = (questionnaire.contained ?? []).filter(
    (resource): resource is ValueSet => resource.resourceType === 'ValueSet',
  )
  return sets.find((set) => isValueSetFor(set, canonical)) ?? sets.find((set) => set.url === bare(canonical))
}

/**
 * The codes of a value set: its expansion, else the concepts that its definition enumerates. Undefined where neither says
 * (a filter, a whole code system, an import): that needs a terminology server.
 */
export function readConcepts(valueSet: ValueSet): Coding[] | undefined {
  if (valueSet.expansion !== undefined) return flatten(valueSet.expansion.contains ?? [])
  const includes = valueSet.compose?.include ?? []
  if (includes.length === 0 || includes.some((include) => include.concept === undefined)) return undefined
  return includes.flatMap((include) =>
    (include.concept ?? []).map(({ code, display }) => ({
      ...(include.system === undefined ? {} : { system: include.system }),
      code,
      ...(display === undefined ? {} : { display }),
    })),
  )
}

function flatten(contains: readonly ValueSetExpansionContains[]): Coding[] {
  return contains.flatMap(({ system, code, display, abstract, inactive, contains: children }) => {
    const own =
      code === undefined || abstract === true || inactive === true
        ? []
        : [{ ...(system === undefined ? {} : { system }), code, ...(display === undefined ? {} : { display }) }]
    return [...own, ...flatten(children ?? [])]
  })
}
