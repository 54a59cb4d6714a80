/** `ValueSet/$expand` as DTR narrows it (OperationDefinition DTR-ValueSet-expand): `url`, and `filter` by what was typed. */
import type { Coding, ValueSet } from 'fhir/r4'
import { err, ok, type Failure, type Result } from '../../result.ts'
import { isWhole, listConcepts } from './value-sets.ts'

export interface Expansion {
  readonly valueSet: ValueSet
  readonly concepts: readonly Coding[]
  /** False where the server gave a part: its total says more, or it says that it was limited. */
  readonly complete: boolean
}

export type ExpansionFailure = Failure<'expansion-nonsense'>

/** The query of the call. `url` carries the version as the canonical has it (oper-4). */
export function buildExpandQuery(canonical: string, filter: string | null, count: number | null): string {
  const query = new URLSearchParams({ url: canonical })
  if (filter !== null && filter !== '') query.set('filter', filter)
  if (count !== null) query.set('count', String(count))
  return query.toString()
}

/** Reads an expansion; a value set without one is a failure, not an empty list. */
export function parseExpansion(body: unknown): Result<Expansion, ExpansionFailure> {
  const valueSet = body as ValueSet | null | undefined
  if (typeof valueSet !== 'object' || valueSet === null || valueSet.resourceType !== 'ValueSet')
    return err({ reason: 'expansion-nonsense' })
  if (typeof valueSet.expansion !== 'object' || !areContains(valueSet.expansion.contains))
    return err({ reason: 'expansion-nonsense', path: 'expansion' })
  const { expansion } = valueSet
  return ok({ valueSet, concepts: listConcepts(expansion), complete: isWhole(expansion) })
}

function areContains(value: unknown): boolean {
  if (value === undefined) return true
  return (
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === 'object' && one !== null && areContains((one as { contains?: unknown }).contains),
    )
  )
}

/** Options whose display or code holds what was typed, those that begin with it first. */
export function filterConcepts(concepts: readonly Coding[], filter: string): Coding[] {
  const wanted = filter.trim().toLocaleLowerCase('en')
  if (wanted === '') return [...concepts]
  const rank = ({ display, code }: Coding): number => {
    const text = (display ?? '').toLocaleLowerCase('en')
    const own = (code ?? '').toLocaleLowerCase('en')
    if (text.startsWith(wanted) || own.startsWith(wanted)) return 0
    return text.includes(wanted) || own.includes(wanted) ? 1 : 2
  }
  return concepts
    .map((concept) => ({ concept, rank: rank(concept) }))
    .filter((ranked) => ranked.rank < 2)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ concept }) => concept)
}
