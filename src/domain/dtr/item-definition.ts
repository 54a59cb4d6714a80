/**
 * One questionnaire item as the engine reads it: everything that its elements and extensions say, once, so that nothing is
 * looked up again while a form is open. Lenient where real forms are wrong (missing enableBehavior, empty options).
 */
import type { Coding, Expression, Extension, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { readAnswerValue, valueText } from './answer-value.ts'
import { readLegacyCql } from './cql-language.ts'
import type { Answer, AnswerOption, ItemType } from './form-state.ts'

export interface Limits {
  readonly minValue: unknown
  readonly maxValue: unknown
  readonly minLength: number | null
  readonly maxLength: number | null
  readonly regex: string | null
  readonly maxDecimalPlaces: number | null
  readonly minOccurs: number | null
  readonly maxOccurs: number | null
}

/** A rule of the payer over the answers (targetConstraint, or questionnaire-constraint in older forms). */
export interface Constraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly expression: Expression
  /** The payer's own words. */
  readonly human: string
}

export interface ItemExpressions {
  readonly enableWhen: Expression | null
  readonly initial: Expression | null
  readonly calculated: Expression | null
  readonly populationContext: Expression | null
  /** Expressions of kinds that the engine does not run yet: each is reported on its item. */
  readonly unsupported: readonly { readonly extension: string; readonly expression: Expression }[]
}

export interface ItemDefinition {
  readonly item: QuestionnaireItem
  readonly linkId: string
  readonly type: ItemType
  readonly text: string
  readonly prefix: string | null
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
  readonly limits: Limits
}

const EXPRESSION_EXTENSIONS: ReadonlySet<string> = new Set([
  EXT.enableWhenExpression,
  EXT.initialExpression,
  EXT.calculatedExpression,
  EXT.itemPopulationContext,
  EXT.variable,
  EXT.cqfExpression,
  EXT.cqfCalculatedValue,
])

/** Expression of the first extension with this URL. */
export function readExpression(of: { extension?: Extension[] | undefined }, url: string): Expression | null {
  return readExtension(of, url)?.valueExpression ?? null
}

/** The named expressions (SDC variable) declared on an element, in order. */
export function readVariables(of: { extension?: Extension[] | undefined }): Expression[] {
  return readExtensions(of, EXT.variable).flatMap(({ valueExpression }) =>
    valueExpression?.name === undefined ? [] : [valueExpression],
  )
}

function readUnsupported(of: { extension?: Extension[] | undefined }): ItemExpressions['unsupported'] {
  return (of.extension ?? []).flatMap(({ url, valueExpression }) =>
    valueExpression === undefined || EXPRESSION_EXTENSIONS.has(url)
      ? []
      : [{ extension: url, expression: valueExpression }],
  )
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
        human: readExtension(rule, 'human')?.valueString ?? readExtension(rule, 'requirements')?.valueString ?? '',
      },
    ]
  })
}

const controlOf = (item: QuestionnaireItem): string | null =>
  readExtension(item, EXT.itemControl)?.valueCodeableConcept?.coding?.[0]?.code ?? null

function readLimits(item: QuestionnaireItem): Limits {
  const number = (url: string): number | null => {
    const extension = readExtension(item, url)
    return extension?.valueInteger ?? extension?.valuePositiveInt ?? extension?.valueUnsignedInt ?? null
  }
  const value = (url: string): unknown => {
    const extension = readExtension(item, url)
    return extension === undefined ? undefined : readAnswerValue(extension)?.value
  }
  return {
    minValue: value(EXT.minValue) ?? value(EXT.minQuantity),
    maxValue: value(EXT.maxValue) ?? value(EXT.maxQuantity),
    minLength: number(EXT.minLength),
    maxLength: item.maxLength ?? null,
    regex: readExtension(item, EXT.regex)?.valueString ?? null,
    maxDecimalPlaces: number(EXT.maxDecimalPlaces),
    minOccurs: number(EXT.minOccurs),
    maxOccurs: number(EXT.maxOccurs),
  }
}

function optionOf(answer: Answer, index: number, exclusive: boolean): AnswerOption {
  return { id: `o${String(index)}`, label: valueText(readAnswerValue(answer)?.value), answer, exclusive }
}

