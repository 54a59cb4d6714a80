/**
 * Value sets as CQL names them: by canonical with or without a version, as `urn:oid:`, or by a bare OID or id, all of which
 * occur in real libraries.
 */
import type { Coding, Questionnaire, ValueSet } from 'fhir/r4'
import { readConcepts } from './value-sets.ts'

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
 * Gives the codes of a value set, or undefined where none of that name is at hand or only its rules are. The version asked
 * for is taken where it is there, else the one there is: payers change versions without changing the libraries.
 */
export function indexValueSets(valueSets: readonly ValueSet[]): CodesOf {
  const byName = new Map<string, ValueSet>()
  const put = (name: string | undefined, set: ValueSet): void => {
    if (name !== undefined && name !== '' && !byName.has(name)) byName.set(name, set)
  }
  for (const set of valueSets) {
    if (set.url !== undefined && set.version !== undefined) put(`${set.url}|${set.version}`, set)
    put(set.url, set)
  }
  for (const set of valueSets) {
    put(set.id, set)
    if (set.url !== undefined) put(tailOf(set.url), set)
    for (const { value } of set.identifier ?? []) if (value !== undefined) put(tailOf(value), set)
  }
  const read = new Map<ValueSet, readonly Coding[] | undefined>()
  return (canonical) => {
    const set = byName.get(canonical) ?? byName.get(canonical.split('|')[0] ?? '') ?? byName.get(tailOf(canonical))
    if (set === undefined) return undefined
    if (!read.has(set)) read.set(set, readConcepts(set))
    return read.get(set)
  }
}
