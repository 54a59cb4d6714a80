/**
 * Value sets as CQL names them: by canonical with or without a version, as `urn:oid:`, or by a bare OID or id, all of which
 * occur in real libraries.
 */
import type { Coding, Questionnaire, ValueSet } from 'fhir/r4'

export type CodesOf = (canonical: string) => readonly Coding[] | undefined

const tailOf = (canonical: string): string =>
  (canonical.split('|')[0] ?? '')
    .replace(/^urn:oid:/, '')
    .split('/')
    .at(-1)
    ?.replace(/^#/, '') ?? ''

/** All value sets of a package: its own and those contained in its questionnaire. */
export function listValueSets(questionnaire: Questionnaire, valueSets: readonly ValueSet[]): ValueSet[] {
  const contained = (questionnaire.contained ?? []).filter((one): one is ValueSet => one.resourceType === 'ValueSet')
  return [...valueSets, ...contained]
}

/**
 * Gives the codes of a value set, or undefined where none of that name is at hand or its members are not all known: then
 * nothing can be said not to be among them. The version asked for is taken where it is there, else the one there is: payers
 * change versions without changing the libraries.
 */
export function indexValueSets(valueSets: readonly ValueSet[]): CodesOf {
  const byName = new Map<string, ValueSet>()
  const put = (name: string | undefined, set: ValueSet): void => {
    if (typeof name === 'string' && name !== '' && !byName.has(name)) byName.set(name, set)
  }
  for (const set of valueSets) {
    if (set.url !== undefined && set.version !== undefined) put(`${set.url}|${set.version}`, set)
    put(set.url, set)
  }
  for (const set of valueSets) {
    put(set.id, set)
    const identifiers = Array.isArray(set.identifier) ? set.identifier.map((one) => one?.value) : []
    for (const name of [set.url, ...identifiers]) if (typeof name === 'string') put(tailOf(name), set)
  }
  const read = new Map<ValueSet, readonly Coding[] | undefined>()
  const codesOf: CodesOf = (canonical) => {
    const set = byName.get(canonical) ?? byName.get(canonical.split('|')[0] ?? '') ?? byName.get(tailOf(canonical))
    if (set === undefined) return undefined
    if (!read.has(set)) {
      // A set that is made of itself has no members that can be told.
      read.set(set, undefined)
      read.set(set, membersOf(set, codesOf))
    }
    return read.get(set)
  }
  return codesOf
}

type Expansion = NonNullable<ValueSet['expansion']>
type Contains = NonNullable<Expansion['contains']>[number]
type Include = NonNullable<ValueSet['compose']>['include'][number]

function membersOf({ expansion, compose }: ValueSet, codesOf: CodesOf): readonly Coding[] | undefined {
  if (expansion !== undefined) return expanded(expansion)
  const included = (compose?.include ?? []).map((include) => includedBy(include, codesOf))
  const excluded = (compose?.exclude ?? []).map((exclude) => includedBy(exclude, codesOf))
  if (included.length === 0 || [...included, ...excluded].includes(undefined)) return undefined
  const out = new Set(excluded.flatMap((codes) => codes ?? []).map(keyOf))
  return included.flatMap((codes) => codes ?? []).filter((code) => !out.has(keyOf(code)))
}

/** What servers say of an expansion that does not hold all (FHIR extensions on ValueSet.expansion). */
const NOT_WHOLE = /\/(valueset-toocostly|valueset-unclosed)$/

/** All codes of an expansion, inactive ones too, since old records have them; undefined for one page or part of it. */
function expanded({ contains, total, extension }: Expansion): Coding[] | undefined {
  const nodes = nodesOf(contains ?? [])
  if (total !== undefined && total > nodes.length) return undefined
  if (extension?.some(({ url, valueBoolean }) => NOT_WHOLE.test(url) && valueBoolean !== false) === true)
    return undefined
  return nodes.flatMap(({ system, code, display, abstract }) =>
    code === undefined || abstract === true ? [] : [codingOf(system, code, display)],
  )
}

const nodesOf = (contains: readonly Contains[]): Contains[] =>
  contains.flatMap((node) => [node, ...nodesOf(node.contains ?? [])])

/** The codes that are listed one by one, or those of other sets (of several, what all have: R4 ValueSet.compose). */
function includedBy({ system, concept, filter, valueSet }: Include, codesOf: CodesOf): readonly Coding[] | undefined {
  if (filter !== undefined && filter.length > 0) return undefined
  const listed = concept?.map(({ code, display }) => codingOf(system, code, display))
  if (listed === undefined && system !== undefined) return undefined
  const sets = (valueSet ?? []).map(codesOf)
  const all = [...(listed === undefined ? [] : [listed]), ...sets]
  const [first, ...others] = all
  if (first === undefined || all.includes(undefined)) return undefined
  const keys = others.map((codes) => new Set((codes ?? []).map(keyOf)))
  return first.filter((code) => keys.every((known) => known.has(keyOf(code))))
}

const keyOf = ({ system, code }: Coding): string => `${system ?? ''}|${code ?? ''}`

const codingOf = (system: string | undefined, code: string, display: string | undefined): Coding => ({
  ...(system === undefined ? {} : { system }),
  code,
  ...(display === undefined ? {} : { display }),
})
