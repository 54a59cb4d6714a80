/** The bounds that an item sets its answers: R4 elements and the core and SDC extensions. */
import type { QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import { readAnswerValue } from './answer-value.ts'

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

/** Reads the bounds of one item; what an expression makes of them is added while the form is open. */
export function readLimits(item: QuestionnaireItem): Limits {
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
