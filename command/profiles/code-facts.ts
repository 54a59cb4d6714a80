/** ValueSets and CodeSystems as facts: systems and codes, no descriptors. Filters are worked out where the codes are there. */
import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from 'fhir/r4'
import type { CodeSystemFacts, IncludeFacts, ValueSetFacts } from '../../src/domain/profile/table.ts'

const bare = (canonical: string): string => canonical.replace(/\|.*$/, '')

/** Each code with the codes above it. */
function ancestry(system: CodeSystem): Map<string, readonly string[]> {
  const above = new Map<string, readonly string[]>()
  const visit = (concepts: readonly CodeSystemConcept[], parents: readonly string[]): void => {
    for (const concept of concepts) {
      const named = (concept.property ?? []).flatMap(({ code, valueCode }) =>
        (code === 'subsumedBy' || code === 'parent') && valueCode !== undefined ? [valueCode] : [],
      )
      above.set(concept.code, [...parents.slice(-1), ...named])
      visit(concept.concept ?? [], [...parents, concept.code])
    }
  }
  visit(system.concept ?? [], [])
  return above
}

export function codeSystemFacts(system: CodeSystem): CodeSystemFacts {
  return {
    url: system.url ?? '',
    content: system.content,
    ...(system.caseSensitive === false ? { ignoresCase: 1 as const } : {}),
    codes: [...ancestry(system).keys()],
  }
}

function subsumed(system: CodeSystem, top: string): string[] {
  const above = ancestry(system)
  const isBelow = (code: string, seen: ReadonlySet<string>): boolean =>
    code === top || (above.get(code) ?? []).some((one) => !seen.has(one) && isBelow(one, new Set([...seen, code])))
  return [...above.keys()].filter((code) => isBelow(code, new Set()))
}

/** The codes that filters let through; undefined where they cannot be worked out here. */
function filtered(
  include: ValueSetComposeInclude,
  systems: ReadonlyMap<string, CodeSystem>,
): readonly string[] | undefined {
  const system = systems.get(include.system ?? '')
  if (system === undefined || system.content !== 'complete') return undefined
  let codes: readonly string[] = [...ancestry(system).keys()]
  for (const { property, op, value } of include.filter ?? []) {
    if (property !== 'concept' && property !== 'code') return undefined
    if (op !== 'is-a' && op !== 'descendent-of' && op !== 'is-not-a') return undefined
    const below = new Set(subsumed(system, value))
    if (op === 'descendent-of') below.delete(value)
    codes = codes.filter((code) => below.has(code) !== (op === 'is-not-a'))
  }
  return codes
}

function includeFacts(include: ValueSetComposeInclude, systems: ReadonlyMap<string, CodeSystem>): IncludeFacts {
  const codes = include.concept?.map(({ code }) => code) ?? (include.filter ? filtered(include, systems) : undefined)
  return {
    ...(include.system === undefined ? {} : { system: include.system }),
    ...(codes === undefined ? {} : { codes }),
    ...(include.filter !== undefined && codes === undefined ? { filtered: 1 as const } : {}),
    ...(include.valueSet === undefined ? {} : { sets: include.valueSet.map(bare) }),
  }
}

/** From the definition, or from the expansion where there is no definition. */
export function valueSetFacts(set: ValueSet, systems: ReadonlyMap<string, CodeSystem>): ValueSetFacts | undefined {
  if (set.url === undefined) return undefined
  if (set.compose !== undefined) {
    const exclude = set.compose.exclude?.map((one) => includeFacts(one, systems))
    return {
      url: set.url,
      include: set.compose.include.map((one) => includeFacts(one, systems)),
      ...(exclude ? { exclude } : {}),
    }
  }
  const bySystem = new Map<string, string[]>()
  for (const { system, code } of set.expansion?.contains ?? [])
    if (system !== undefined && code !== undefined) bySystem.set(system, [...(bySystem.get(system) ?? []), code])
  return { url: set.url, include: [...bySystem].map(([system, codes]) => ({ system, codes })) }
}
