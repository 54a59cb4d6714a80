/**
 * The answers and units that a question offers: answerOption as written, else the concepts of its value set where they can
 * be had here. Options that expressions give are added while the form is open.
 */
import type { Coding, Element, Extension, QuestionnaireItem, QuestionnaireItemAnswerOption } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { readAnswerValue, valueText } from './answer-value.ts'
import type { Answer, AnswerOption } from '../form/form-state.ts'
import { styled } from './item-labels.ts'

/** The codes of a value set; undefined where they cannot be had here. */
export type ConceptsOf = (canonical: string) => Coding[] | undefined

export interface ItemOptions {
  readonly options: readonly AnswerOption[]
  /** The canonical of a value set whose codes are not here: to be expanded elsewhere. */
  readonly missingValueSet: string | null
  readonly selected: readonly Answer[]
}

interface Extensible {
  extension?: Extension[] | undefined
}

/** The first weight that stands in one of these places, in their order. */
export const readWeight = (...places: (Extensible | undefined)[]): number | null => {
  for (const place of places)
    for (const url of [EXT.itemWeight, EXT.ordinalValue]) {
      const weight = readExtension(place, url)?.valueDecimal
      if (weight !== undefined) return weight
    }
  return null
}

/** An option from an answer alone, as value sets and expressions give it. */
export function buildOption(answer: Answer, id: string, name?: string): AnswerOption {
  const value = readAnswerValue(answer)?.value
  const label = name ?? valueText(value)
  const own = typeof value === 'object' && value !== null ? (value as Extensible) : undefined
  return {
    id,
    label,
    answer,
    exclusive: false,
    styled: { text: label, xhtml: null, style: null },
    prefix: null,
    weight: readWeight(own),
    media: null,
  }
}

function readOption(option: QuestionnaireItemAnswerOption, index: number): AnswerOption[] {
  const value = readAnswerValue(option)
  if (value === undefined) return []
  const plain = buildOption({ [value.name]: value.value }, `o${String(index)}`)
  return [
    {
      ...plain,
      exclusive: readExtension(option, EXT.optionExclusive)?.valueBoolean === true,
      styled: styled(plain.label, styledElement(option, value)),
      prefix: readExtension(option, EXT.optionPrefix)?.valueString ?? null,
      weight: readWeight(option, { extension: styledExtensions(option, value) }),
      media: readExtension(option, EXT.itemAnswerMedia)?.valueAttachment ?? null,
    },
  ]
}

/** Forms put markup on the value, on its display, or beside a primitive value: wherever it stands it is meant. */
function styledExtensions(option: object, { name, value }: { name: string; value: unknown }): Extension[] {
  const beside = (option as Record<string, unknown>)[`_${name}`]
  const places = [beside, value, typeof value === 'object' && value !== null && '_display' in value && value._display]
  return places.flatMap((place) => {
    if (typeof place !== 'object' || place === null || !('extension' in place)) return []
    return Array.isArray(place.extension) ? (place.extension as Extension[]) : []
  })
}

function styledElement(option: object, value: { name: string; value: unknown }): Element {
  return { extension: styledExtensions(option, value) }
}

/** Options from the concepts of a value set. */
export function optionsOf(concepts: readonly Coding[]): AnswerOption[] {
  return concepts.map((valueCoding, index) => buildOption({ valueCoding }, `o${String(index)}`))
}

/** Reads the options of an item. */
export function readOptions(item: QuestionnaireItem, conceptsOf: ConceptsOf): ItemOptions {
  const given = Array.isArray(item.answerOption) ? item.answerOption : []
  const listed = given.flatMap(readOption)
  const concepts = item.answerValueSet === undefined ? undefined : conceptsOf(item.answerValueSet)
  return {
    options: listed.length > 0 ? listed : optionsOf(concepts ?? []),
    missingValueSet: listed.length === 0 && concepts === undefined ? (item.answerValueSet ?? null) : null,
    selected: given
      .filter(({ initialSelected }) => initialSelected === true)
      .flatMap((option) => {
        const value = readAnswerValue(option)
        return value === undefined ? [] : [{ [value.name]: value.value }]
      }),
  }
}

/** The unit of an item (questionnaire-unit, or the one unit there is) and the units to choose from. */
export function readUnits(
  item: QuestionnaireItem,
  conceptsOf: ConceptsOf,
): { unit: Coding | null; unitOptions: readonly Coding[]; unitValueSet: string | null } {
  const set = readExtension(item, EXT.unitValueSet)?.valueCanonical
  const listed = readExtensions(item, EXT.unitOption).flatMap(({ valueCoding }) => valueCoding ?? [])
  const concepts = set === undefined ? undefined : conceptsOf(set)
  const unitOptions = listed.length > 0 ? listed : (concepts ?? [])
  return {
    unit: readExtension(item, EXT.unit)?.valueCoding ?? (unitOptions.length === 1 ? (unitOptions[0] ?? null) : null),
    unitOptions,
    unitValueSet: set !== undefined && unitOptions.length === 0 ? set : null,
  }
}
