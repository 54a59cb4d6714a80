/**
 * Lists the codes of the value sets that a package leaves out: the form's preferred terminology servers that are configured
 * for the payer, then the payer's own `$expand`. A set too large to list whole is left for the search by typing; one that
 * nobody can expand is a problem of the form, told to the payer and to the user.
 */
import type { Questionnaire, ValueSet } from 'fhir/r4'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { listNamedValueSets } from '#domain/dtr/form/named-value-sets.ts'
import type { FormProblem } from '#domain/dtr/package/error-log.ts'
import { buildExpandQuery, parseExpansion, type Expansion } from '#domain/dtr/package/expansion.ts'
import {
  listNeededValueSets,
  listPreferredServers,
  type NeededValueSet,
} from '#domain/dtr/package/needed-value-sets.ts'
import { completeQuestionnaire, type QuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { PayerConfig } from '../config.ts'

/** More than a drop-down shows; DTR leaves sets of 40 codes and more to `$expand` with a filter. */
const MOST_CODES = 200
const AT_ONCE = 4

export interface ExpandDeps {
  readonly client: PayerDtrClient
  readonly payer: PayerConfig
  readonly keep: (kind: string, exchange: PayerExchange) => Promise<string>
}

export interface ResolvedValueSets {
  readonly valueSets: readonly ValueSet[]
  readonly problems: readonly FormProblem[]
}

/** The package's value sets and those that were asked for. */
export async function resolveValueSets(deps: ExpandDeps, form: QuestionnairePackage): Promise<ResolvedValueSets> {
  const needed = listNeededValueSets(form.questionnaire, form.valueSets, registeredAt(deps))
  const { valueSets, problems } = await expandAll(deps, needed)
  return { valueSets: [...form.valueSets, ...valueSets], problems }
}

/** The form with the value sets that its expressions name, as it is filled now, contained. */
export async function resolveNamedValueSets(
  deps: ExpandDeps,
  state: FormState,
): Promise<{ readonly questionnaire: Questionnaire; readonly problems: readonly FormProblem[] }> {
  const { questionnaire } = state.model
  const named = listNamedValueSets(state)
  if (named.size === 0) return { questionnaire, problems: [] }
  const asked = new Set([...named.values()].flat())
  const needed = listNeededValueSets(questionnaire, [], registeredAt(deps), named)
  const { valueSets, problems } = await expandAll(
    deps,
    needed.filter(({ canonical }) => asked.has(canonical)),
  )
  return { questionnaire: completeQuestionnaire({ questionnaire, valueSets }), problems }
}

const registeredAt = ({ payer }: ExpandDeps): readonly string[] => payer.dtr?.terminologyServers ?? []

async function expandAll(deps: ExpandDeps, needed: readonly NeededValueSet[]): Promise<ResolvedValueSets> {
  const waiting = [...needed]
  const found: ValueSet[] = []
  const problems: FormProblem[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const expanded = await expandAnywhere(deps, next, null, MOST_CODES)
      if (expanded === null) problems.push({ kind: 'missing-value-set', linkId: null, library: next.canonical })
      // A part of a set must not look like the whole of it.
      else if (expanded.expansion.complete) found.push({ ...expanded.expansion.valueSet, ...named(next.canonical) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { valueSets: found, problems }
}

/** An expansion answers for the canonical it was asked for, whatever it calls itself. */
function named(canonical: string): Pick<ValueSet, 'url' | 'version'> {
  const [url = canonical, version] = canonical.split('|')
  return version === undefined ? { url } : { url, version }
}

/** The first server that expands it: preferred and registered ones, then the payer; null where none does. */
export async function expandAnywhere(
  { client, payer, keep }: ExpandDeps,
  { canonical, servers }: NeededValueSet,
  filter: string | null,
  count: number,
): Promise<{ readonly expansion: Expansion; readonly from: 'terminology-server' | 'payer' } | null> {
  const query = buildExpandQuery(canonical, filter, count)
  for (const server of [...servers, null]) {
    const exchange = await client.expand(payer, server, query)
    await keep('dtr-expand', exchange)
    const expansion = exchange.result.ok ? parseExpansion(exchange.result.value) : null
    if (expansion?.ok === true)
      return { expansion: expansion.value, from: server === null ? 'payer' : 'terminology-server' }
  }
  return null
}

/** Enough for a value set that logic looks codes up in; a larger one is not taken in part. */
const MOST_LOGIC_CODES = 5_000

/** How the form's own logic has value sets expanded that its package leaves out. */
export function expanderFor(
  deps: ExpandDeps,
  questionnaire: Questionnaire,
): (canonical: string) => Promise<ValueSet | undefined> {
  const servers = listPreferredServers(questionnaire, registeredAt(deps))
  return async (canonical) => {
    const found = await expandAnywhere(deps, { canonical, servers }, null, MOST_LOGIC_CODES)
    return found?.expansion.complete === true ? { ...found.expansion.valueSet, ...named(canonical) } : undefined
  }
}
