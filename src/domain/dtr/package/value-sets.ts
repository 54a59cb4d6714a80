/**
 * Resolves answerValueSet: first among the resources contained in the questionnaire (by `#id` or by canonical), which is
 * also where the server puts the package's value sets before a form goes to a browser.
 */
import type {
  Coding,
  Questionnaire,
  ValueSet,
  ValueSetComposeInclude,
  ValueSetExpansion,
  ValueSetExpansionContains,
} from 'fhir/r4'

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
 * The codes of a value set: its expansion, else the concepts that its definition enumerates. Undefined where neither says all
 * of them (a part of an expansion, a filter, a whole code system, an import): that needs a terminology server.
 */
export function readConcepts(valueSet: ValueSet): Coding[] | undefined {
  return valueSet.expansion !== undefined && isWhole(valueSet.expansion)
    ? listConcepts(valueSet.expansion)
    : enumerated(valueSet.compose)
}

/** What an expansion holds, which may be a part of the set. */
export const listConcepts = ({ contains }: ValueSetExpansion): Coding[] => flatten(contains ?? [])

/** Whether an expansion is all that there is: not a page, and not fewer than it says that there are. */
export function isWhole({ total, offset, contains }: ValueSetExpansion): boolean {
  return (offset ?? 0) === 0 && (typeof total !== 'number' || total <= count(contains ?? []))
}

/** Abstract and inactive codes count. */
const count = (contains: readonly ValueSetExpansionContains[]): number =>
  contains.reduce((sum, { contains: children }) => sum + 1 + count(children ?? []), 0)

function enumerated(compose: ValueSet['compose']): Coding[] | undefined {
  const { include = [], exclude = [] } = compose ?? {}
  const isEnumerated = ({ concept, valueSet }: ValueSetComposeInclude): boolean =>
    concept !== undefined && valueSet === undefined
  if (include.length === 0 || ![...include, ...exclude].every(isEnumerated)) return undefined
  const isOut = ({ system, code }: Coding): boolean =>
    exclude.some((one) => one.system === system && one.concept?.some((concept) => concept.code === code))
  return include
    .flatMap(({ system, concept }) =>
      (concept ?? []).map(({ code, display }) => ({
        ...(system === undefined ? {} : { system }),
        code,
        ...(display === undefined ? {} : { display }),
      })),
    )
    .filter((coding) => !isOut(coding))
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