/** The options: answerOption as written, else the concepts of the value set. */
function readOptions(item: QuestionnaireItem, conceptsOf: (canonical: string) => Coding[] | undefined) {
  const listed = (item.answerOption ?? []).flatMap((option) => {
    const value = readAnswerValue(option)
    if (value === undefined) return []
    return [
      {
        answer: { [value.name]: value.value },
        exclusive: readExtension(option, EXT.optionExclusive)?.valueBoolean === true,
      },
    ]
  })
  const selected = (item.answerOption ?? []).filter((option) => option.initialSelected === true)
  const concepts = item.answerValueSet === undefined ? undefined : conceptsOf(item.answerValueSet)
  const options =
    listed.length > 0 ? listed : (concepts ?? []).map((valueCoding) => ({ answer: { valueCoding }, exclusive: false }))
  return {
    options: options.map(({ answer, exclusive }, index) => optionOf(answer, index, exclusive)),
    missingValueSet: listed.length === 0 && concepts === undefined ? (item.answerValueSet ?? null) : null,
    selected: selected.flatMap((option) => {
      const value = readAnswerValue(option)
      return value === undefined ? [] : [{ [value.name]: value.value }]
    }),
  }
}

function readUnits(item: QuestionnaireItem, conceptsOf: (canonical: string) => Coding[] | undefined) {
  const set = readExtension(item, EXT.unitValueSet)?.valueCanonical
  const listed = readExtensions(item, EXT.unitOption).flatMap(({ valueCoding }) => valueCoding ?? [])
  const unitOptions = listed.length > 0 || set === undefined ? listed : (conceptsOf(set) ?? [])
  return {
    unit: readExtension(item, EXT.unit)?.valueCoding ?? (unitOptions.length === 1 ? (unitOptions[0] ?? null) : null),
    unitOptions,
  }
}

function readLabels(item: QuestionnaireItem) {
  const displays = (item.item ?? []).filter((child) => child.type === 'display')
  const help = displays.filter((child) => ['help', 'flyover'].includes(controlOf(child) ?? ''))
  const hints =
    item.type === 'group' ? [] : displays.filter((child) => !help.includes(child) && controlOf(child) !== 'unit')
  const texts = (items: QuestionnaireItem[]): string[] => items.flatMap(({ text }) => text ?? [])
  const link = readExtension(item, EXT.supportLink)?.valueUri ?? readExtension(item, EXT.supportHyperlink)?.valueUri
  return {
    help: texts(help).join('\n') || null,
    hints: texts(hints),
    supportLink: link ?? null,
    /** Display children that are drawn with this item and are no items of their own. */
    absorbed: new Set([...help, ...hints, ...displays.filter((child) => controlOf(child) === 'unit')]),
  }
}

/** Reads one item and all below it. `conceptsOf` gives the codes of a value set where they can be had. */
export function readItemDefinition(
  item: QuestionnaireItem,
  parent: ItemDefinition | null,
  conceptsOf: (canonical: string) => Coding[] | undefined,
): ItemDefinition {
  const labels = readLabels(item)
  const { options, missingValueSet, selected } = readOptions(item, conceptsOf)
  const choice = item.type === 'choice' || item.type === 'open-choice'
  const initial = (item.initial ?? []).flatMap((entry) => {
    const value = readAnswerValue(entry)
    return value === undefined ? [] : [{ [value.name]: value.value }]
  })
  const children: ItemDefinition[] = []
  const definition: ItemDefinition = {
    item,
    linkId: item.linkId,
    // `question` is abstract: a form that uses it means a question without a type; text is what it can hold.
    type: item.type === 'question' ? 'string' : item.type,
    text: item.text ?? '',
    prefix: item.prefix ?? null,
    help: labels.help,
    hints: labels.hints,
    supportLink: labels.supportLink,
    control: controlOf(item),
    placeholder: readExtension(item, EXT.entryFormat)?.valueString ?? null,
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
    expressions: {
      enableWhen: readExpression(item, EXT.enableWhenExpression),
      initial: readExpression(item, EXT.initialExpression) ?? readLegacyCql(item, EXT.cqfExpression),
      calculated: readExpression(item, EXT.calculatedExpression) ?? readLegacyCql(item, EXT.cqfCalculatedValue),
      populationContext: readExpression(item, EXT.itemPopulationContext),
      unsupported: readUnsupported(item),
    },
    variables: readVariables(item),
    constraints: readConstraints(item),
    options,
    allowsOther: item.type === 'open-choice' || (choice && options.length === 0),
    missingValueSet,
    initialAnswers: initial.length > 0 ? initial : selected,
    ...readUnits(item, conceptsOf),
    limits: readLimits(item),
  }
  const below = (item.item ?? []).filter((child) => !labels.absorbed.has(child))
  children.push(...below.map((child) => readItemDefinition(child, definition, conceptsOf)))
  return definition
}
