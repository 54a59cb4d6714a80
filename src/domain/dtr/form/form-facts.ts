/** What a questionnaire says of itself as a whole: DTR and SDC extensions of its root. */
import type { CodeableConcept, Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { oneOf, readSignatures, readTerminologyServers } from '../item/item-facts.ts'
import { styled, type StyledText } from '../item/item-labels.ts'

const TIMES = ['under-1min', 'under-3min', 'under-5min', 'over-5min'] as const
const AUDIENCES = ['clinical', 'admin', 'patient'] as const

export interface FormFacts {
  readonly title: StyledText
  /** sequential: no way back; prior-edit: what was answered before may be changed; random: any order. */
  readonly entryMode: 'sequential' | 'prior-edit' | 'random'
  /** What kinds of signature the form as a whole asks for; empty for none. */
  readonly signatures: readonly CodeableConcept[]
  /** Resource types of those who may answer; empty: anybody. */
  readonly performerTypes: readonly string[]
  readonly audience: readonly (typeof AUDIENCES)[number][]
  /** Whether each order needs a response of its own (DTR 2.2); null where the form does not say. */
  readonly requestSpecific: boolean | null
  readonly estimatedTime: {
    readonly clinical: (typeof TIMES)[number] | null
    readonly total: (typeof TIMES)[number] | null
  } | null
  readonly copyright: string | null
  readonly copyrightLabel: string | null
  readonly terminologyServers: readonly string[]
  /** Last day on which the form may be used, as written. */
  readonly expires: string | null
}

/** Reads the facts of a form. An element of the wrong kind counts as not said. */
export function readFormFacts(questionnaire: Questionnaire): FormFacts {
  const time = readExtension(questionnaire, EXT.estimatedCompletionTime)
  const codes = (url: string): string[] =>
    readExtensions(questionnaire, url).flatMap(({ valueCode }) => valueCode ?? [])
  return {
    title: styled(questionnaire.title, questionnaire._title),
    entryMode: oneOf(codes(EXT.entryMode)[0], ['sequential', 'prior-edit', 'random']) ?? 'random',
    signatures: readSignatures(questionnaire),
    performerTypes: codes(EXT.performerType),
    audience: codes(EXT.questionnaireAudience).flatMap((audience) => oneOf(audience, AUDIENCES) ?? []),
    requestSpecific: readExtension(questionnaire, EXT.requestSpecific)?.valueBoolean ?? null,
    estimatedTime:
      time === undefined
        ? null
        : {
            clinical: oneOf(readExtension(time, 'clinicalTime')?.valueCode, TIMES),
            total: oneOf(readExtension(time, 'totalTime')?.valueCode, TIMES),
          },
    copyright: questionnaire.copyright ?? null,
    copyrightLabel: readExtension(questionnaire, EXT.copyrightLabel)?.valueString ?? null,
    terminologyServers: readTerminologyServers(questionnaire),
    expires: questionnaire.effectivePeriod?.end ?? null,
  }
}
