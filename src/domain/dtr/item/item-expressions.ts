/** Everything of an item that is an expression, read once. What the engine cannot run is listed, never dropped. */
import type { Expression, Extension, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { readAnswerValue } from './answer-value.ts'
import { readLegacyCql } from '../cql/language.ts'
import type { Answer } from '../form/form-state.ts'

/** What of an item an expression can make anew (cqf-expression on the primitive). */
export type DynamicProperty =
  'text' | 'required' | 'repeats' | 'readOnly' | 'answerValueSet' | 'minOccurs' | 'maxOccurs' | 'minValue' | 'maxValue'

export interface ItemExpressions {
  readonly enableWhen: Expression | null
  readonly initial: Expression | null
  readonly calculated: Expression | null
  readonly populationContext: Expression | null
  /** SDC answerExpression: gives the options. */
  readonly answers: Expression | null
  readonly candidates: readonly Expression[]
  readonly contexts: readonly { readonly label: string; readonly expression: Expression }[]
  /** SDC answerOptionsToggleExpression: which options are there to be chosen; an option named by several needs one true. */
  readonly toggles: readonly { readonly options: readonly Answer[]; readonly expression: Expression }[]
  readonly dynamic: readonly { readonly property: DynamicProperty; readonly expression: Expression }[]
  /** Expressions of kinds that the engine does not run: each is reported on its item. */
  readonly unsupported: readonly { readonly extension: string; readonly expression: Expression }[]
}

interface Extensible {
  extension?: Extension[] | undefined
}

const KNOWN: ReadonlySet<string> = new Set([
  EXT.enableWhenExpression,
  EXT.initialExpression,
  EXT.calculatedExpression,
  EXT.itemPopulationContext,
  EXT.variable,
  EXT.answerExpression,
  EXT.candidateExpression,
  EXT.cqfExpression,
  EXT.cqfCalculatedValue,
])

/** Expression of the first extension with this URL. */
export function readExpression(of: Extensible, url: string): Expression | null {
  return readExtension(of, url)?.valueExpression ?? null
}

/** The named expressions (SDC variable) declared on an element, in order. */
export function readVariables(of: Questionnaire | QuestionnaireItem): Expression[] {
  return readExtensions(of, EXT.variable).flatMap(({ valueExpression }) =>
    valueExpression?.name === undefined ? [] : [valueExpression],
  )
}

/**
 * On a group SDC's candidateExpression lets a person choose the resource that the group is filled from. Precert does not, and
 * a search whose result nobody is shown is not made (DTR sec-3). DTR has it on questions alone.
 */
const isUsed = (url: string, { type }: QuestionnaireItem): boolean =>
  KNOWN.has(url) && !(type === 'group' && url === EXT.candidateExpression)

function readUnsupported(item: QuestionnaireItem): ItemExpressions['unsupported'] {
  return (item.extension ?? []).flatMap(({ url, valueExpression }) =>
    // An extension of a payer may be without its address.
    valueExpression === undefined || isUsed(url, item) ? [] : [{ extension: String(url), expression: valueExpression }],
  )
}

function readCandidates(item: QuestionnaireItem): readonly Expression[] {
  if (!isUsed(EXT.candidateExpression, item)) return []
  return readExtensions(item, EXT.candidateExpression).flatMap(({ valueExpression }) => valueExpression ?? [])
}

const PRIMITIVES = ['text', 'required', 'repeats', 'readOnly', 'answerValueSet'] as const
const BOUNDS: readonly [DynamicProperty, string][] = [
  ['minOccurs', EXT.minOccurs],
  ['maxOccurs', EXT.maxOccurs],
  ['minValue', EXT.minValue],
  ['maxValue', EXT.maxValue],
  ['minValue', EXT.minQuantity],
  ['maxValue', EXT.maxQuantity],
]

/** The cqf-expression beside a primitive (`_text`), or inside the value of a bound (`_valueInteger`, `valueQuantity`). */
function readDynamic(item: QuestionnaireItem): ItemExpressions['dynamic'] {
  const beside = item as unknown as Readonly<Record<string, Extensible | undefined>>
  const primitives = PRIMITIVES.map((property) => ({ property, place: beside[`_${property}`] }))
  const bounds = BOUNDS.flatMap(([property, url]) =>
    readExtensions(item, url).flatMap((extension) =>
      Object.entries(extension)
        .filter(([name]) => /^_?value[A-Z]/.test(name))
        .map(([, place]) => ({ property, place: place as Extensible | undefined })),
    ),
  )
  return [...primitives, ...bounds].flatMap(({ property, place }) => {
    const hasExtensions = typeof place === 'object' && Array.isArray(place.extension)
    const expression = hasExtensions ? readExpression(place, EXT.cqfExpression) : null
    return expression === null ? [] : [{ property, expression }]
  })
}

function readToggles(item: QuestionnaireItem): ItemExpressions['toggles'] {
  return readExtensions(item, EXT.answerOptionsToggleExpression).flatMap((toggle) => {
    const expression = readExpression(toggle, 'expression')
    const options = readExtensions(toggle, 'option').flatMap((option) => {
      const value = readAnswerValue(option)
      return value === undefined ? [] : [{ [value.name]: value.value }]
    })
    return expression === null ? [] : [{ options, expression }]
  })
}

/** Reads every expression of an item. */
export function readExpressions(item: QuestionnaireItem): ItemExpressions {
  return {
    enableWhen: readExpression(item, EXT.enableWhenExpression),
    initial: readExpression(item, EXT.initialExpression) ?? readLegacyCql(item, EXT.cqfExpression),
    calculated: readExpression(item, EXT.calculatedExpression) ?? readLegacyCql(item, EXT.cqfCalculatedValue),
    populationContext: readExpression(item, EXT.itemPopulationContext),
    answers: readExpression(item, EXT.answerExpression),
    candidates: readCandidates(item),
    contexts: readExtensions(item, EXT.contextExpression).flatMap((context) => {
      const expression = readExpression(context, 'expression')
      return expression === null ? [] : [{ label: readExtension(context, 'label')?.valueString ?? '', expression }]
    }),
    toggles: readToggles(item),
    dynamic: readDynamic(item),
    unsupported: readUnsupported(item),
  }
}
