/**
 * Carries out the picks of a plan. What a pick gives is kept with the Bundle or list that it was picked from, for as long
 * as that lives: charts and responses are never changed, only replaced.
 */
import type { EvaluationScope } from './expression.ts'
import type { Places } from './fhir-places.ts'
import { pickName, type Pick, type Step } from './fhirpath-plan.ts'
import { NodeCollection } from './node-collection.ts'

/** Runs a text of FHIRPath with these names. Throws what fhirpath throws. */
type RunText = (text: string, names: ReadonlyMap<string, unknown>) => unknown[]

const roots = new WeakMap<object, NodeCollection>()
const ROOT = `%\`${pickName(0)}\``

/** The names of a scope with those of the picks added; null where a pick begins at something else than FHIR data. */
export function pickAll(
  picks: readonly Pick[],
  scope: EvaluationScope,
  places: Places,
  run: RunText,
): ReadonlyMap<string, unknown> | null {
  const names = new Map(scope.names)
  for (const [index, pick] of picks.entries()) {
    const nodes = pickNodes(pick, scope, places, run)
    if (nodes === null) return null
    names.set(pickName(index), nodes)
  }
  return names
}

function pickNodes(pick: Pick, scope: EvaluationScope, places: Places, run: RunText): readonly unknown[] | null {
  const value = scope.names.get(pick.name)
  const root = identityOf(value)
  if (root === null) return null
  const walk = (from: unknown, text: string): unknown[] => run(`${ROOT}${text}`, new Map([[pickName(0), from]]))
  let at = roots.get(root) ?? new NodeCollection(walk(value, ''), places)
  roots.set(root, at)
  for (const step of pick.steps) at = take(at, step, scope, walk)
  return at.nodes
}

function take(
  from: NodeCollection,
  step: Step,
  { today, now }: EvaluationScope,
  walk: (from: unknown, text: string) => unknown[],
): NodeCollection {
  const time = step.timed ? ` at ${today} ${now}` : ''
  if (step.kind === 'path') return from.derive(step.text + time, () => walk(from.nodes, step.text))
  const { filter } = step
  const where = (nodes: readonly unknown[], criterion: string) => walk(nodes, `.where(${criterion})`)
  return from.derive(`where ${filter.text}${time}`, () => from.where(filter, where, time))
}

/** What stands for a value: the one object that it is, or the list of several. */
function identityOf(value: unknown): object | null {
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  return typeof only === 'object' && only !== null ? only : null
}
