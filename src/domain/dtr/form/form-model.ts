/**
 * A questionnaire made ready to be answered: its items by link id in form order, and who depends on whom, so that an edit
 * recomputes only what it can change.
 */
import type { Coding, Expression, Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { listOf } from '../../fhir/list.ts'
import { message, type Message } from '../../result.ts'
import type { ExpressionEvaluator } from '../expression/expression.ts'
import { LANGUAGE } from '../expression/expression.ts'
import { readFormFacts, type FormFacts } from './form-facts.ts'
import { readConstraints, readItemDefinition } from '../item/item-definition.ts'
import { readExpression, readVariables } from '../item/item-expressions.ts'
import { readSoundItems } from '../item/item-shape.ts'
import type { Constraint, ItemDefinition } from '../item/item-definition.ts'
import { listFormFaults } from './form-faults.ts'
import { readSourceQueries, type SourceQueries } from './source-queries.ts'
import { findContainedValueSet, readConcepts } from '../package/value-sets.ts'

export type { ItemDefinition } from '../item/item-definition.ts'

/** A launch context that the form declares: what it is called in expressions, and the resource types it may be. */
export interface LaunchContextDeclaration {
  readonly name: string
  readonly types: readonly string[]
  /** SDC 4: whether several resources may stand for it; null where the form does not say. */
  readonly multiplesAllowed: boolean | null
}

export interface FormModel {
  readonly questionnaire: Questionnaire
  readonly facts: FormFacts
  readonly roots: readonly ItemDefinition[]
  /** In form order. */
  readonly definitions: ReadonlyMap<string, ItemDefinition>
  readonly variables: readonly Expression[]
  readonly constraints: readonly Constraint[]
  readonly launchContexts: readonly LaunchContextDeclaration[]
  readonly populationContext: Expression | null
  readonly sourceQueries: SourceQueries | null
  /** Link ids that occur twice: the later item cannot be told apart, and the form is faulty. */
  readonly duplicates: readonly string[]
  /** The codes of a value set that came with the form. */
  readonly conceptsOf: (canonical: string) => Coding[] | undefined
  /** Elements that could not be read. */
  readonly faults: readonly Message[]
}

/** Reads a questionnaire. Nothing fails here: what is wrong with it shows as issues of the open form. */
export function buildFormModel(questionnaire: Questionnaire): FormModel {
  const conceptsOf = (canonical: string) => {
    const set = findContainedValueSet(questionnaire, canonical)
    return set === undefined ? undefined : readConcepts(set)
  }
  const facts = readFormFacts(questionnaire)
  const { terminologyServers } = facts
  const around = { conceptsOf, contained: listOf(questionnaire.contained), terminologyServers }
  const { items, faults } = readSoundItems(questionnaire.item)
  const roots = items.map((item) => readItemDefinition(item, null, around))
  const definitions = new Map<string, ItemDefinition>()
  const duplicates: string[] = []
  const visit = (definition: ItemDefinition): void => {
    if (definitions.has(definition.linkId)) duplicates.push(definition.linkId)
    else definitions.set(definition.linkId, definition)
    definition.children.forEach(visit)
  }
  roots.forEach(visit)
  return {
    questionnaire,
    facts,
    roots,
    definitions,
    variables: readVariables(questionnaire),
    constraints: readConstraints(questionnaire),
    launchContexts: readLaunchContexts(questionnaire),
    populationContext: readExpression(questionnaire, EXT.itemPopulationContext),
    sourceQueries: readSourceQueries(questionnaire),
    duplicates,
    conceptsOf,
    faults: [...listFormFaults(questionnaire), ...faults, ...listFaults(questionnaire, [...definitions.values()])],
  }
}

/** A type that R4 does not know, and a name that one element declares twice (SDC expressions, variables: an error). */
function listFaults(questionnaire: Questionnaire, definitions: readonly ItemDefinition[]): Message[] {
  const types = definitions.flatMap(({ linkId, type: read, item: { type } }) =>
    type === read || type === 'question' ? [] : [message('form.issue.unknown-type', { linkId, type: String(type) })],
  )
  const names = [readVariables(questionnaire), ...definitions.map(({ variables }) => variables)].flatMap((variables) =>
    variables
      .map(({ name }) => name ?? '')
      .filter((name, index, all) => all.indexOf(name) !== index)
      .map((name) => message('form.issue.duplicate-variable', { name })),
  )
  return [...types, ...names]
}

function readLaunchContexts(questionnaire: Questionnaire): LaunchContextDeclaration[] {
  return readExtensions(questionnaire, EXT.launchContext).flatMap((context) => {
    const parts = context.extension ?? []
    const named = parts.find(({ url }) => url === 'name')
    const name = named?.valueCoding?.code ?? named?.valueId
    const types = parts.flatMap(({ url, valueCode }) => (url === 'type' && valueCode !== undefined ? [valueCode] : []))
    const multiplesAllowed = parts.find(({ url }) => url === 'multiplesAllowed')?.valueBoolean ?? null
    return name === undefined ? [] : [{ name, types, multiplesAllowed }]
  })
}

/** Where a name that an expression uses is declared: on the item, on the nearest ancestor, or at the root. */
export interface Declaration {
  readonly expression: Expression
  readonly owner: ItemDefinition | null
  /** Name under which the value is kept: unique in the form. */
  readonly key: string
  /**
   * An itemPopulationContext stands for its results, not for the Bundle that holds them: one, several where its question
   * repeats, or one for each repetition of its group. null for a variable, which stands for what its expression gives.
   */
  readonly results: 'one' | 'several' | 'repetitions' | null
}

const resultsOf = ({ type, repeats }: ItemDefinition): Declaration['results'] =>
  !repeats ? 'one' : type === 'group' ? 'repetitions' : 'several'

/** Finds the variable that `name` means at an item: lexical scope, the nearest wins (SDC expressions, variables). */
export function findDeclaration(model: FormModel, at: ItemDefinition | null, name: string): Declaration | undefined {
  for (let owner = at; owner !== null; owner = owner.parent) {
    const own = owner.variables.find((variable) => variable.name === name)
    if (own !== undefined) return { expression: own, owner, key: `${owner.linkId}/${name}`, results: null }
    const { populationContext } = owner.expressions
    if (populationContext?.name === name)
      return { expression: populationContext, owner, key: `${owner.linkId}/${name}`, results: resultsOf(owner) }
  }
  const root = model.variables.find((variable) => variable.name === name)
  if (root !== undefined) return { expression: root, owner: null, key: name, results: null }
  return model.populationContext?.name === name
    ? { expression: model.populationContext, owner: null, key: name, results: 'one' }
    : undefined
}

/** What is evaluated while a form is open (conditions, computed values, constraints), each with its item; null for the form's. */
export function listInFormExpressions(model: FormModel): { at: ItemDefinition | null; expression: Expression }[] {
  const ofItems = [...model.definitions.values()].flatMap((at) => {
    const { enableWhen, calculated } = at.expressions
    const { answers, toggles, dynamic } = at.expressions
    const shaping = [...toggles, ...dynamic].map(({ expression }) => expression)
    const own = [enableWhen, calculated, answers, ...shaping, ...at.constraints.map((rule) => rule.expression)]
    return own.flatMap((expression) => (expression === null ? [] : [{ at, expression }]))
  })
  return [...ofItems, ...model.constraints.map(({ expression }) => ({ at: null, expression }))]
}

/** Which items must be looked at again when answers of a link id change. */
export interface Dependents {
  readonly enablement: readonly ItemDefinition[]
  /** Items that expressions give options or properties. */
  readonly shaping: readonly ItemDefinition[]
  readonly calculation: readonly ItemDefinition[]
}

export interface DependencyIndex {
  /** Every item with a condition, and every item with a computed value. */
  readonly all: Dependents
  dependentsOf(linkIds: ReadonlySet<string>): Dependents
}

/**
 * Builds the index of dependents. An expression that names an item depends on all below it too, and one that reads the
 * response without naming items depends on every answer. Without an evaluator only enableWhen is known.
 */
export function indexDependencies(model: FormModel, evaluator: ExpressionEvaluator | null): DependencyIndex {
  const byLinkId = {
    enablement: new Map<string, Set<ItemDefinition>>(),
    shaping: new Map<string, Set<ItemDefinition>>(),
    calculation: new Map<string, Set<ItemDefinition>>(),
  }
  const always = {
    enablement: new Set<ItemDefinition>(),
    shaping: new Set<ItemDefinition>(),
    calculation: new Set<ItemDefinition>(),
  }
  const add = (kind: keyof Dependents, item: ItemDefinition, linkIds: readonly string[] | null): void => {
    if (linkIds === null) always[kind].add(item)
    for (const linkId of linkIds ?? []) byLinkId[kind].set(linkId, (byLinkId[kind].get(linkId) ?? new Set()).add(item))
  }
  for (const item of model.definitions.values()) {
    add(
      'enablement',
      item,
      item.enableWhen.map(({ question }) => question),
    )
    const { enableWhen, calculated } = item.expressions
    if (enableWhen !== null) add('enablement', item, linkIdsOf(model, item, enableWhen, evaluator))
    if (calculated !== null) add('calculation', item, linkIdsOf(model, item, calculated, evaluator))
    const shaping = shapingExpressions(item)
    for (const expression of shaping) add('shaping', item, linkIdsOf(model, item, expression, evaluator))
    // What comes into the form by a condition is computed then, though none of its inputs changed.
    if (!isConditional(item)) continue
    if (calculated !== null) add('calculation', item, [item.linkId])
    if (shaping.length > 0) add('shaping', item, [item.linkId])
  }
  const order = [...model.definitions.values()]
  const position = new Map(order.map((item, index) => [item, index]))
  const collect = (kind: keyof Dependents, linkIds: ReadonlySet<string>): ItemDefinition[] => {
    const found = new Set(always[kind])
    for (const linkId of linkIds)
      for (let at = model.definitions.get(linkId) ?? null; at !== null; at = at.parent)
        byLinkId[kind].get(at.linkId)?.forEach((item) => found.add(item))
    return [...found].sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0))
  }
  return {
    all: {
      enablement: order.filter((item) => item.enableWhen.length > 0 || item.expressions.enableWhen !== null),
      shaping: order.filter((item) => shapingExpressions(item).length > 0),
      calculation: order.filter((item) => item.expressions.calculated !== null),
    },
    dependentsOf: (linkIds) => ({
      enablement: collect('enablement', linkIds),
      shaping: collect('shaping', linkIds),
      calculation: collect('calculation', linkIds),
    }),
  }
}

