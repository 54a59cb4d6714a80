/**
 * One questionnaire item as the engine reads it: everything that its elements and extensions say, once, so that nothing is
 * looked up again while a form is open. Lenient where real forms are wrong (missing enableBehavior, empty options).
 */
import type { Coding, Expression, Extension, QuestionnaireItem, QuestionnaireItemEnableWhen, Resource } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { readAnswerValue } from './answer-value.ts'
import type { Answer, AnswerOption, ItemType } from '../form/form-state.ts'
import { readExpressions, readVariables, type ItemExpressions } from './item-expressions.ts'
import { readItemFacts, type AnswerConstraint, type ItemFacts } from './item-facts.ts'
import { readLabels, type StyledText } from './item-labels.ts'
import { readLimits, type Limits } from './item-limits.ts'
import { readOptions, readUnits, type ConceptsOf } from './item-options.ts'

/** A rule of the payer over the answers (targetConstraint, or questionnaire-constraint in older forms). */
export interface Constraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly expression: Expression
  /** The payer's own words. */
  readonly human: string
  /** FHIRPaths of the items at which a broken rule is told; none: where it is declared. */
  readonly locations: readonly string[]
}

export interface ItemDefinition {
  readonly item: QuestionnaireItem
  readonly linkId: string
  readonly type: ItemType
  readonly text: string
  readonly prefix: string | null
  readonly facts: ItemFacts
  readonly help: string | null
  readonly hints: readonly string[]
  readonly supportLink: string | null
  readonly control: string | null
  readonly placeholder: string | null
  readonly parent: ItemDefinition | null
  readonly depth: number
  readonly children: readonly ItemDefinition[]
  readonly required: boolean
  readonly repeats: boolean
  readonly readOnly: boolean
  readonly hidden: boolean
  readonly enableWhen: readonly QuestionnaireItemEnableWhen[]
  readonly enableAll: boolean
  readonly expressions: ItemExpressions
  readonly variables: readonly Expression[]
  readonly constraints: readonly Constraint[]
  readonly options: readonly AnswerOption[]
  readonly allowsOther: boolean
  /** The canonical of a value set that could not be turned into options. */
  readonly missingValueSet: string | null
  readonly initialAnswers: readonly Answer[]
  readonly unit: Coding | null
  readonly unitOptions: readonly Coding[]
  /** The canonical of a set of units whose codes are not here. */
  readonly unitValueSet: string | null
  readonly limits: Limits
}

/** The rules declared on an element, of both generations. */
export function readConstraints(of: { extension?: Extension[] | undefined }): Constraint[] {
  const rules = [...readExtensions(of, EXT.targetConstraint), ...readExtensions(of, EXT.questionnaireConstraint)]
  return rules.flatMap((rule) => {
    const expression = readExtension(rule, 'expression')
    const text = expression?.valueString
    const parsed =
      expression?.valueExpression ??
      (text === undefined ? null : { language: 'text/fhirpath' as const, expression: text })
    if (parsed === null) return []
    return [
      {
        key: readExtension(rule, 'key')?.valueId ?? '',
        severity: readExtension(rule, 'severity')?.valueCode === 'warning' ? ('warning' as const) : ('error' as const),
        expression: parsed,
        human: readExtension(rule, 'human')?.valueString ?? requirementsOf(rule),
        locations: readExtensions(rule, 'location').flatMap(({ valueString }) => valueString ?? []),
      },
    ]
  })
}

function requirementsOf(rule: Extension): string {
  const requirements = readExtension(rule, 'requirements')
  return requirements?.valueMarkdown ?? requirements?.valueString ?? ''
}

/** What reading an item needs from around it. */
export interface Surroundings {
  readonly conceptsOf: ConceptsOf
  readonly contained: readonly Resource[]
  /** Terminology servers that the form prefers. */
  readonly terminologyServers: readonly string[]
}

const joined = (labels: readonly StyledText[]): string | null => labels.map(({ text }) => text).join('\n') || null

const TYPES = [
  'group',
  'display',
  'boolean',
  'decimal',
  'integer',
  'date',
  'dateTime',
  'time',
  'string',
  'text',
  'url',
  'choice',
  'open-choice',
  'attachment',
  'reference',
  'quantity',
] as const

/** `question` is abstract, and of a type that R4 does not know nothing is known: text is what such an item can hold. */
function readType(type: string): ItemType {
  return TYPES.find((known) => known === type) ?? 'string'
}

/** R5's answerConstraint, where it is given, says it; else an open choice is open, and one without options has to be. */
function allowsOther(item: QuestionnaireItem, constraint: AnswerConstraint | null, options: number): boolean {
  if (constraint !== null) return constraint !== 'optionsOnly'
  const hasList = options > 0 || readExtension(item, EXT.answerExpression) !== undefined
  return item.type === 'open-choice' || !hasList
}

/** Reads one item and all below it. */
export function readItemDefinition(
  item: QuestionnaireItem,
  parent: ItemDefinition | null,
  around: Surroundings,
): ItemDefinition {
  const { labels, absorbed } = readLabels(item)
  const servers = parent?.facts.terminologyServers ?? around.terminologyServers
  const facts = readItemFacts(item, labels, around.contained, servers)
  const { options, missingValueSet, selected } = readOptions(item, around.conceptsOf)
  const choice = item.type === 'choice' || item.type === 'open-choice'
  const initial = (item.initial ?? []).flatMap((entry) => {
    const value = readAnswerValue(entry)
    return value === undefined ? [] : [{ [value.name]: value.value }]
  })
  const children: ItemDefinition[] = []
  const definition: ItemDefinition = {
    item,
    linkId: item.linkId,
    type: readType(item.type),
    text: item.text ?? '',
    prefix: item.prefix ?? null,
    facts,
    help: joined([...labels.help, ...labels.flyover]),
    hints: [...labels.none, ...labels.inline, ...labels.prompt].map((label) => label.text),
    supportLink: facts.links[0]?.href ?? null,
    control: facts.controls[0] ?? null,
    placeholder: facts.entryFormat,
    parent,
    depth: parent === null ? 0 : parent.depth + 1,
    children,
    required: item.required === true,
    repeats: item.repeats === true,
    readOnly: item.readOnly === true,
    hidden: parent?.hidden === true || readExtension(item, EXT.hidden)?.valueBoolean === true,
    enableWhen: item.enableWhen ?? [],
    // R4 requires enableBehavior with several conditions; where it is missing, any is the lenient reading.
    enableAll: item.enableBehavior === 'all',
    expressions: readExpressions(item),
    variables: readVariables(item),
    constraints: readConstraints(item),
    options,
    allowsOther: choice && allowsOther(item, facts.answerConstraint, options.length),
    missingValueSet,
    initialAnswers: initial.length > 0 ? initial : selected,
    ...readUnits(item, around.conceptsOf),
    limits: readLimits(item),
  }
  const below = (item.item ?? []).filter((child) => !absorbed.has(child))
  children.push(...below.map((child) => readItemDefinition(child, definition, around)))
  return definition
}
