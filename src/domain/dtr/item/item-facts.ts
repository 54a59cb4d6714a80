/**
 * What the extensions of an item say that no answer can change: how it is drawn, what it takes, who may see it. Read once,
 * when a form is opened. An element of the wrong type counts as not said.
 */
import type { Attachment, CodeableConcept, Quantity, QuestionnaireItem, Resource } from 'fhir/r4'
import { readSubQuestionnaire } from './sub-questionnaire.ts'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { readControls, readSupportLinks, styled } from './item-labels.ts'
import type { ItemLabels, StyledText, SupportLink } from './item-labels.ts'

/** One column of a table of options (SDC choiceColumn): a FHIRPath into the option's value, or the value itself. */
export interface ChoiceColumn {
  readonly path: string | null
  readonly label: string | null
  readonly width: Quantity | null
  readonly forDisplay: boolean
}

/** What may be given besides the options (R5 answerConstraint; SDC unitOpen says the same of units). */
export type AnswerConstraint = 'optionsOnly' | 'optionsOrType' | 'optionsOrString'

export interface ItemFacts {
  readonly text: StyledText
  readonly prefix: StyledText
  readonly labels: ItemLabels
  /** All item controls, e.g. `['gtable']`, `['page']`. */
  readonly controls: readonly string[]
  readonly links: readonly SupportLink[]
  readonly media: Attachment | null
  /** SDC shortText: instead of the text where room is small. */
  readonly shortText: string | null
  readonly entryFormat: string | null
  readonly openLabel: string | null
  readonly orientation: 'horizontal' | 'vertical' | null
  readonly choiceColumns: readonly ChoiceColumn[]
  readonly columnCount: number | null
  readonly sliderStep: number | null
  readonly width: Quantity | null
  readonly collapsible: 'default-open' | 'default-closed' | null
  /** e.g. `instructions`, `security`. */
  readonly displayCategory: string | null
  readonly usageMode: 'capture' | 'display' | 'display-non-empty' | 'capture-display' | 'capture-display-non-empty'
  /** How a disabled item shows: not at all, or greyed out with its answers. */
  readonly disabledDisplay: 'hidden' | 'protected'
  readonly optionalDisplay: boolean
  readonly answerConstraint: AnswerConstraint | null
  /** Whether other units than the listed ones may be given; null: the list is closed. */
  readonly unitConstraint: AnswerConstraint | null
  readonly mimeTypes: readonly string[]
  readonly maxSizeMb: number | null
  readonly referenceTypes: readonly string[]
  readonly referenceProfiles: readonly string[]
  readonly lookupQuestionnaire: string | null
  /** The part of a modular form that belongs here and was not found (SDC subQuestionnaire); null for any other item. */
  readonly subQuestionnaire: string | null
  /** What kinds of signature the item asks for; empty for none. */
  readonly signatures: readonly CodeableConcept[]
  /** In the order in which they are to be asked: the item's own, then those of the items around it, then the form's. */
  readonly terminologyServers: readonly string[]
}

/** A display that the payer lets be left out (SDC optionalDisplay) is, where there is little room. */
export const isLeftOut = ({ optionalDisplay }: Pick<ItemFacts, 'optionalDisplay'>, room: 'ample' | 'small'): boolean =>
  optionalDisplay && room === 'small'

type Extensible = Pick<QuestionnaireItem, 'extension'>

const string = (of: Extensible, url: string): string | null => readExtension(of, url)?.valueString ?? null
const code = (of: Extensible, url: string): string | null => readExtension(of, url)?.valueCode ?? null

/** A code, where it is one of these; anything else counts as not said. */
export function oneOf<T extends string>(value: string | null | undefined, known: readonly T[]): T | null {
  return known.find((candidate) => candidate === value) ?? null
}

/** The terminology servers that an element prefers, in order, of both generations of the extension. */
export function readTerminologyServers(of: Extensible): string[] {
  return [EXT.coreTerminologyServer, EXT.sdcTerminologyServer].flatMap((url) =>
    readExtensions(of, url).flatMap(({ valueUrl }) => valueUrl ?? []),
  )
}

/** The kinds of signature that an element asks for. */
export function readSignatures(of: Extensible): CodeableConcept[] {
  return readExtensions(of, EXT.signatureRequired).flatMap(({ valueCodeableConcept }) => valueCodeableConcept ?? [])
}

const CONSTRAINTS = ['optionsOnly', 'optionsOrType', 'optionsOrString'] as const
const USAGE_MODES = ['capture', 'display', 'display-non-empty', 'capture-display', 'capture-display-non-empty'] as const

function readChoiceColumn(extension: Extensible): ChoiceColumn {
  return {
    path: string(extension, 'path'),
    label: string(extension, 'label'),
    width: readExtension(extension, 'width')?.valueQuantity ?? null,
    forDisplay: readExtension(extension, 'forDisplay')?.valueBoolean === true,
  }
}

/** Reads the facts of one item; `servers` are those of the items around it and of the form. */
export function readItemFacts(
  item: QuestionnaireItem,
  labels: ItemLabels,
  contained: readonly Resource[],
  servers: readonly string[],
): ItemFacts {
  const codes = (url: string): string[] => readExtensions(item, url).flatMap(({ valueCode }) => valueCode ?? [])
  return {
    text: styled(item.text, item._text),
    prefix: styled(item.prefix, item._prefix),
    labels,
    controls: readControls(item),
    links: readSupportLinks(item, contained),
    media: readExtension(item, EXT.itemMedia)?.valueAttachment ?? null,
    shortText: string(item, EXT.shortText),
    entryFormat: string(item, EXT.entryFormat),
    openLabel: string(item, EXT.openLabel),
    orientation: oneOf(code(item, EXT.choiceOrientation), ['horizontal', 'vertical']),
    choiceColumns: readExtensions(item, EXT.choiceColumn).map(readChoiceColumn),
    columnCount: readExtension(item, EXT.columnCount)?.valuePositiveInt ?? null,
    sliderStep: readExtension(item, EXT.sliderStepValue)?.valueInteger ?? null,
    width: readExtension(item, EXT.width)?.valueQuantity ?? null,
    collapsible: oneOf(code(item, EXT.collapsible), ['default-open', 'default-closed']),
    displayCategory: readExtension(item, EXT.displayCategory)?.valueCodeableConcept?.coding?.[0]?.code ?? null,
    usageMode: oneOf(code(item, EXT.usageMode), USAGE_MODES) ?? 'capture-display',
    disabledDisplay: oneOf(code(item, EXT.disabledDisplay), ['hidden', 'protected']) ?? 'hidden',
    optionalDisplay: readExtension(item, EXT.optionalDisplay)?.valueBoolean === true,
    answerConstraint: oneOf(code(item, EXT.answerConstraint), CONSTRAINTS),
    unitConstraint: oneOf(code(item, EXT.unitOpen), CONSTRAINTS),
    mimeTypes: codes(EXT.mimeType),
    maxSizeMb: readExtension(item, EXT.maxSize)?.valueDecimal ?? null,
    referenceTypes: codes(EXT.referenceResource),
    referenceProfiles: readExtensions(item, EXT.referenceProfile).flatMap(({ valueCanonical }) => valueCanonical ?? []),
    lookupQuestionnaire: readExtension(item, EXT.lookupQuestionnaire)?.valueCanonical ?? null,
    subQuestionnaire: readSubQuestionnaire(item),
    signatures: readSignatures(item),
    terminologyServers: [...new Set([...readTerminologyServers(item), ...servers])],
  }
}