function isConditional(item: ItemDefinition): boolean {
  for (let at: ItemDefinition | null = item; at !== null; at = at.parent)
    if (at.enableWhen.length > 0 || at.expressions.enableWhen !== null) return true
  return false
}

/** Everything that gives an item its options and properties. */
export function shapingExpressions({ expressions }: ItemDefinition): Expression[] {
  const { answers, candidates, contexts, toggles, dynamic } = expressions
  const all = [...candidates, ...[...contexts, ...toggles, ...dynamic].map(({ expression }) => expression)]
  return answers === null ? all : [answers, ...all]
}

/** Link ids that an expression reads, through the variables it uses; null for all. */
export function linkIdsOf(
  model: FormModel,
  at: ItemDefinition | null,
  expression: Expression,
  evaluator: ExpressionEvaluator | null,
  visited: ReadonlySet<string> = new Set(),
): readonly string[] | null {
  if (evaluator === null || expression.language !== LANGUAGE.fhirpath) return []
  const compiled = evaluator.compile(expression)
  if (!compiled.ok) return []
  let linkIds = compiled.value.linkIds
  for (const name of compiled.value.names) {
    const declaration = findDeclaration(model, at, name)
    if (declaration === undefined || visited.has(declaration.key)) continue
    const inner = linkIdsOf(
      model,
      declaration.owner,
      declaration.expression,
      evaluator,
      new Set([...visited, declaration.key]),
    )
    linkIds = linkIds === null || inner === null ? null : [...new Set([...linkIds, ...inner])]
  }
  return linkIds
}
