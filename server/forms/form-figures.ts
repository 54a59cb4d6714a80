/** What the list of a case's forms says of each. */
import type { Questionnaire } from 'fhir/r4'
import { isAdaptive } from '#domain/dtr/adaptive/adaptive.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { canonicalOf } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '#domain/fhir/extension.ts'
import type { FormFigures } from '../store/schema.ts'

/** DTR 2.2 estimated-completion-time: the clinical time where the form gives one, else the total. */
export function estimatedTimeOf(questionnaire: Questionnaire): string | null {
  const estimate = readExtension(questionnaire, EXT.estimatedCompletionTime)
  const part = (name: string) => {
    const extension = readExtension(estimate, name)
    return extension?.valueCode ?? extension?.valueCoding?.code ?? extension?.valueCodeableConcept?.coding?.[0]?.code
  }
  return part('clinicalTime') ?? part('totalTime') ?? null
}

/** DTR 2.2 questionnaireAudience. */
function audienceOf(questionnaire: Questionnaire): string[] {
  return readExtensions(questionnaire, EXT.questionnaireAudience).flatMap(
    ({ valueCode, valueCoding, valueCodeableConcept }) =>
      valueCode ?? valueCoding?.code ?? valueCodeableConcept?.coding?.[0]?.code ?? [],
  )
}

/** Figures of a form; `state` is null before it is filled. */
export function figuresOf(questionnaire: Questionnaire, state: FormState | null): FormFigures {
  const figures = state === null ? null : counts(state)
  return {
    canonical: questionnaire.url === undefined ? null : canonicalOf(questionnaire),
    title: questionnaire.title ?? questionnaire.name ?? null,
    answered: figures?.answered ?? null,
    total: figures?.questions ?? null,
    needsYou: figures?.needsYou ?? null,
    audience: audienceOf(questionnaire),
    estimatedTime: estimatedTimeOf(questionnaire),
    adaptive: isAdaptive(questionnaire),
  }
}
