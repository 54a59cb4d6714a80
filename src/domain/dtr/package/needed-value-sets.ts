/**
 * Which value sets a form needs that neither its package nor its contained resources can list, and where they may be asked
 * for: the form's preferred terminology servers, so far as they are registered, then the payer (dtr.md §3). An address that
 * only the form supplies is not called.
 */
import type { Questionnaire, QuestionnaireItem, ValueSet } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { findContainedValueSet, isValueSetFor, readConcepts } from './value-sets.ts'

/** SDC 3 and SDC 4 name the extension differently. */
const SERVER_EXTENSIONS = [EXT.coreTerminologyServer, EXT.sdcTerminologyServer] as const

export interface NeededValueSet {
  readonly canonical: string
  /** Registered servers that the form prefers, the item's own first, then its ancestors', then the form's. */
  readonly servers: readonly string[]
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')

/** Value sets without codes at hand, each once. `named`: those that expressions name, by link id. */
export function listNeededValueSets(
  questionnaire: Questionnaire,
  valueSets: readonly ValueSet[],
  registered: readonly string[],
  named: ReadonlyMap<string, readonly string[]> = new Map(),
): NeededValueSet[] {
  const needed = new Map<string, NeededValueSet>()
  const isListed = (canonical: string): boolean => {
    const set =
      findContainedValueSet(questionnaire, canonical) ?? valueSets.find((one) => isValueSetFor(one, canonical))
    return set !== undefined && readConcepts(set) !== undefined
  }
  const visit = (items: readonly QuestionnaireItem[] | undefined, above: readonly string[]): void => {
    for (const item of items ?? []) {
      const servers = [...preferredServers(item), ...above]
      for (const canonical of [...valueSetsOf(item), ...(named.get(item.linkId) ?? [])])
        if (!canonical.startsWith('#') && !isListed(canonical) && !needed.has(canonical))
          needed.set(canonical, { canonical, servers: allowed(servers, registered) })
      visit(item.item, servers)
    }
  }
  visit(questionnaire.item, preferredServers(questionnaire))
  return [...needed.values()]
}

/** The registered servers that a form prefers as a whole: for value sets that its logic names. */
export function listPreferredServers(questionnaire: Questionnaire, registered: readonly string[]): string[] {
  return allowed(preferredServers(questionnaire), registered)
}

/** Those of them that are registered, each once. */
function allowed(servers: readonly string[], registered: readonly string[]): string[] {
  const known = new Set(registered.map(trimmed))
  return [...new Set(servers.map(trimmed))].filter((server) => known.has(server))
}

function preferredServers(element: Questionnaire | QuestionnaireItem): string[] {
  return SERVER_EXTENSIONS.flatMap((url) => readExtensions(element, url)).flatMap(({ valueUrl }) =>
    typeof valueUrl === 'string' ? [valueUrl] : [],
  )
}

function valueSetsOf(item: QuestionnaireItem): string[] {
  const units = readExtensions(item, EXT.unitValueSet).flatMap(({ valueCanonical }) => valueCanonical ?? [])
  return item.answerValueSet === undefined ? units : [item.answerValueSet, ...units]
}
